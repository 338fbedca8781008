/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aw/hostio/fusemap_yaml.h"
#include "common/input.h"
#include "otp/otp.h"

static const char *const part_names[] = {[OTP_PART_AUTO] = NULL,
                                         [OTP_PART_UL] = "IMX6UL",
                                         [OTP_PART_ULL] = "IMX6ULL",
                                         [OTP_PART_ULZ] = "IMX6ULZ"};

/* True when the first line that says something is that of our format; else
 * the file is taken for YAML. Both have comments behind #. */
static bool is_own_format(aw_bytes text)
{
    struct aw_rd r = aw_rd_init(text);

    while (aw_rd_left(&r) > 0) {
        aw_bytes line = aw_rd_line(&r);

        if (r.failed) {
            return false;
        }
        if (line.n > 0 && line.p[0] != '#') {
            return aw_bytes_starts(line, "aw-fusemap");
        }
    }
    return false;
}

static int report_map(struct aw_ctx *ctx, const char *path, aw_err err,
                      const struct aw_host_diag *host)
{
    return aw_report(ctx,
                     &(struct aw_finding){
                         .err = err,
                         .on = AW_ON_INPUT,
                         .what = "the fuse map cannot be used",
                         .subject = path,
                         .expected = "a fuse map, or a YAML map of "
                                     "crucible",
                         .host = host->text[0] != '\0' ? host : NULL,
                         .diag = host->text[0] != '\0' ? NULL : &host->diag,
                     });
}

/* A map from a file of either format. */
static int load_file(struct aw_ctx *ctx, const char *path, bool overlay,
                     struct aw_fusemap *map)
{
    struct aw_host_diag host = {.network = false};
    struct aw_blob blob = {.n = 0};
    aw_bytes text = {NULL, 0};
    int code = aw_input_read(ctx, path, AW_FUSEMAP_YAML_MAX, &text);

    if (code != AW_EXIT_OK) {
        return code;
    }
    if (!is_own_format(text)) {
        aw_err err = aw_fusemap_yaml(text, overlay, &blob, &host);

        if (err != AW_OK) {
            return report_map(ctx, path, err, &host);
        }
        aw_pool_adopt(&ctx->pool, blob.p);
        text = aw_blob_bytes(&blob);
    }
    aw_err err = aw_fusemap_parse(text, map, &host.diag);

    if (err == AW_OK && map->overlay != overlay) {
        err = aw_fail(
            &host.diag, AW_ERR_TYPE,
            overlay ? "fuse map: is no overlay" : "fuse map: is an overlay", 0);
    }
    return err == AW_OK ? AW_EXIT_OK : report_map(ctx, path, err, &host);
}

static int add_overlay(struct aw_ctx *ctx, const char *path,
                       struct aw_fusemap *map)
{
    struct aw_host_diag host = {.network = false};
    struct aw_fusemap *over = aw_pool_alloc(&ctx->pool, 1, sizeof(*over));
    int code = load_file(ctx, path, true, over);

    if (code != AW_EXIT_OK) {
        return code;
    }
    aw_err err = aw_fusemap_overlay(map, over, &host.diag);

    return err == AW_OK ? AW_EXIT_OK : report_map(ctx, path, err, &host);
}

void otp_builtin(const char *part, struct aw_fusemap *map)
{
    aw_err err = aw_fusemap_parse(aw_fusemap_builtin(aw_text(part)), map, NULL);

    AW_BUG_ON(err != AW_OK);
}

static int load_builtin(struct aw_ctx *ctx, const char *part,
                        struct aw_fusemap *map)
{
    if (part == NULL) {
        return aw_usage(ctx, "name the part with --part, or a fuse map with "
                             "--map");
    }
    otp_builtin(part, map);
    return AW_EXIT_OK;
}

/* @param part  name, or NULL when only --map can say */
static int load_map(struct aw_ctx *ctx, const struct otp_source *source,
                    const char *part, struct aw_fusemap **map)
{
    struct aw_fusemap *m = aw_pool_alloc(&ctx->pool, 1, sizeof(*m));
    int code = source->map != NULL ? load_file(ctx, source->map, false, m)
                                   : load_builtin(ctx, part, m);

    if (code == AW_EXIT_OK && source->overlay != NULL) {
        code = add_overlay(ctx, source->overlay, m);
    }
    if (code == AW_EXIT_OK) {
        *map = m;
    }
    return code;
}

int otp_load_map(struct aw_ctx *ctx, const struct otp_source *source,
                 struct aw_fusemap **map)
{
    return load_map(ctx, source, part_names[source->part], map);
}

