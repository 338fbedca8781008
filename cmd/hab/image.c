/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "aw/elf.h"
#include "aw/hab/armory.h"
#include "aw/hab/imx.h"
#include "common/input.h"
#include "hab/hab.h"

#define BOARDS "none|usbarmory-512|usbarmory-512-tzasc|usbarmory-1024"

struct args {
    const char *output;
    unsigned board;
    const char *registers;
    const char *base;
    const char *entry;
    uint64_t csf_size;
    bool bss;
    bool force;
};

static const struct aw_opt opts[] = {
    {.name = "output",
     .alias = "o",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct args, output),
     .arg = "FILE",
     .help = "Write the image to a new file.",
     .required = true},
    {.name = "board",
     .alias = "dcd",
     .type = AW_OPT_CHOICE,
     .at = offsetof(struct args, board),
     .arg = BOARDS,
     .fallback = "none",
     .help = "Put in the DCD of a board: USB armory Mk II with 512 MB or 1 GB; "
             "tzasc prepares the memory for TrustZone protection, as the "
             "bootloader needs it."},
    {.name = "registers",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct args, registers),
     .arg = "FILE",
     .help = "Put in a DCD of this register list, in the format of mkimage's "
             "imximage configuration; its CSF line counts, too. Goes behind "
             "--board's registers."},
    {.name = "base",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct args, base),
     .arg = "ADDRESS",
     .help = "Address of a raw program; an ELF file knows its own."},
    {.name = "entry",
     .type = AW_OPT_TEXT,
     .at = offsetof(struct args, entry),
     .arg = "ADDRESS",
     .help = "Where a raw program starts. Default: at its first byte."},
    {.name = "csf-size",
     .type = AW_OPT_SIZE,
     .at = offsetof(struct args, csf_size),
     .arg = "BYTES",
     .fallback = "16384",
     .help = "Bytes kept for the signature behind the image; 0 makes an image "
             "that cannot be signed."},
    {.name = "bss",
     .type = AW_OPT_FLAG,
     .at = offsetof(struct args, bss),
     .help = "Write the zeros behind the data of an ELF file into the image, "
             "as objcopy does when .bss has contents."},
    {.name = "force",
     .type = AW_OPT_FLAG,
     .at = offsetof(struct args, force),
     .help = "Replace a file that exists."},
};

enum { ENTRIES_MAX = 512 };

struct job {
    const struct args *args;
    const char *path;
    struct aw_imx_plan plan;
    uint8_t dcd[AW_DCD_MAX];
};

/* Where an ELF file begins and ends in memory. */
static aw_err extent(const struct aw_elf *elf, bool bss, uint64_t *first,
                     uint64_t *end, struct aw_diag *diag)
{
    *first = UINT64_MAX;
    *end = 0;
    for (size_t i = 0; i < elf->n; i++) {
        struct aw_elf_segment s;
        aw_err err = aw_elf_segment(elf, i, &s, diag);

        if (err == AW_ERR_NOT_FOUND ||
            (err == AW_OK && !bss && s.bytes.n == 0)) {
            continue;
        }
        if (err != AW_OK) {
            return err;
        }
        uint64_t stop = (uint64_t)s.address + (bss ? s.size : s.bytes.n);

        *first = s.address < *first ? s.address : *first;
        *end = stop > *end ? stop : *end;
    }
    if (*end <= *first) {
        return aw_fail(diag, AW_ERR_RANGE, "elf: nothing to load", elf->n);
    }
    if (*end - *first > HAB_IMAGE_MAX) {
        return aw_fail(diag, AW_ERR_RANGE, "elf: bytes in memory",
                       *end - *first);
    }
    return AW_OK;
}

/* The memory that an ELF file fills, as one run of bytes. */
static aw_err flatten(struct aw_ctx *ctx, aw_bytes file, bool bss,
                      struct aw_imx_plan *plan, struct aw_diag *diag)
{
    struct aw_elf elf;
    uint64_t first = 0;
    uint64_t end = 0;
    aw_err err = aw_elf_open(file, &elf, diag);

