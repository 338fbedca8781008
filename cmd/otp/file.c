/* SPDX-License-Identifier: Apache-2.0 */
/* Fuses in files: NVMEM devices, dumps of them, virtual fuses. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "otp/source.h"

static int report_open(struct aw_ctx *ctx, const char *path, aw_err err,
                       const struct aw_host_diag *host)
{
    bool missing = err == AW_ERR_NOT_FOUND;

    return aw_report(
        ctx,
        &(struct aw_finding){
            .err = err,
            .on = AW_ON_INPUT,
            .what = "the fuses cannot be opened",
            .subject = path,
            .expected = "an NVMEM device, a dump of one, or virtual fuses",
            .remedy = missing ? "name the fuses with --otp, or a board with "
                                "--device; a file of virtual ones is made "
                                "by aw otp virtual create"
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

static bool is_ulz(const struct otp_fuses *fuses)
{
    uint32_t value = 0;

    return fuses->otp.read(fuses->otp.ctx, 0, 6, &value, NULL) == AW_OK &&
           otp_is_ulz(value);
}

static int open_memory(struct aw_ctx *ctx, const struct otp_source *source,
                       uint64_t size, bool write, struct otp_fuses *fuses)
{
    const char *part = otp_part_names[source->part];
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
    int code = otp_load_map_of(ctx, source, part, &fuses->map);

    if (code == AW_EXIT_OK) {
        code = check_size(ctx, fuses, size);
    }
    if (code == AW_EXIT_OK) {
        code = open_nvmem(ctx, write, fuses);
    }
    if (code == AW_EXIT_OK && guessed && strcmp(part, "IMX6ULL") == 0 &&
        is_ulz(fuses)) {
        otp_close(fuses);
        code = otp_load_map_of(ctx, source, "IMX6ULZ", &fuses->map);
        if (code == AW_EXIT_OK) {
            code = open_nvmem(ctx, write, fuses);
        }
    }
    return code;
}

static int open_virtual(struct aw_ctx *ctx, const struct otp_source *source,
                        struct otp_fuses *fuses)
{
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
    int code = otp_check_part(ctx, source, fuses->path, fuses->file.v.part);

    return code == AW_EXIT_OK
               ? otp_load_map_of(ctx, source, fuses->file.v.part, &fuses->map)
               : code;
}

int otp_open_file(struct aw_ctx *ctx, const struct otp_source *source,
                  bool write, struct otp_fuses *fuses)
{
    bool is_virtual = false;
    uint64_t size = 0;
    int code = look(ctx, fuses->path, &is_virtual, &size);

    if (code != AW_EXIT_OK) {
        return code;
    }
    return is_virtual ? open_virtual(ctx, source, fuses)
                      : open_memory(ctx, source, size, write, fuses);
}