int otp_report_io(struct aw_ctx *ctx, const char *path, aw_err err,
                  const struct aw_diag *diag)
{
    return aw_report(ctx, &(struct aw_finding){
                              .err = err,
                              .on = AW_ON_DEVICE,
                              .what = "the fuses cannot be reached",
                              .subject = path,
                              .diag = diag,
                          });
}

static int report_open(struct aw_ctx *ctx, const char *path, aw_err err,
                       const struct aw_host_diag *host)
{
    bool missing = err == AW_ERR_NOT_FOUND;

    return aw_report(
        ctx, &(struct aw_finding){
                 .err = err,
                 .on = AW_ON_INPUT,
                 .what = "the fuses cannot be opened",
                 .subject = path,
                 .expected = "an NVMEM device, a dump of one, or virtual fuses",
                 .remedy = missing ? "name the fuses with --otp; a file of "
                                     "virtual ones is made by aw otp virtual "
                                     "create"
                                   : NULL,
                 .host = host,
             });
}

/* Looks what kind of file it is, and how long. */
static int look(struct aw_ctx *ctx, const char *path, bool *is_virtual,
                uint64_t *size)
{
    struct aw_host_diag host = {.network = false};
    uint8_t head[16] = {0};
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ssize_t n = fd < 0 ? -1 : read(fd, head, sizeof(head));

    if (n < 0 && errno == EISDIR) {
        (void)close(fd);
        return report_open(ctx, path,
                           aw_fail(aw_host_say(&host, "%s: is a folder", path),
                                   AW_ERR_TYPE, "fuses: open", 0),
                           &host);
    }
    if (n < 0 || fstat(fd, &st) != 0) {
        aw_err err = aw_host_fail_errno(&host, "fuses: open", errno, path);

        if (fd >= 0) {
            (void)close(fd);
        }
        return report_open(ctx, path, err, &host);
    }
    (void)close(fd);
    *is_virtual = aw_vfuse_is((aw_bytes){head, (size_t)n});
    *size = (uint64_t)st.st_size;
    return AW_EXIT_OK;
}

/* Bytes of the NVMEM devices that Linux makes, and whose they are; those of the
 * i.MX6ULL stand for ULZ too. */
static const struct {
    uint64_t size;
    const char *part;
} devices[] = {
    {512, "IMX6UL"}, /* 128 words, before Linux counted the hole between them */
    {576, "IMX6UL"},
    {256, "IMX6ULL"},
    {320, "IMX6ULL"},
};
enum { DEVICES = sizeof(devices) / sizeof(devices[0]) };

/* The part that a device of some size belongs to; NULL: none. */
static const char *part_of_size(uint64_t size)
{
    for (size_t i = 0; i < DEVICES; i++) {
        if (devices[i].size == size) {
            return devices[i].part;
        }
    }
    return NULL;
}

static int report_size(struct aw_ctx *ctx, const char *path, uint64_t size,
                       const char *expected, const char *part)
{
    const char *other = part_of_size(size);

    return aw_report(
        ctx,
        &(struct aw_finding){
            .err = AW_ERR_TYPE,
            .on = AW_ON_DEVICE,
            .exit = other == NULL || part == NULL ? AW_EXIT_REFUSED
                                                  : AW_EXIT_DEVICE,
            .what = "these are no fuses of that part",
            .subject = path,
            .expected = expected,
            .got = aw_pool_printf(&ctx->pool, "%" PRIu64 " bytes%s%s", size,
                                  other == NULL ? "" : ", as of ",
                                  other == NULL ? "" : other),
            .remedy = "name an NVMEM device, a whole dump of one, or virtual "
                      "fuses",
        });
}

/* A device or dump has the size that its part has. Of parts that only a map
 * knows it is whole words. */
static int check_size(struct aw_ctx *ctx, const struct otp_fuses *fuses,
                      uint64_t size)
{
    const char *part = aw_pool_bytes(&ctx->pool, fuses->map->part);
    const char *like = strcmp(part, "IMX6ULZ") == 0 ? "IMX6ULL" : part;
    unsigned word = aw_fuse_word_bits(fuses->map) / 8;
    const char *sizes = NULL;

    for (size_t i = 0; i < DEVICES; i++) {
        if (strcmp(devices[i].part, like) != 0) {
            continue;
        }
        if (devices[i].size == size) {
            return AW_EXIT_OK;
        }
        sizes = aw_pool_printf(&ctx->pool, "%s%s%" PRIu64,
                               sizes == NULL ? "" : sizes,
                               sizes == NULL ? "" : " or ", devices[i].size);
    }
    if (sizes == NULL && size > 0 && size % word == 0) {
        return AW_EXIT_OK;
    }
    return report_size(
        ctx, fuses->path, size,
        aw_pool_printf(&ctx->pool, "%s bytes of %s",
                       sizes == NULL ? "whole words, some" : sizes, part),
        part);
}

