/* SPDX-License-Identifier: Apache-2.0 */
/* RPMB frames: fields survive a round trip but for the stuff bytes, and no
 * answer passes unless its MAC is that of the key. */
#include <string.h>

#include "aw/rpmb.h"
#include "fuzz.h"

enum { MAX_FRAMES = 4 };

static void round_trip(const uint8_t raw[AW_RPMB_FRAME])
{
    struct aw_rpmb_frame frame;
    uint8_t again[AW_RPMB_FRAME];

    aw_rpmb_unpack(raw, &frame);
    aw_rpmb_pack(&frame, again);
    trap_unless(memcmp(&raw[AW_RPMB_MAC_AT], &again[AW_RPMB_MAC_AT],
                       AW_RPMB_FRAME - AW_RPMB_MAC_AT) == 0);
}

/* The question is taken from the answer, so that only the MAC can differ. */
static void judge(const uint8_t key[AW_RPMB_KEY_SIZE], const uint8_t *frames,
                  size_t n)
{
    const uint8_t *last = &frames[(n - 1) * AW_RPMB_FRAME];
    uint8_t out[MAX_FRAMES * AW_RPMB_SECTOR];
    uint8_t mac[AW_RPMB_MAC_SIZE];
    struct aw_rpmb_asked asked = {.sectors = (uint16_t)n};
    struct aw_rpmb_frame f;
    struct aw_diag diag;
    uint32_t counter = 0;

    aw_rpmb_unpack(last, &f);
    memcpy(asked.nonce, f.nonce, sizeof(asked.nonce));
    asked.address = f.address;
    aw_rpmb_mac(key, frames, n, mac);
    bool signed_by_key = memcmp(mac, f.mac, sizeof(mac)) == 0;

    if (aw_rpmb_check_read(key, &asked, frames, out, &diag) == AW_OK) {
        trap_unless(signed_by_key && f.blocks == n);
    }
    if (aw_rpmb_check_counter(key, f.nonce, frames, &counter, &diag) == AW_OK &&
        n == 1) {
        trap_unless(signed_by_key && counter == f.counter);
    }
    if (aw_rpmb_check_write(key, f.counter - 1, f.address, frames, &diag) ==
            AW_OK &&
        n == 1) {
        trap_unless(signed_by_key);
    }
    (void)aw_rpmb_check_key(frames, &diag);
}

/* Input: one byte that says how many frames and whether to sign them, then
 * the frames. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t key[AW_RPMB_KEY_SIZE] = {1, 2, 3};
    uint8_t frames[MAX_FRAMES * AW_RPMB_FRAME] = {0};

    if (size < 1) {
        return 0;
    }
    size_t n = (size_t)(data[0] & 3) + 1;
    size_t bytes = size - 1 < n * AW_RPMB_FRAME ? size - 1 : n * AW_RPMB_FRAME;

    memcpy(frames, data + 1, bytes);
    if ((data[0] & 4) != 0) {
        aw_rpmb_mac(key, frames, n,
                    &frames[(n - 1) * AW_RPMB_FRAME + AW_RPMB_MAC_AT]);
    }
    for (size_t i = 0; i < n; i++) {
        round_trip(&frames[i * AW_RPMB_FRAME]);
    }
    judge(key, frames, n);

    uint8_t request[AW_RPMB_FRAME];

    aw_rpmb_ask_key(key, request);
    round_trip(request);
    aw_rpmb_ask_counter(frames, request);
    aw_rpmb_ask_read(frames, data[0], request);
    aw_rpmb_ask_result(request);
    aw_bytes sectors = {data, size / AW_RPMB_SECTOR * AW_RPMB_SECTOR};

    if (sectors.n <= sizeof(frames) / 2 &&
        aw_rpmb_ask_write(key, 1, 0xfffe, sectors, frames) == AW_OK) {
        trap_unless(sectors.n / AW_RPMB_SECTOR <= 2);
    }
    return 0;
}