    if (err == AW_OK) {
        err = extent(&elf, bss, &first, &end, diag);
    }
    if (err != AW_OK) {
        return err;
    }
    uint8_t *flat = aw_pool_alloc(&ctx->pool, (size_t)(end - first), 1);

    for (size_t i = 0; i < elf.n; i++) {
        struct aw_elf_segment s;

        if (aw_elf_segment(&elf, i, &s, NULL) == AW_OK && s.bytes.n > 0) {
            memcpy(flat + (s.address - first), s.bytes.p, s.bytes.n);
        }
    }
    plan->base = (uint32_t)first;
    plan->entry = elf.entry;
    plan->program = (aw_bytes){flat, (size_t)(end - first)};
    return AW_OK;
}

static int take_raw(struct aw_ctx *ctx, struct job *job, aw_bytes file)
{
    const struct args *args = job->args;

    if (args->base == NULL) {
        return aw_usage(ctx, "%s is no ELF file: a raw program needs --base",
                        aw_input_name(job->path));
    }
    int code = hab_u32(ctx, "--base", args->base, &job->plan.base);

    job->plan.program = file;
    job->plan.entry = job->plan.base;
    if (code == AW_EXIT_OK && args->entry != NULL) {
        code = hab_u32(ctx, "--entry", args->entry, &job->plan.entry);
    }
    return code;
}

static int take_program(struct aw_ctx *ctx, struct job *job)
{
    struct aw_diag diag = {.where = NULL};
    aw_bytes file = {NULL, 0};
    int code = aw_input_read(ctx, job->path, HAB_IMAGE_MAX, &file);

    if (code != AW_EXIT_OK) {
        return code;
    }
    if (!aw_bytes_starts(file, "\x7f"
                               "ELF")) {
        return take_raw(ctx, job, file);
    }
    if (job->args->base != NULL || job->args->entry != NULL) {
        return aw_usage(ctx, "an ELF file knows its addresses: leave out "
                             "--base and --entry");
    }
    aw_err err = flatten(ctx, file, job->args->bss, &job->plan, &diag);

    return err == AW_OK ? AW_EXIT_OK
                        : hab_refuse(ctx, aw_input_name(job->path),
                                     "an executable of 32-bit ARM", err, &diag);
}

static size_t board_entries(unsigned board, struct aw_dcd_entry *entry)
{
    static const enum aw_armory kinds[] = {AW_ARMORY_512, AW_ARMORY_512,
                                           AW_ARMORY_512_TZASC, AW_ARMORY_1024};

    return board == 0 ? 0 : aw_armory_entries(kinds[board], entry);
}

static int read_registers(struct aw_ctx *ctx, const char *path,
                          struct aw_dcd_list *list)
{
    struct aw_diag diag = {.where = NULL};
    aw_bytes text = {NULL, 0};
    int code = aw_input_read(ctx, path, HAB_TEXT_MAX, &text);

    if (code != AW_EXIT_OK) {
        return code;
    }
    aw_err err = aw_dcd_list_parse(text, list, &diag);

    return err == AW_OK
               ? AW_EXIT_OK
               : hab_refuse(ctx, aw_input_name(path),
                            "lines such as DATA 4 0x020c4068 0xffffffff", err,
                            &diag);
}

static int take_dcd(struct aw_ctx *ctx, struct job *job)
{
    struct aw_dcd_list list = {.cap = ENTRIES_MAX};
    struct aw_diag diag = {.where = NULL};
    struct aw_wr w = aw_wr_init(job->dcd, sizeof(job->dcd));
    int code = AW_EXIT_OK;

    list.entry = aw_pool_alloc(&ctx->pool, ENTRIES_MAX, sizeof(*list.entry));
    list.n = board_entries(job->args->board, list.entry);
    if (job->args->registers != NULL) {
        code = read_registers(ctx, job->args->registers, &list);
    }
    if (code != AW_EXIT_OK || list.n == 0) {
        return code;
    }
    if (list.csf_size != 0 && !aw_opts_given(&ctx->opts, "csf-size")) {
        job->plan.csf_size = list.csf_size;
    }
    aw_err err = aw_dcd_write(list.entry, list.n, &w, &diag);

    if (err != AW_OK) {
        return hab_refuse(ctx, job->args->registers,
                          "registers that fit into 1768 bytes", err, &diag);
    }
    job->plan.dcd = aw_wr_done(&w);
    return AW_EXIT_OK;
}