static uint32_t place(const void *ctx, unsigned bank, unsigned word, bool write)
{
    return aw_fusemap_offset(ctx, bank, word, write);
}

/* Opens an NVMEM device with a map. */
static int open_nvmem(struct aw_ctx *ctx, bool write, struct otp_fuses *fuses)
{
    struct aw_host_diag host = {.network = false};
    struct aw_nvmem_map at = {.offset = place,
                              .ctx = fuses->map,
                              .word_size = aw_fuse_word_bits(fuses->map) / 8};
    aw_err err =
        aw_nvmem_open(fuses->path, write ? AW_NVMEM_WRITE : AW_NVMEM_READ, &at,
                      &fuses->nvmem, &fuses->otp, &host);

    return err == AW_OK ? AW_EXIT_OK
                        : report_open(ctx, fuses->path, err, &host);
}

/* The mark by which an i.MX6ULZ is told from an i.MX6ULL. */
static bool is_ulz(const struct otp_fuses *fuses)
{
    const uint32_t ulz_mark = 0x40;
    uint32_t value = 0;

    return fuses->otp.read(fuses->otp.ctx, 0, 6, &value, NULL) == AW_OK &&
           (value & ulz_mark) != 0;
}

static int open_device(struct aw_ctx *ctx, const struct otp_source *source,
                       uint64_t size, bool write, struct otp_fuses *fuses)
{
    const char *part = part_names[source->part];
    bool guessed = part == NULL && source->map == NULL;

    if (guessed) {
        part = part_of_size(size);
    }
    if (guessed && part == NULL) {
        return report_size(ctx, fuses->path, size,
                           "256 or 320 bytes of an i.MX6ULL or ULZ, 512 or 576 "
                           "of an i.MX6UL",
                           NULL);
    }
    int code = load_map(ctx, source, part, &fuses->map);

    if (code == AW_EXIT_OK) {
        code = check_size(ctx, fuses, size);
    }
    if (code == AW_EXIT_OK) {
        code = open_nvmem(ctx, write, fuses);
    }
    if (code == AW_EXIT_OK && guessed && strcmp(part, "IMX6ULL") == 0 &&
        is_ulz(fuses)) {
        otp_close(fuses);
        code = load_map(ctx, source, "IMX6ULZ", &fuses->map);
        if (code == AW_EXIT_OK) {
            code = open_nvmem(ctx, write, fuses);
        }
    }
    return code;
}

static int open_virtual(struct aw_ctx *ctx, const struct otp_source *source,
                        struct otp_fuses *fuses)
{
    const char *part = part_names[source->part];
    aw_err err = aw_vfuse_load(fuses->path, &fuses->file, &fuses->host);

    if (err != AW_OK) {
        return aw_report(ctx,
                         &(struct aw_finding){
                             .err = err,
                             .on = AW_ON_INPUT,
                             .exit = err == AW_ERR_DIGEST ? AW_EXIT_REFUSED : 0,
                             .what = "the virtual fuses cannot be used",
                             .subject = fuses->path,
                             .host = &fuses->host,
                         });
    }
    fuses->is_virtual = true;
    fuses->otp = aw_vfuse_file_otp(&fuses->file);
    if (part != NULL && strcmp(part, fuses->file.v.part) != 0) {
        return aw_report(ctx,
                         &(struct aw_finding){
                             .err = AW_ERR_TYPE,
                             .on = AW_ON_DEVICE,
                             .exit = AW_EXIT_DEVICE,
                             .what = "these are fuses of another part",
                             .subject = fuses->path,
                             .expected = part,
                             .got = fuses->file.v.part,
                             .remedy = source->planned
                                           ? "name the device that the plan "
                                             "was made for"
                                           : "leave --part out, or name the "
                                             "other device",
                         });
    }
    return load_map(ctx, source, fuses->file.v.part, &fuses->map);
}

int otp_open(struct aw_ctx *ctx, const struct otp_source *source, bool write,
             struct otp_fuses *fuses)
{
    bool is_virtual = false;
    uint64_t size = 0;

    *fuses = (struct otp_fuses){.path = source->otp == NULL ? AW_NVMEM_DEFAULT
                                                            : source->otp};
    int code = look(ctx, fuses->path, &is_virtual, &size);

    if (code != AW_EXIT_OK) {
        return code;
    }
    code = is_virtual ? open_virtual(ctx, source, fuses)
                      : open_device(ctx, source, size, write, fuses);
    if (code != AW_EXIT_OK) {
        otp_close(fuses);
    }
    return code;
}

void otp_close(struct otp_fuses *fuses)
{
    aw_nvmem_close(fuses->nvmem);
    fuses->nvmem = NULL;
}

