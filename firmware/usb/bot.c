/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "aw/bytes.h"
#include "msc_priv.h"

#define CBW_SIGNATURE UINT32_C(0x43425355)
#define CSW_SIGNATURE UINT32_C(0x53425355)

enum {
    FLAG_IN = 0x80,
    LUN_MAX = 15,
    CLASS_TO_INTERFACE = 0x21,
    BULK_ONLY_RESET = 0xff,
    GET_MAX_LUN = 0xfe
};

void msc_init(struct msc *msc, struct usbd *usbd,
              const struct msc_identity *identity, struct msc_unit *units,
              size_t n_units)
{
    memset(msc, 0, sizeof(*msc));
    msc->usbd = usbd;
    msc->identity = identity;
    msc->units = units;
    msc->n_units = n_units < MSC_UNITS ? n_units : (size_t)MSC_UNITS;
}

static void wedge(struct msc *msc)
{
    msc->state = MSC_WEDGED;
    usbd_cancel(msc->usbd, msc->in);
    usbd_cancel(msc->usbd, msc->out);
    usbd_stall(msc->usbd, msc->in);
    usbd_stall(msc->usbd, msc->out);
}

/* A controller that does not take a transfer leaves the host only a reset. */
void msc_start(struct msc *msc, uint8_t endpoint, void *data, size_t n)
{
    if (usbd_start(msc->usbd, endpoint, data, n, false) != AW_OK) {
        wedge(msc);
    }
}

/* The next command, as soon as the host can send it. */
static void expect_command(struct msc *msc)
{
    msc->state = MSC_COMMAND;
    msc->arm = usbd_stalled(msc->usbd, msc->out);
    if (!msc->arm) {
        msc_start(msc, msc->out, msc->wrapper, MSC_BLOCK);
    }
}

/* The status goes into the wrapper's memory: the command is parsed by now. */
static void send_status(struct msc *msc)
{
    struct aw_wr w = aw_wr_init(msc->wrapper, sizeof(msc->wrapper));

    aw_wr_le32(&w, CSW_SIGNATURE);
    aw_wr_le32(&w, msc->tag);
    aw_wr_le32(&w, msc->host_n - msc->moved);
    aw_wr_u8(&w, msc->status);
    msc->state = MSC_STATUS;
    msc_start(msc, msc->in, msc->wrapper, MSC_CSW);
}

static uint32_t packet_of(const struct msc *msc)
{
    return msc->high_speed ? USB_DEVICE_BULK_HIGH : USB_DEVICE_BULK_FULL;
}

/* An IN transfer that was shorter than the host wants has ended by its short
 * packet, if it had one. Else, and for all that the host still has to send, a
 * halt says it. */
void msc_finish(struct msc *msc)
{
    bool all = msc->bus == msc->host_n;

    usbd_cancel(msc->usbd, msc->out);
    if (!all && !msc->host_in && !msc->broken) {
        usbd_stall(msc->usbd, msc->out);
    }
    if (!all && msc->host_in && msc->bus % packet_of(msc) == 0) {
        usbd_stall(msc->usbd, msc->in);
        msc->state = MSC_HALTED;
        return;
    }
    send_status(msc);
}

/* The thirteen cases: what the host wants against what the command does. */
static bool agrees(const struct msc *msc)
{
    const struct msc_plan *plan = &msc->plan;

    return plan->length == 0 ||
           (plan->length <= msc->host_n && plan->to_host == msc->host_in);
}

static void begin_data(struct msc *msc)
{
    bool list = msc->plan.work == MSC_SAME || msc->plan.work == MSC_ERASE;

    msc->state = MSC_DATA;
    msc->left_bus = msc->plan.length;
    msc->lba = msc->plan.lba;
    msc->left = msc->plan.blocks;
    msc->first = 0;
    msc->next = 0;
    msc->piece[0] = (struct msc_piece){MSC_EMPTY, 0};
    msc->piece[1] = (struct msc_piece){MSC_EMPTY, 0};
    if (msc->plan.work == MSC_ANSWER) {
        msc_start(msc, msc->in, msc->reply, msc->reply_n);
    } else if (list) {
        /* A host that sends more than that does not know the packets' end:
         * whole ones are taken. */
        size_t packets =
            ((size_t)msc->plan.length + packet_of(msc) - 1) / packet_of(msc);

        msc_start(msc, msc->out, msc->reply, packets * packet_of(msc));
    }
}

static void begin_work(struct msc *msc)
{
    msc->state = MSC_WORKING;
    msc->lba = msc->plan.lba;
    msc->left = msc->plan.blocks;
    aw_sha256_init(&msc->hash);
}

static void begin(struct msc *msc)
{
    msc->status = STATUS_GOOD;
    msc->moved = 0;
    msc->bus = 0;
    msc->broken = false;
    msc->reply_n = 0;
    msc->plan = (struct msc_plan){.work = MSC_NOTHING};
    scsi_begin(msc);
    if (!agrees(msc)) {
        msc->status = STATUS_PHASE;
        msc_finish(msc);
    } else if (msc->plan.work == MSC_NOTHING) {
        msc_finish(msc);
    } else if (msc->plan.work == MSC_HASH || msc->plan.length == 0) {
        begin_work(msc);
    } else {
        begin_data(msc);
    }
}

/* A wrapper is valid by its size and signature, and makes sense by the rest
 * (Bulk-Only Transport 1.0, 6.2). A unit that is not there is the command's
 * affair. */
