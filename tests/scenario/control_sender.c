/* SPDX-License-Identifier: Apache-2.0 */
#include "control_sender.h"

#include <string.h>

#include "os_support.h"
#include "support.h"

enum { ANSWER_MS = 30000 };

struct sender sent;

void sender_attach(void)
{
    usb_host_control(&control_host, &d);
    control_open();
    control.timeout_ms = ANSWER_MS;
}

void sender_make(const struct making *how)
{
    struct aw_sha256 hash;

    release_make(how, &sent.made);
    sent.component = how->applet ? "TRUSTED_APPLET" : "TRUSTED_OS";
    sent.file = how->elf;
    sent.total = (uint32_t)(sent.made.n + sent.file.n);
    aw_sha256_init(&hash);
    aw_sha256_update(&hash, (aw_bytes){sent.made.record, sent.made.n});
    aw_sha256_update(&hash, sent.file);
    aw_sha256_final(&hash, sent.digest);
}

struct aw_ctl_update sender_beginning(void)
{
    struct aw_ctl_update u = {.step = AW_CTL_UPDATE_BEGIN,
                              .evidence = (uint32_t)sent.made.n,
                              .file = (uint32_t)sent.file.n,
                              .digest_n = AW_CTL_DIGEST};

    memcpy(u.component, sent.component, strlen(sent.component));
    memcpy(u.digest, sent.digest, sizeof(u.digest));
    return u;
}

aw_err sender_begin(void)
{
    const struct aw_ctl_update u = sender_beginning();

    return aw_control_update(&control, &u, NULL);
}

aw_err sender_part(uint32_t from, uint32_t to)
{
    static struct aw_ctl_update u;

    u = (struct aw_ctl_update){
        .step = AW_CTL_UPDATE_PART, .offset = from, .n = to - from};
    for (uint32_t i = from; i < to; i++) {
        u.data[i - from] = i < sent.made.n ? sent.made.record[i]
                                           : sent.file.p[i - sent.made.n];
    }
    return aw_control_update(&control, &u, NULL);
}

aw_err sender_parts(uint32_t from, uint32_t to)
{
    aw_err err = AW_OK;

    for (uint32_t at = from; at < to && err == AW_OK; at += AW_CTL_PART) {
        uint32_t left = to - at;

        err = sender_part(
            at, at + (left < AW_CTL_PART ? left : (uint32_t)AW_CTL_PART));
    }
    return err;
}

aw_err sender_end(void)
{
    const struct aw_ctl_update u = {.step = AW_CTL_UPDATE_END};

    return aw_control_update(&control, &u, NULL);
}

aw_err sender_all(uint32_t from)
{
    aw_err err = sender_begin();

    if (err == AW_OK) {
        err = sender_parts(from, sent.total);
    }
    return err == AW_OK ? sender_end() : err;
}

void sender_expect(aw_err got, aw_err want)
{
    ck_assert_msg(got == want, "%s, not %s: %s\n%s", aw_err_name(got),
                  aw_err_name(want), control.reason, said());
}
