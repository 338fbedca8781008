/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OTP_OTP_H
#define OTP_OTP_H

#include "aw/hab/plan.h"
#include "aw/hostio/nvmem.h"
#include "aw/hostio/vfuse.h"
#include "common/cmd.h"
#include "common/usb.h"
#include "fuse/fuse.h"

/* What the commands on fuses share. */

/* Values of --part. */
enum otp_part { OTP_PART_AUTO, OTP_PART_UL, OTP_PART_ULL, OTP_PART_ULZ };

/* Which map, and whose fuses. */
struct otp_source {
    const char *otp;        /* NULL: a device, or the fuses of this machine */
    struct aw_usb_args usb; /* device NULL: none */
    unsigned part;          /* enum otp_part */
    const char *map;
    const char *overlay;
    bool planned; /* the part is that of a plan, not of --part */
};

/* Rows of an option table for a struct with a member `source`. */
#define OTP_MAP_OPTS(args)                                                   \
    {.name = "part",                                                         \
     .type = AW_OPT_CHOICE,                                                  \
     .at = offsetof(struct args, source.part),                               \
     .arg = "auto|imx6ul|imx6ull|imx6ulz",                                   \
     .fallback = "auto",                                                     \
     .help = "Which part it is; auto tells it from the fuses."},             \
        {.name = "map",                                                      \
         .type = AW_OPT_TEXT,                                                \
         .at = offsetof(struct args, source.map),                            \
         .arg = "FILE",                                                      \
         .help = "Names of fuses from a fuse map or a YAML map of crucible " \
                 "instead of the map that is built in."},                    \
    {                                                                        \
        .name = "overlay", .type = AW_OPT_TEXT,                              \
        .at = offsetof(struct args, source.overlay), .arg = "FILE",          \
        .help = "Add the fuses of a board from such a file."                 \
    }

#define OTP_FUSES_OPT(args)                                                    \
    {                                                                          \
        .name = "otp", .alias = "nvmem", .type = AW_OPT_TEXT,                  \
        .at = offsetof(struct args, source.otp), .arg = "PATH",                \
        .help = "Fuses: a Linux NVMEM device, a dump of one, or a file of "    \
                "virtual fuses. Without it the NVMEM device of this machine, " \
                "/sys/bus/nvmem/devices/imx-ocotp0/nvmem."                     \
    }

/* Rows for fuses of a device on USB. */
#define OTP_DEVICE_OPTS(args)                                                 \
    {.name = "device",                                                        \
     .type = AW_OPT_TEXT,                                                     \
     .at = offsetof(struct args, source.usb.device),                          \
     .arg = "port=PATH|serial=ID|twin=DIR",                                   \
     .help = "Fuses of a device on USB, in serial download or with our "      \
             "trusted OS: what is plugged in at a port, the chip with this "  \
             "unique id, or the twin that runs in the folder DIR; aw device " \
             "list shows what there is."},                                    \
        AW_USB_WAIT_OPT(offsetof(struct args, source.usb))

/* Fuses that are open. */
struct otp_fuses {
    const char *path;       /* or name of the device */
    struct aw_fusemap *map; /* lives as long as the run */
    struct aw_otp otp;
    bool is_virtual;
    struct aw_vfuse_file file; /* when virtual */
    struct aw_nvmem *nvmem;    /* when a file, and not virtual */
    struct otp_device *device; /* when on USB */
    struct aw_host_diag host;  /* where the file tells of failures */
};

/** Loads the map that the options ask for; --part may not be auto without
 *  --map. @return exit code of what was reported, or AW_EXIT_OK */
AW_MUST_CHECK int otp_load_map(struct aw_ctx *ctx,
                               const struct otp_source *source,
                               struct aw_fusemap **map);

/** The map of a part that is built in, "IMX6UL". */
void otp_builtin(const char *part, struct aw_fusemap *map);

/** Opens the fuses and loads their map; of a file and a device, options named
 *  "otp" and "device", the one that stands in the stronger place. @param write  to program them, where
 *  they can be. Close with otp_close. */
AW_MUST_CHECK int otp_open(struct aw_ctx *ctx, const struct otp_source *source,
                           bool write, struct otp_fuses *fuses);
void otp_close(struct otp_fuses *fuses);

/** Writes the member "device" of a result; nothing for files. */
void otp_put_device(struct aw_ctx *ctx, const struct otp_fuses *fuses);

/** Reports a failed read. */
int otp_report_read(struct aw_ctx *ctx, const struct otp_fuses *fuses,
                    aw_err err, const struct aw_diag *diag);

/** As fuse_report_plan; failed reads as otp_report_read. */
int otp_report_plan(struct aw_ctx *ctx, const struct otp_fuses *fuses,
                    aw_err err, const struct aw_plan_result *result,
                    const struct aw_diag *diag);

/** Finds a fuse or register by name. */
AW_MUST_CHECK int otp_find(struct aw_ctx *ctx, const struct aw_fusemap *map,
                           const char *name, struct aw_fuse *fuse);

/* How reading a fuse ended. */
enum otp_read { OTP_READ, OTP_READ_LOCKED, OTP_OUT_OF_REACH };

/** Reads all words of a fuse.
 *  @param value  big-endian, aw_fuse_bytes() of it
 *  @return errors of the device; locked words and those behind its end are
 *          none */
AW_MUST_CHECK aw_err otp_read_fuse(const struct otp_fuses *fuses,
                                   const struct aw_fuse *fuse, uint8_t *value,
                                   enum otp_read *how, struct aw_diag *diag);

/** Value in hex; memory from the pool. */
const char *otp_value_text(struct aw_ctx *ctx, const struct aw_fuse *fuse,
                           const uint8_t *value);

/** Copies the words of open fuses into virtual ones of the same part; those
 *  that cannot be read are 0. */
AW_MUST_CHECK int otp_copy(struct aw_ctx *ctx, const struct otp_fuses *from,
                           struct aw_vfuse *v);

/** The plan's part, of enum otp_part. */
unsigned otp_part_of(const struct aw_plan *plan);

/* Choices of options that are an enum aw_otp_hab. */
#define OTP_HAB_CHOICES "unknown|clean|events"

extern const struct aw_cmd aw_cmd_otp;
extern const struct aw_cmd otp_cmd_list;
extern const struct aw_cmd otp_cmd_read;
extern const struct aw_cmd otp_cmd_diagram;
extern const struct aw_cmd otp_cmd_convert;
extern const struct aw_cmd otp_cmd_plan;
extern const struct aw_cmd otp_cmd_simulate;
extern const struct aw_cmd otp_cmd_apply;
extern const struct aw_cmd otp_cmd_virtual;

#endif
