/* SPDX-License-Identifier: Apache-2.0 */
#include "provision/provision.h"

#include <string.h>

#include "aw/text.h"
#include "common/term.h"

#define VIEW(field)                         \
    offsetof(struct provision_args, view) + \
        offsetof(struct log_view_args, field)
#define TEXT_ROW(field) \
    .type = AW_OPT_TEXT, .at = offsetof(struct provision_args, field)
#define FLAG_ROW(field) \
    .type = AW_OPT_FLAG, .at = offsetof(struct provision_args, field)

static const struct aw_opt opts[] = {
    AW_USB_OPTS(offsetof(struct provision_args, usb)),
    {.name = "binaries-url",
     .alias = "artefacts",
     .arg = "DIR|URL",
     .help = "Where images and HAB signatures are, by their SHA-256; what "
             "the policy says by default.",
     TEXT_ROW(binaries)},
    {.name = "os-index",
     .arg = "N",
     .fallback = "-1",
     .help = "Entry of the log to take the trusted OS from; -1: the newest.",
     TEXT_ROW(os_index)},
    {.name = "applet-index",
     .arg = "N",
     .fallback = "-1",
     .help = "Entry of the log to take the trusted applet from; -1: the "
             "newest.",
     TEXT_ROW(applet_index)},
    {.name = "wipe-witness-state",
     .help = "Also make the applet's data area zeros: the witness forgets "
             "what it has seen.",
     FLAG_ROW(wipe)},
    {.name = "clear-all",
     .help = "Make zeros of all that is not written, without looking first "
             "whether the begin of an area is: what else lies there is gone, "
             "too. Takes minutes.",
     FLAG_ROW(clear_all)},
    {.name = "fuse",
     .help = "Close the device for good, once its images are proven to start "
             "under the policy's SRK hash. Includes --attest.",
     .group = "Service",
     FLAG_ROW(fuse)},
    {.name = "yes",
     .arg = "HASH",
     .help = "Consent to --fuse without a question, by the hash of the very "
             "plan, which --dry-run shows.",
     .group = "Service",
     TEXT_ROW(yes)},
    {.name = "attest",
     .help = "Wait for the first start from the eMMC, and verify who the "
             "device says it is.",
     .group = "Service",
     FLAG_ROW(attest)},
    {.name = "ledger",
     .arg = "DIR",
     .help = "Compare that with a ledger of devices.",
     .group = "Service",
     TEXT_ROW(ledger)},
    {.name = "attestations",
     .arg = "DIR",
     .help = "Write what the device attests to files there, for aw device "
             "ledger add.",
     .group = "Service",
     TEXT_ROW(attestations)},
    {.name = "operator-timeout",
     .type = AW_OPT_DURATION,
     .at = offsetof(struct provision_args, operator_ms),
     .arg = "DURATION",
     .fallback = "10m",
     .help = "Time limit of what the operator is asked for.",
     .group = "Service"},
    {.name = "applet-timeout",
     .type = AW_OPT_DURATION,
     .at = offsetof(struct provision_args, applet_ms),
     .arg = "DURATION",
     .fallback = "2m",
     .help = "Time limit until the applet has reported; time of a twin is its "
             "own.",
     .group = "Service"},
    BOARD_KERNEL_OPTS(offsetof(struct provision_args, kernel)),
    {.name = "run-anyway",
     .help = "Go on where a device is fused already. Root is not needed.",
     FLAG_ROW(run_anyway)},
    {.name = "skip-hab",
     .help = "Leave out what the boot ROM decides about bootloader and "
             "recovery; the result says so.",
     FLAG_ROW(skip_hab)},
    {.name = "dry-run",
     .help = "Fetch, verify, show the plan, and touch no device.",
     FLAG_ROW(dry_run)},
    {.name = "step-timeout",
     .type = AW_OPT_DURATION,
     .at = offsetof(struct provision_args, step_ms),
     .arg = "DURATION",
     .fallback = "15m",
     .help = "Time limit of booting the recovery, and of writing. Time of "
             "a twin is its own."},
    {.name = "record-dir",
     .arg = "DIR",
     .help = "Put a signed record of what was done into DIR: needs the next "
             "three.",
     .group = "Record",
     TEXT_ROW(record_dir)},
    {.name = "record-key",
     .arg = AW_KEY_ARG,
     .help = AW_KEY_HELP,
     .group = "Record",
     TEXT_ROW(record_key)},
    {.name = "station",
     .arg = "TEXT",
     .help = "Where it is done.",
     .group = "Record",
     TEXT_ROW(station)},
    {.name = "operator",
     .arg = "TEXT",
     .help = "Who does it.",
     .group = "Record",
     TEXT_ROW(operator_name)},
    {.name = "accept-new-baseline",
     .type = AW_OPT_FLAG,
     .at = VIEW(accept_new_baseline),
     .help = "Start anew when the saved state of the log is missing or "
             "damaged."},
    AW_TRUST_LOG_OPTS(VIEW(trust)),
    AW_TRUST_KEY_OPTS(VIEW(trust)),
    AW_TRUST_ROM_OPTS(VIEW(trust)),
    AW_NET_OPTS(VIEW(net)),
};

static bool read_index(const char *text, uint64_t *index)
{
    if (strcmp(text, "-1") == 0) {
        *index = BOARD_NEWEST;
        return true;
    }
    return aw_dec_parse(aw_text(text), index) == AW_OK &&
           *index != BOARD_NEWEST;
}