/* The name nearest to one that does not exist. */
static const char *guess(const struct aw_fusemap *map, struct aw_ctx *ctx,
                         const char *name)
{
    struct aw_guess g = {.word = name};

    for (size_t i = 0; i < map->n_fuses; i++) {
        aw_guess_try(&g, aw_pool_bytes(&ctx->pool, map->fuses[i].name));
    }
    for (size_t i = 0; i < map->n_registers; i++) {
        aw_guess_try(&g, aw_pool_bytes(&ctx->pool, map->registers[i].name));
    }
    return g.best;
}

int otp_find(struct aw_ctx *ctx, const struct aw_fusemap *map, const char *name,
             struct aw_fuse *fuse)
{
    const char *full = aw_pool_printf(&ctx->pool, "OCOTP_%s", name);

    if (aw_fusemap_find(map, aw_text(name), fuse) == AW_OK ||
        aw_fusemap_find(map, aw_text(full), fuse) == AW_OK) {
        return AW_EXIT_OK;
    }
    const char *near = guess(map, ctx, name);

    return aw_report(
        ctx,
        &(struct aw_finding){
            .err = AW_ERR_NOT_FOUND,
            .on = AW_ON_INPUT,
            .exit = AW_EXIT_USAGE,
            .what = "there is no fuse of that name",
            .subject = name,
            .expected = aw_pool_printf(&ctx->pool, "a fuse or register of %s",
                                       aw_pool_bytes(&ctx->pool, map->part)),
            .got = name,
            .remedy =
                near == NULL
                    ? "see aw otp list"
                    : aw_pool_printf(&ctx->pool,
                                     "did you mean %s? see aw otp list", near),
        });
}

aw_err otp_read_fuse(const struct otp_fuses *fuses, const struct aw_fuse *fuse,
                     uint8_t *value, enum otp_read *how, struct aw_diag *diag)
{
    uint32_t words[AW_FUSE_WORDS_MAX] = {0};
    unsigned bits = aw_fuse_word_bits(fuses->map);
    unsigned first = aw_fusemap_index(fuses->map, fuse->bank, fuse->word);

    *how = OTP_READ;
    for (unsigned k = 0; k < aw_fuse_words(fuse, bits); k++) {
        unsigned at = first + k;
        aw_err err =
            fuses->otp.read(fuses->otp.ctx, at / fuses->map->bank_words,
                            at % fuses->map->bank_words, &words[k], diag);

        if (err == AW_ERR_NOT_FOUND) {
            *how = OTP_OUT_OF_REACH;
            return AW_OK;
        }
        if (err != AW_OK) {
            return err;
        }
        if (words[k] == AW_OTP_READ_LOCKED) {
            *how = OTP_READ_LOCKED;
        }
    }
    aw_fuse_decode(fuse, bits, words, value);
    return AW_OK;
}

const char *otp_value_text(struct aw_ctx *ctx, const struct aw_fuse *fuse,
                           const uint8_t *value)
{
    enum { ROOM = 2 * AW_FUSE_BYTES_MAX + 1 };
    struct aw_wr w = aw_wr_init(aw_pool_alloc(&ctx->pool, ROOM, 1), ROOM - 1);

    aw_fuse_value_write(fuse, value, &w);
    return (const char *)w.p;
}

/* Words that are read-locked or out of reach are left at 0. */
static int copy_words(struct aw_ctx *ctx, const struct otp_fuses *from,
                      struct aw_vfuse *v)
{
    for (unsigned at = 0; at < v->n_words; at++) {
        struct aw_diag diag = {.where = NULL};
        uint32_t value = 0;
        aw_err err = from->otp.read(from->otp.ctx, at / AW_VFUSE_BANK_WORDS,
                                    at % AW_VFUSE_BANK_WORDS, &value, &diag);

        if (err != AW_OK && err != AW_ERR_NOT_FOUND) {
            return otp_report_io(ctx, from->path, err, &diag);
        }
        v->fuse[at] = value == AW_OTP_READ_LOCKED ? 0 : value;
    }
    aw_vfuse_boot(v);
    v->boots = 1;
    return AW_EXIT_OK;
}

int otp_copy(struct aw_ctx *ctx, const struct otp_fuses *from,
             struct aw_vfuse *v)
{
    const char *part = aw_pool_bytes(&ctx->pool, from->map->part);

    if (from->is_virtual) {
        *v = from->file.v;
        return AW_EXIT_OK;
    }
    if (aw_vfuse_init(v, part, 0) != AW_OK) {
        return aw_usage(ctx, "there are no virtual fuses of %s", part);
    }
    return copy_words(ctx, from, v);
}
