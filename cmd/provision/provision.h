/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROVISION_PROVISION_H
#define PROVISION_PROVISION_H

#include "aw/bootcfg.h"
#include "aw/emmc.h"
#include "board/board.h"
#include "common/signer.h"
#include "ctl/ctl.h"
#include "device/identity.h"

/* aw provision */
extern const struct aw_cmd aw_cmd_provision;

struct provision_args {
    struct aw_usb_args usb;
    struct log_view_args view;
    const char *binaries;
    struct board_kernel kernel;
    const char *os_index;
    const char *applet_index;
    bool run_anyway;
    bool wipe;
    bool clear_all; /* what is not written is made zeros unseen */
    bool fuse;
    bool attest;
    const char *yes;
    const char *ledger;
    const char *attestations;
    uint64_t operator_ms; /* limit of what the operator is asked for */
    uint64_t applet_ms;   /* limit until the applet has reported */
    bool skip_hab;
    bool dry_run;
    uint64_t step_ms; /* limit of a step that moves data */
    const char *record_dir;
    const char *record_key;
    const char *station;
    const char *operator_name;
};

/* Bytes at one place of the eMMC. */
struct provision_job {
    const char *name;
    enum aw_component component;
    uint64_t offset; /* bytes, whole blocks */
    aw_bytes bytes;  /* whole blocks, the last one filled up with zeros */
    uint8_t sha256[AW_SHA256_SIZE];
};

/* A run of zeros: what an earlier life of the device may have left. */
struct provision_zeros {
    uint64_t offset; /* bytes, whole blocks */
    uint64_t size;
};

enum { PROVISION_JOBS = 4, PROVISION_ZEROS = 16 };

struct provision_plan {
    size_t n_jobs;
    struct provision_job job[PROVISION_JOBS]; /* in order of writing */
    size_t n_zeros;
    struct provision_zeros zeros[PROVISION_ZEROS];
    uint8_t sha256[AW_SHA256_SIZE]; /* names the plan */
};

/* How far a board has come. */
enum provision_stage {
    PROVISION_NEW,
    PROVISION_BOUND,    /* its unique id is known, nothing is sent */
    PROVISION_RECOVERY, /* it runs the recovery */
    PROVISION_FLASHED,  /* all is written and read back; with --fuse, zeros in
                         * place of the applet */
    PROVISION_HASHED,   /* the SRK hash is fused */
    PROVISION_PROVEN,   /* the recovery started with an empty HAB log */
    PROVISION_CLOSED,   /* the bootloader did, and the part is closed */
    PROVISION_COMPLETE, /* the applet is written and read back, too */
    PROVISION_ATTESTED, /* the device said who it is, and proved it */
    PROVISION_RECORDED  /* the record is on the disk */
};

/* The same as it is saved, of one plan on one board. */
struct provision_state {
    const char *path; /* of the file; NULL: the unique id is not known */
    enum provision_stage stage;
    bool resumed; /* an earlier run began it */
    bool proven;  /* an earlier run had the proof to close this board */
    uint64_t runs;
    uint64_t began; /* seconds since 1970 */
};

struct provision {
    struct aw_ctx *ctx;
    const struct provision_args *args;
    struct log_view view;
    const struct aw_trust *trust; /* set by the fetch */
    struct board_pick pick;
    struct provision_plan plan;
    struct board board;
    struct provision_state state;
    enum aw_usb_mode at;   /* what the board runs, as far as is known */
    bool asked;            /* the operator was asked for something */
    struct ctl_session os; /* with `os_open` */
    bool os_open;
    bool consented;      /* to fuse this board */
    bool recovery_known; /* it is ours: `recovery` says how it started */
    struct aw_storage_info recovery;
    size_t n_fuses; /* as the trusted OS showed them last */
    struct aw_ctl_fuse fuses[AW_CTL_FUSES];
    struct device_who who;
    struct aw_signer_use record_key;
    uint64_t bytes_written;
    uint64_t bytes_kept; /* were there already */
};

/* Exit codes of a step, or AW_EXIT_OK; what went wrong is reported. */

/** Lays out the releases on the eMMC. Needs sealed releases. */
AW_MUST_CHECK int provision_lay_out(struct provision *p);

/** Bytes that the eMMC has to have for the plan. */
uint64_t provision_need(const struct provision *p);

/** Reads what earlier runs saved of this board, once its unique id is known;
 *  before, and when it was read already, does nothing. */
AW_MUST_CHECK int provision_state_open(struct provision *p);

/** Saves that a stage is reached: it is on the disk when this returns. An
 *  event, too. */
AW_MUST_CHECK int provision_state_reach(struct provision *p,
                                        enum provision_stage stage);

/** Saves the state as it is: what cannot be saved is not begun. */
AW_MUST_CHECK int provision_state_save(struct provision *p);

/** Writes the members "reached", "resumed" and "runs". */
void provision_state_show(struct provision *p);

/** Opens the key of the record, if one is asked for. End with
 *  provision_record_close, also after a failure. */
AW_MUST_CHECK int provision_record_open(struct provision *p);
void provision_record_close(struct provision *p);

/** Signs and writes the record, if one is asked for; the last stage. */
AW_MUST_CHECK int provision_record_write(struct provision *p);

/** The stage at which this run is done. */
enum provision_stage provision_last_stage(const struct provision *p);

/* flow.c */

/** Leads the board from where it is to the last stage. */
AW_MUST_CHECK int provision_flow(struct provision *p);

/* recover.c */

/** Has the board run the recovery of the log, and writes what differs. */
AW_MUST_CHECK int provision_recover(struct provision *p);

/* start.c */

/** Has the board start from its eMMC, and looks at its status. */
AW_MUST_CHECK int provision_start(struct provision *p);

/** Speaks to a trusted OS that was found. */
AW_MUST_CHECK int provision_open_os(struct provision *p,
                                    const struct aw_usb_id *id);
void provision_leave_os(struct provision *p);

/* fuse.c: one function a stage. */
AW_MUST_CHECK int provision_fuse_hash(struct provision *p);
AW_MUST_CHECK int provision_prove(struct provision *p);
AW_MUST_CHECK int provision_close(struct provision *p);

/** Before a device is touched: there is consent, or somebody to ask. */
AW_MUST_CHECK int provision_may_fuse(struct provision *p);

/** The part is closed, as it says: is that our doing? */
AW_MUST_CHECK int provision_note_closed(struct provision *p);

/** Checks that nothing of the target is left to fuse. */
AW_MUST_CHECK int provision_check_closed(struct provision *p);

/** Shows which fuses are going to be blown in a blank part. */
AW_MUST_CHECK int provision_show_fuses(struct provision *p);

/** Reports that something has to hold before it goes on: exit 30. */
int provision_refuse(struct provision *p, const struct aw_finding *finding);

/* attest.c */

/** Before a device is touched: the ledger is there, if one is named. */
AW_MUST_CHECK int provision_find_ledger(struct provision *p);

/** Waits until the applet has reported, and verifies who the device is. */
AW_MUST_CHECK int provision_attest(struct provision *p);

/** "new", "bound", "recovery", and so on: docs/formats/provision-state.md. */
const char *provision_stage_name(enum provision_stage stage);

/** Writes releases and plan to the result. */
void provision_show(struct provision *p);

/** Writes what differs through the recovery, and reads all of it back. */
AW_MUST_CHECK int provision_flash(struct provision *p);

#endif