static bool parse(struct msc *msc, size_t n)
{
    struct aw_rd r = aw_rd_init((aw_bytes){msc->wrapper, n});
    uint32_t signature = aw_rd_le32(&r);
    uint32_t tag = aw_rd_le32(&r);
    uint32_t host_n = aw_rd_le32(&r);
    uint8_t flags = aw_rd_u8(&r);
    uint8_t lun = aw_rd_u8(&r);
    uint8_t size = aw_rd_u8(&r);
    aw_bytes cdb = aw_rd_take(&r, MSC_CDB);

    if (n != MSC_CBW || r.failed || signature != CBW_SIGNATURE ||
        (flags & ~(unsigned)FLAG_IN) != 0 || lun > LUN_MAX || size == 0 ||
        size > MSC_CDB) {
        return false;
    }
    msc->tag = tag;
    msc->host_n = host_n;
    msc->host_in = flags == FLAG_IN;
    msc->lun = lun;
    memset(msc->cdb, 0, sizeof(msc->cdb));
    memcpy(msc->cdb, cdb.p, size);
    return true;
}

static void take_command(struct msc *msc, size_t n, bool good)
{
    if (good && parse(msc, n)) {
        begin(msc);
    } else {
        wedge(msc);
    }
}

/* All data of a list or answer have moved. */
static void take_plain(struct msc *msc, size_t n)
{
    msc->bus = (uint32_t)n;
    msc->moved =
        (uint32_t)(n < msc->plan.length ? n : (size_t)msc->plan.length);
    if (msc->plan.work == MSC_ANSWER) {
        msc_finish(msc);
        return;
    }
    if (n < msc->plan.length) {
        msc->broken = true;
        scsi_fail(msc, SENSE_ABORTED, CODE_DATA_PHASE);
        msc_finish(msc);
        return;
    }
    begin_work(msc);
    scsi_take_list(msc);
}

/* A piece has moved: to the host it is done with, from it it waits for the
 * medium. */
static void take_piece(struct msc *msc, size_t n)
{
    struct msc_piece *p =
        &msc->piece[msc->host_in ? msc->first : msc->next ^ 1U];

    msc->bus += (uint32_t)n;
    if (msc->host_in) {
        msc->moved += (uint32_t)n;
        p->state = MSC_EMPTY;
        msc->first ^= 1U;
        return;
    }
    msc->broken = n != p->n;
    p->n = (uint32_t)n;
    p->state = MSC_FULL;
}

static void on_done(void *ctx, uint8_t endpoint, size_t n, bool good)
{
    struct msc *msc = ctx;

    switch (msc->state) {
    case MSC_COMMAND:
        if (endpoint == msc->out) {
            take_command(msc, n, good);
        }
        break;
    case MSC_DATA:
        if (!good) {
            wedge(msc);
        } else if (msc->plan.work == MSC_READ || msc->plan.work == MSC_WRITE ||
                   msc->plan.work == MSC_COMPARE) {
            take_piece(msc, n);
        } else {
            take_plain(msc, n);
        }
        break;
    case MSC_STATUS:
        if (endpoint == msc->in) {
            expect_command(msc);
        }
        break;
    default:
        break;
    }
}

static void on_start(void *ctx, bool high_speed)
{
    struct msc *msc = ctx;

    msc->high_speed = high_speed;
    memset(msc->sense, 0, sizeof(msc->sense));
    expect_command(msc);
}

static void on_stop(void *ctx)
{
    struct msc *msc = ctx;

    msc->state = MSC_OFF;
}

static void reset(struct msc *msc)
{
    usbd_cancel(msc->usbd, msc->in);
    usbd_cancel(msc->usbd, msc->out);
    /* The host clears the halts afterwards; one that is left is why the
     * command is not expected yet. */
    expect_command(msc);
}

static bool on_request(void *ctx, const struct aw_usb_setup *setup,
                       uint8_t *data, size_t *n)
{
    struct msc *msc = ctx;

    if (setup->request_type == CLASS_TO_INTERFACE &&
        setup->request == BULK_ONLY_RESET && setup->value == 0 &&
        setup->length == 0) {
        reset(msc);
        return true;
    }
    if (setup->request_type == (CLASS_TO_INTERFACE | USBD_IN) &&
        setup->request == GET_MAX_LUN && setup->value == 0 &&
        setup->length == 1) {
        data[0] = (uint8_t)(msc->n_units - 1);
        *n = 1;
        return true;
    }
    return false;
}

static bool on_unhalt(void *ctx, uint8_t endpoint)
{
    struct msc *msc = ctx;

    if (msc->state == MSC_WEDGED) {
        return false;
    }
    usbd_unstall(msc->usbd, endpoint);
    if (msc->state == MSC_HALTED && endpoint == msc->in) {
        send_status(msc);
    } else if (msc->state == MSC_COMMAND && msc->arm && endpoint == msc->out) {
        expect_command(msc);
    }
    return true;
}

struct usb_function msc_function(struct msc *msc, const uint8_t *descriptors,
                                 size_t n)
{
    return (struct usb_function){.ctx = msc,
                                 .descriptors = descriptors,
                                 .n = n,
                                 .start = on_start,
                                 .stop = on_stop,
                                 .request = on_request,
                                 .done = on_done,
                                 .unhalt = on_unhalt};
}

bool msc_step(struct msc *msc)
{
    if (msc->state == MSC_DATA) {
        return msc_move(msc);
    }
    return msc->state == MSC_WORKING && msc_work(msc);
}