static int check_args(struct provision *p)
{
    const struct provision_args *args = p->args;

    if (!read_index(args->os_index, &p->pick.index[AW_TRUSTED_OS]) ||
        !read_index(args->applet_index, &p->pick.index[AW_TRUSTED_APPLET])) {
        return aw_usage(p->ctx, "--os-index and --applet-index are numbers "
                                "of entries, or -1");
    }
    if (args->fuse && args->skip_hab) {
        return aw_usage(p->ctx, "--fuse does not go without what --skip-hab "
                                "leaves out");
    }
    if (!args->fuse && args->yes != NULL) {
        return aw_usage(p->ctx, "--yes belongs to --fuse");
    }
    if (!args->fuse && !args->attest &&
        (args->ledger != NULL || args->attestations != NULL)) {
        return aw_usage(p->ctx, "--ledger and --attestations belong to "
                                "--attest or --fuse");
    }
    if (board_kernel_asked(&args->kernel) && args->fuse) {
        return aw_usage(p->ctx, "--fuse asks the recovery how it was started: "
                                "leave --blockdevs and --blockdev out");
    }
    return AW_EXIT_OK;
}

/* A device that is going to be closed, or is, starts only what is signed
 * under its SRK hash: without one nobody can tell. */
static int need_srk(struct provision *p)
{
    const struct aw_policy *policy = &p->view.trust->use.policy;

    if (p->args->skip_hab || policy->has_srk_hash) {
        return AW_EXIT_OK;
    }
    return aw_report(p->ctx,
                     &(struct aw_finding){
                         .err = AW_ERR_PRECONDITION,
                         .on = AW_ON_INPUT,
                         .what = "no SRK hash to judge HAB signatures by",
                         .expected = "srk-hash in the policy, or --srk-hash",
                         .got = "none",
                         .remedy = "name it, or leave that check out with "
                                   "--skip-hab",
                     });
}

/* All that is sent or written is fetched and verified before. */
static int fetch(struct provision *p)
{
    int code = log_view_ready(p->ctx, &p->args->view, NULL, &p->view);

    if (code == AW_EXIT_OK) {
        code = need_srk(p);
    }
    if (code == AW_EXIT_OK) {
        p->trust = p->view.trust;
        p->pick.view = &p->view;
        p->pick.net = &p->args->view.net;
        p->pick.binaries = p->args->binaries;
        p->pick.skip_hab = p->args->skip_hab;
        code = board_fetch(&p->pick);
    }
    log_view_close(&p->view);
    return code;
}

static int put_on_device(struct provision *p)
{
    struct aw_out *out = &p->ctx->out;
    struct board *b = &p->board;
    int code = board_connect(p->ctx, &p->args->usb, b);

    if (code == AW_EXIT_OK) {
        b->kernel =
            board_kernel_asked(&p->args->kernel) ? &p->args->kernel : NULL;
        b->kernel_need = provision_need(p);
        b->kernel_write = true;
        code = provision_flow(p);
    }
    if (p->board.unit.serial[0] != '\0') {
        aw_out_text(out, "serial", p->board.unit.serial);
    }
    aw_out_u64(out, "bytes_written", p->bytes_written);
    aw_out_u64(out, "bytes_kept", p->bytes_kept);
    provision_state_show(p);
    if (code == AW_EXIT_OK && !p->args->fuse && !p->args->attest) {
        board_prompt(b, BOARD_ASK_EMMC);
        aw_warn(p->ctx, "the device was not asked how it starts: --attest "
                        "does, or look at it after the next start");
    }
    board_close(&p->board);
    return code;
}

static int run(struct aw_ctx *ctx, const void *values)
{
    struct provision *p = aw_pool_alloc(&ctx->pool, 1, sizeof(*p));

    p->ctx = ctx;
    p->args = values;
    p->pick.ctx = ctx;
    for (unsigned i = 0; i < AW_COMPONENTS; i++) {
        p->pick.wanted[i] = true;
        p->pick.index[i] = BOARD_NEWEST;
    }
    int code = check_args(p);

    if (code == AW_EXIT_OK) {
        code = provision_find_ledger(p);
    }
    if (code == AW_EXIT_OK) {
        code = provision_record_open(p);
    }
    if (code == AW_EXIT_OK) {
        code = fetch(p);
    }
    if (code == AW_EXIT_OK) {
        code = provision_lay_out(p);
    }
    if (code == AW_EXIT_OK) {
        provision_show(p);
        code = provision_show_fuses(p);
    }
    if (code == AW_EXIT_OK) {
        aw_out_bool(&ctx->out, "dry_run", p->args->dry_run);
        code = p->args->dry_run ? (int)AW_EXIT_OK : provision_may_fuse(p);
    }
    if (code == AW_EXIT_OK && !p->args->dry_run) {
        code = put_on_device(p);
    }
    provision_record_close(p);
    return code;
}

const struct aw_cmd aw_cmd_provision = {
    .name = "provision",
    .summary = "put the firmware of a log on a device",
    .prose = "Reads the log, fetches the newest release of each component and "
             "verifies all of it before a device is touched. Then boots the "
             "recovery over serial download, writes what differs, and reads "
             "everything back. With --fuse closes the part, when both images "
             "are proven to start on a closed one; with --attest verifies who "
             "it is. What is done already is not done again.",
    .opts = opts,
    .n_opts = sizeof(opts) / sizeof(opts[0]),
    .size = sizeof(struct provision_args),
    .run = run,
    .program = true,
};