/* A DCD that no closed part would run is a mistake now, not at signing. */
static void warn_dcd(struct aw_ctx *ctx, const struct job *job)
{
    struct aw_dcd_fault fault = {0};

    if (job->plan.dcd.n > 0 &&
        aw_dcd_run(job->plan.dcd, aw_dcd_ranges, aw_dcd_ranges_n, NULL,
                   &fault) != AW_OK) {
        aw_warn(ctx, "the ROM refuses the command at 0x%zx of the DCD: %s",
                fault.at, aw_hab_reason_row(fault.reason)->text);
    }
}

static int build(struct aw_ctx *ctx, const struct job *job, aw_bytes *image)
{
    struct aw_diag diag = {.where = NULL};
    size_t n = aw_imx_size(job->plan.program.n);
    struct aw_wr w = aw_wr_init(aw_pool_alloc(&ctx->pool, n, 1), n);
    aw_err err = aw_imx_write(&job->plan, &w, &diag);

    if (err != AW_OK) {
        return hab_refuse(ctx, aw_input_name(job->path),
                          "a program at 0x1000 or above, with its entry "
                          "inside",
                          err, &diag);
    }
    *image = aw_wr_done(&w);
    return AW_EXIT_OK;
}

static void put_result(struct aw_ctx *ctx, const struct job *job,
                       aw_bytes image)
{
    const struct aw_imx_plan *plan = &job->plan;
    struct aw_out *out = &ctx->out;
    uint8_t digest[AW_SHA256_SIZE];

    aw_sha256(image, digest);
    aw_out_text(out, "image", job->args->output);
    aw_out_u64(out, "bytes", image.n);
    aw_out_hex(out, "sha256", (aw_bytes){digest, sizeof(digest)});
    hab_put_address(ctx, "load", plan->base - AW_ROM_FIRST);
    hab_put_address(ctx, "self", plan->base - AW_IMX_PROGRAM);
    hab_put_address(ctx, "base", plan->base);
    hab_put_address(ctx, "entry", plan->entry);
    aw_out_count(out, "dcd_bytes", plan->dcd.n);
    aw_out_count(out, "csf_bytes", plan->csf_size);
}

static int run(struct aw_ctx *ctx, const void *values)
{
    struct job *job = aw_pool_alloc(&ctx->pool, 1, sizeof(*job));
    aw_bytes image = {NULL, 0};

    job->args = values;
    job->path = ctx->operands.item[0];
    if (job->args->csf_size > AW_IMX_CSF_MAX) {
        return aw_usage(ctx, "--csf-size is above %d", (int)AW_IMX_CSF_MAX);
    }
    job->plan.csf_size = (uint32_t)job->args->csf_size;
    struct hab_output out = {.path = job->args->output,
                             .force = job->args->force};
    const char *const inputs[] = {job->path, job->args->registers};
    int code = hab_check_outputs(ctx, &out, 1, inputs, 2);

    if (code == AW_EXIT_OK) {
        code = take_program(ctx, job);
    }
    if (code == AW_EXIT_OK) {
        code = take_dcd(ctx, job);
    }
    if (code == AW_EXIT_OK) {
        code = build(ctx, job, &image);
    }
    if (code == AW_EXIT_OK) {
        warn_dcd(ctx, job);
        out.data = image;
        code = hab_write(ctx, &out, 1);
    }
    if (code == AW_EXIT_OK) {
        put_result(ctx, job, image);
    }
    return code;
}

const struct aw_cmd aw_cmd_hab_image = {
    .name = "image",
    .summary = "make an image that the boot ROM loads",
    .prose = "Puts a program into an i.MX image: boot header, register writes "
             "that set up the memory, program, room for a signature. PROGRAM "
             "is an ELF executable or the raw bytes of one. The image is what "
             "mkimage makes, with the entry address set.",
    .operands = "PROGRAM",
    .min_operands = 1,
    .max_operands = 1,
    .opts = opts,
    .n_opts = sizeof(opts) / sizeof(opts[0]),
    .size = sizeof(struct args),
    .run = run,
};
