/* SPDX-License-Identifier: Apache-2.0 */
#include "common/newkey.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "aw/ct.h"

static bool fill_random(uint8_t *p, size_t n)
{
    size_t have = 0;

    while (have < n) {
        ssize_t got = getrandom(p + have, n - have, 0);

        if (got < 0 && errno != EINTR) {
            return false;
        }
        have += got < 0 ? 0 : (size_t)got;
    }
    return true;
}

int aw_newkey_make(struct aw_ctx *ctx, const char *name, struct aw_skey *key)
{
    uint8_t seed[sizeof(key->seed)];

    if (!aw_key_name_valid(aw_text(name))) {
        return aw_usage(ctx,
                        "a key name has no +, white space or control "
                        "characters and at most %d bytes: %s",
                        (int)AW_KEY_NAME_MAX, name);
    }
    if (!fill_random(seed, sizeof(seed))) {
        return aw_report(ctx, &(struct aw_finding){
                                  .err = AW_ERR_RESOURCE,
                                  .on = AW_ON_LOCAL,
                                  .subject = "random numbers of the system",
                                  .got = strerror(errno),
                              });
    }
    aw_err err = aw_skey_init(aw_text(name), AW_KEY_ED25519, seed, key, NULL);

    AW_BUG_ON(err != AW_OK);
    aw_wipe(seed, sizeof(seed));
    return AW_EXIT_OK;
}

aw_bytes aw_key_line_public(const struct aw_vkey *key, struct aw_key_line *line)
{
    struct aw_wr w = aw_wr_init(line->text, sizeof(line->text));

    aw_vkey_write(key, &w);
    aw_wr_u8(&w, '\n');
    return aw_wr_done(&w);
}

aw_bytes aw_key_line_secret(const struct aw_skey *key, struct aw_key_line *line)
{
    struct aw_wr w = aw_wr_init(line->text, sizeof(line->text));

    aw_skey_write(key, &w);
    aw_wr_u8(&w, '\n');
    return aw_wr_done(&w);
}

void aw_key_put(struct aw_ctx *ctx, const struct aw_vkey *key)
{
    uint8_t line[AW_KEY_TEXT_MAX];
    struct aw_wr w = aw_wr_init(line, sizeof(line));
    char id[16];

    (void)snprintf(id, sizeof(id), "%08" PRIx32, key->id);
    aw_out_bytes(&ctx->out, "name", key->name);
    aw_out_text(&ctx->out, "id", id);
    aw_out_text(&ctx->out, "type", aw_key_type_name(key->type));
    if (key->type != AW_KEY_MLDSA44) { /* its public key is not kept */
        aw_vkey_write(key, &w);
        aw_out_bytes(&ctx->out, "vkey", aw_wr_done(&w));
    }
}
