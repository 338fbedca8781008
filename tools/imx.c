/* SPDX-License-Identifier: Apache-2.0 */
/*
 * imx BOARD PROGRAM.elf IMAGE.imx: makes the image that the boot ROM loads, as
 * `aw hab image` does. The firmware's build runs it, where there is no aw yet.
 *
 * BOARD is 512 or 512-tzasc (aw/hab/armory.h). 16 KiB are kept for the CSF.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aw/elf.h"
#include "aw/hab/armory.h"
#include "aw/hab/imx.h"

enum { FILE_MAX = 4 << 20, CSF_SIZE = 0x4000 };

static uint8_t file[FILE_MAX];
static uint8_t flat[FILE_MAX];
static uint8_t image[FILE_MAX + 4 * AW_IMX_PAGE];

static void stop(const char *what)
{
    (void)fprintf(stderr, "imx: %s\n", what);
    exit(1);
}

void aw_bug(const char *where, int line, const char *what)
{
    (void)fprintf(stderr, "imx: %s:%d: %s\n", where, line, what);
    abort();
}

static aw_bytes read_file(const char *path)
{
    FILE *f = fopen(path, "rb");

    if (f == NULL) {
        stop("cannot open the program");
    }
    size_t n = fread(file, 1, sizeof(file), f);

    if (ferror(f) != 0 || n == sizeof(file)) {
        stop("cannot read the program");
    }
    (void)fclose(f);
    return (aw_bytes){file, n};
}

/* What the file brings into memory, as one run of bytes. */
static void flatten(const struct aw_elf *elf, struct aw_imx_plan *plan)
{
    struct aw_elf_segment s;
    uint32_t first = UINT32_MAX;
    size_t end = 0;

    for (size_t i = 0; i < elf->n; i++) {
        if (aw_elf_segment(elf, i, &s, NULL) == AW_OK && s.bytes.n > 0 &&
            s.address < first) {
            first = s.address;
        }
    }
    for (size_t i = 0; i < elf->n; i++) {
        if (aw_elf_segment(elf, i, &s, NULL) != AW_OK || s.bytes.n == 0) {
            continue;
        }
        size_t at = s.address - first;

        if (at > sizeof(flat) || s.bytes.n > sizeof(flat) - at) {
            stop("the program is too large");
        }
        memcpy(flat + at, s.bytes.p, s.bytes.n);
        end = at + s.bytes.n > end ? at + s.bytes.n : end;
    }
    plan->base = first;
    plan->entry = elf->entry;
    plan->program = (aw_bytes){flat, end};
}

static void write_file(const char *path, const struct aw_wr *w)
{
    FILE *f = fopen(path, "wb");

    if (f == NULL || fwrite(w->p, 1, w->n, f) != w->n || fclose(f) != 0) {
        stop("cannot write the image");
    }
}

int main(int argc, char **argv)
{
    uint8_t dcd[AW_DCD_MAX];
    struct aw_wr d = aw_wr_init(dcd, sizeof(dcd));
    struct aw_wr w = aw_wr_init(image, sizeof(image));
    struct aw_imx_plan plan = {.csf_size = CSF_SIZE};
    struct aw_elf elf;

    if (argc != 4) {
        stop("usage: imx 512|512-tzasc PROGRAM.elf IMAGE.imx");
    }
    if (aw_elf_open(read_file(argv[2]), &elf, NULL) != AW_OK) {
        stop("the program is no executable of 32-bit ARM");
    }
    flatten(&elf, &plan);
    if (aw_armory_dcd(strcmp(argv[1], "512-tzasc") == 0 ? AW_ARMORY_512_TZASC
                                                        : AW_ARMORY_512,
                      &d) != AW_OK) {
        stop("DCD");
    }
    plan.dcd = (aw_bytes){dcd, d.n};
    if (aw_imx_write(&plan, &w, NULL) != AW_OK) {
        stop("the program does not fit an image");
    }
    write_file(argv[3], &w);
    return 0;
}
