/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "aw/ftlog/policy.h"
#include "fuzz.h"

/* A checkpoint that two witnesses cosigned, distributor's README. */
static const char cosigned[] =
    "transparency.dev/armored-witness/firmware_transparency/ci/3\n"
    "59\n"
    "kOFMkeamIdrYFLx5zbWFhflak6dlEEDOU++fxYEZMBw=\n"
    "\n"
    "\xe2\x80\x94 ArmoredWitness-weathered-rain CnjfIAAAAABnGRrHjQi7IZQqVea4Yn"
    "U/ADsv844r1ezGjvubUy1MMJm4as9bRiT70xNWQ67RCA76LMy7SdX4qJNIzL3eSS1BGFWqCw"
    "==\n"
    "\xe2\x80\x94 ArmoredWitness-floral-sky x88LbQAAAABnGRrDEq4Tfy7IIVPqkdXbcu"
    "fUkCzRRbE3fABZ/jvtg5aFHVMuMR8cV6dVqECDBiH1zRxhNaCQOXSwNLSeJs+NzWt1BA==\n";

static aw_bytes write_text(const struct aw_policy *policy, uint8_t *buf,
                           size_t cap)
{
    struct aw_wr w = aw_wr_init(buf, cap);
    struct aw_sink sink = aw_sink_wr(&w);

    if (aw_policy_write(policy, &sink) != AW_OK || w.failed) {
        __builtin_trap();
    }
    return aw_wr_done(&w);
}

/* Canonical text reads back to itself. It may be longer than what was read
 * and so too long to be read. */
static void check_write(const struct aw_policy *policy)
{
    static uint8_t buf[2][2 * AW_POLICY_MAX];
    static struct aw_policy again;
    uint8_t digest[2][AW_SHA256_SIZE];
    aw_bytes text = write_text(policy, buf[0], sizeof(buf[0]));

    if (text.n > AW_POLICY_MAX) {
        return;
    }
    if (aw_policy_parse(text, &again, NULL) != AW_OK ||
        !aw_bytes_equal(text, write_text(&again, buf[1], sizeof(buf[1]))) ||
        aw_policy_hash(policy, digest[0]) != AW_OK ||
        aw_policy_hash(&again, digest[1]) != AW_OK ||
        memcmp(digest[0], digest[1], AW_SHA256_SIZE) != 0) {
        __builtin_trap();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct aw_policy policy;

    if (aw_policy_parse((aw_bytes){data, size}, &policy, NULL) != AW_OK) {
        return 0;
    }
    check_write(&policy);
    /* Without witnesses that sign there is no quorum. */
    aw_err err =
        aw_policy_check_quorum(&policy, aw_text(cosigned), 1729698510, NULL);

    if (err == AW_OK && policy.has_quorum && policy.n_witnesses == 0) {
        __builtin_trap();
    }
    return 0;
}
