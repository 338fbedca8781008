/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSC_PRIV_H
#define MSC_PRIV_H

#include "fw/msc.h"

/* bCSWStatus. */
enum { STATUS_GOOD = 0, STATUS_FAILED = 1, STATUS_PHASE = 2 };

/* Sense keys, and codes as ASC << 8 | ASCQ. */
enum {
    SENSE_NONE = 0,
    SENSE_NOT_READY = 2,
    SENSE_MEDIUM = 3,
    SENSE_ILLEGAL = 5,
    SENSE_PROTECT = 7,
    SENSE_ABORTED = 11,
    SENSE_MISCOMPARE = 14
};
enum {
    CODE_WRITE = 0x0c00,
    CODE_READ = 0x1100,
    CODE_LIST_LENGTH = 0x1a00,
    CODE_MISCOMPARE = 0x1d00,
    CODE_OPCODE = 0x2000,
    CODE_RANGE = 0x2100,
    CODE_FIELD = 0x2400,
    CODE_UNIT = 0x2500,
    CODE_LIST_FIELD = 0x2600,
    CODE_PROTECTED = 0x2700,
    CODE_NO_MEDIUM = 0x3a00,
    CODE_DATA_PHASE = 0x4b00
};

/* Ranges that one UNMAP may have, and blocks that one step erases. */
enum {
    UNMAP_HEADER = 8,
    UNMAP_RANGE = 16,
    UNMAP_RANGES = 32,
    ERASE_STEP = 131072,
    SAME_MAX = 1 << 22 /* blocks of a WRITE SAME: 2 GiB */
};

/** Turns the command block into a plan; a command that fails at once has its
 *  sense data set and status STATUS_FAILED. */
void scsi_begin(struct msc *msc);

/** The parameter list has come: what has to be known before the work. */
void scsi_take_list(struct msc *msc);

/** Sets sense data and status of the present command. */
void scsi_fail(struct msc *msc, uint8_t key, uint16_t code);
void scsi_fail_at(struct msc *msc, uint8_t key, uint16_t code, uint32_t block);

/** The unit of the present command, NULL when there is none. */
struct msc_unit *scsi_unit(struct msc *msc);

/** INQUIRY, MODE SENSE and the like: fill msc->reply.
 *  @return bytes; 0: refused, with sense data set */
size_t scsi_inquiry(struct msc *msc);
size_t scsi_mode_sense(struct msc *msc);
size_t scsi_sense(struct msc *msc);
size_t scsi_capacity_10(struct msc *msc);
size_t scsi_capacity_16(struct msc *msc);
size_t scsi_format_capacities(struct msc *msc);
size_t scsi_report_luns(struct msc *msc);
size_t scsi_device_information(struct msc *msc);

/** A step of data that move, or of work without; true: something was done.
 *  Ends in msc_finish. */
bool msc_move(struct msc *msc);
bool msc_work(struct msc *msc);

/** Blocks from msc->lba on, from or to the medium. @return how many of them;
 *  fewer: sense data and status are set. */
uint32_t msc_read(struct msc *msc, uint8_t *to, uint32_t blocks);
uint32_t msc_write(struct msc *msc, const uint8_t *from, uint32_t blocks);

/** Makes blocks zeros; what fails sets sense data and status. @return false:
 *  the unit cannot, they have to be written */
bool msc_erase(struct msc *msc, uint32_t blocks);

/** The end of a command: halts what has to be halted, then the status. */
void msc_finish(struct msc *msc);

/** Starts a transfer of the present state. */
void msc_start(struct msc *msc, uint8_t endpoint, void *data, size_t n);

static inline void msc_show_work(struct msc *msc)
{
    if (msc->working != NULL) {
        msc->working(msc->working_ctx);
    }
}

#endif
