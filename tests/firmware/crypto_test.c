/* SPDX-License-Identifier: Apache-2.0 */
/* What docs/hardware-checklist.md asks of the crypto engines: a key of the part
 * for a text that others have published, then random numbers, for ever. After
 * some of them the line "done" comes. */
#include <inttypes.h>
#include <string.h>

#include "fw/caam.h"
#include "fw/console.h"
#include "fw/dcp.h"
#include "fw/print.h"
#include "fw/reg.h"
#include "fw/rng.h"
#include "fw/scratch.h"
#include "fw/soc.h"
#include "fw/start.h"

enum { CAAM_RDSTA = 0x021406c0, LINES = 64 };
enum { TEXT = 4, PADDING = 0x0c };
static const uint8_t text[TEXT] = {0xde, 0xad, 0xbe, 0xef};

static void print_line(const char *name, const uint8_t *bytes, uint32_t n)
{
    print("%s ", name);
    for (uint32_t i = 0; i < n; i++) {
        print("%c%c", "0123456789abcdef"[bytes[i] >> 4],
              "0123456789abcdef"[bytes[i] & 0xf]);
    }
    print("\n");
    console_drain();
}

static void print_failure(const struct aw_diag *diag)
{
    print("FAIL %s %s %08" PRIx32 "\n", diag->where, aw_err_name(diag->err),
          (uint32_t)diag->at);
}

static aw_err derive_caam(struct aw_diag *diag)
{
    uint8_t key[CAAM_KEY];

    print("RDSTA %08" PRIx32 "\n", reg_rd(CAAM_RDSTA));
    aw_err err = caam_derive(&scratch()->caam, text, sizeof(text), key, diag);

    if (err == AW_OK) {
        print_line("CAAM", key, sizeof(key));
    }
    return err;
}

static aw_err derive_dcp(struct aw_diag *diag)
{
    struct dcp_work *work = &scratch()->dcp;

    memset(work, 0, sizeof(*work));
    memset(work->data, PADDING, DCP_BLOCK);
    memcpy(work->data, text, sizeof(text));
    aw_err err = dcp_encrypt(work, DCP_BLOCK, diag);

    if (err == AW_OK) {
        print_line("DCP", work->data, DCP_BLOCK);
    }
    return err;
}

void image_main(uint32_t r0, uint32_t r1)
{
    struct aw_diag diag = {.err = AW_OK};

    (void)r0;
    (void)r1;
    console_init();
    print("crypto test, %s, %s\n", soc_is_ul() ? "UL" : "ULL or ULZ",
          soc_closed() ? "closed" : "open");
    if ((soc_is_ul() ? derive_caam(&diag) : derive_dcp(&diag)) != AW_OK) {
        print_failure(&diag);
    }
    for (uint32_t line = 0;; line++) {
        uint8_t bytes[RNG_MAX];

        if (rng_fill(bytes, sizeof(bytes), &diag) == AW_OK) {
            print_line("random", bytes, sizeof(bytes));
        } else {
            print_failure(&diag);
        }
        if (line + 1 == LINES) {
            print("done\n");
        }
    }
}
