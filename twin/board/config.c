/* SPDX-License-Identifier: Apache-2.0 */
#include "board/config.h"

#include <string.h>

#include "aw/json.h"
#include "aw/json_write.h"
#include "aw/text.h"

enum {
    VERSION = 1,
    BKEK_SIZE = 32,
    DCP_KEY_SIZE = 16,
    DEFAULT_IPS = 528000000,
    IPS_MIN = 1000000,
    IPS_MAX = 2000000000,
    WORK_SIZE = 64 * 1024
};

static const struct {
    const char *name;
    const char *part;
    const char *key; /* member of board.json */
    size_t key_n;
} socs[] = {
    [TW_UL] = {"ul", "IMX6UL", "bkek", BKEK_SIZE},
    [TW_ULL] = {"ull", "IMX6ULL", "dcp_key", DCP_KEY_SIZE},
    [TW_ULZ] = {"ulz", "IMX6ULZ", "dcp_key", DCP_KEY_SIZE},
};
enum { N_SOCS = sizeof(socs) / sizeof(socs[0]) };

const char *tw_soc_name(enum tw_soc soc)
{
    return socs[soc].name;
}

const char *tw_soc_part(enum tw_soc soc)
{
    return socs[soc].part;
}

bool tw_soc_by_name(aw_bytes name, enum tw_soc *soc)
{
    for (unsigned i = 0; i < N_SOCS; i++) {
        if (aw_bytes_is(name, socs[i].name)) {
            *soc = (enum tw_soc)i;
            return true;
        }
    }
    return false;
}

void tw_serial_text(uint64_t unit, char text[TW_SERIAL_DIGITS + 1])
{
    static const char digits[] = "0123456789ABCDEF";

    for (size_t i = 0; i < sizeof(unit); i++) {
        text[2 * i] = digits[unit >> (8 * i + 4) & 0xf];
        text[2 * i + 1] = digits[unit >> (8 * i) & 0xf];
    }
    text[TW_SERIAL_DIGITS] = '\0';
}

bool tw_serial_parse(aw_bytes text, uint64_t *unit)
{
    uint8_t bytes[sizeof(*unit)] = {0};
    struct aw_wr w = aw_wr_init(bytes, sizeof(bytes));

    if (text.n != TW_SERIAL_DIGITS || aw_hex_decode(text, &w) != AW_OK) {
        return false;
    }
    struct aw_rd r = aw_rd_init((aw_bytes){bytes, sizeof(bytes)});
    uint64_t value = aw_rd_le64(&r);

    if (value == 0) {
        return false;
    }
    *unit = value;
    return true;
}

void tw_config_make(struct tw_config *config, enum tw_soc soc, uint64_t unit,
                    const uint8_t seed[TW_RNG_SEED])
{
    struct tw_rng rng;

    *config = (struct tw_config){
        .soc = soc, .unit = unit, .ips = DEFAULT_IPS, .key_n = socs[soc].key_n};
    memcpy(config->seed, seed, sizeof(config->seed));
    tw_rng_init(&rng, seed, "board");
    tw_rng_bytes(&rng, config->key, config->key_n);
    while (config->unit == 0) {
        tw_rng_bytes(&rng, &config->unit, sizeof(config->unit));
    }
}

void tw_config_write(const struct tw_config *config, struct aw_wr *w)
{
    struct aw_json_out out;
    char serial[TW_SERIAL_DIGITS + 1];

    tw_serial_text(config->unit, serial);
    aw_json_out_init(&out, aw_sink_wr(w), false);
    aw_json_begin_object(&out, NULL);
    aw_json_u64(&out, "v", VERSION);
    aw_json_text(&out, "soc", tw_soc_name(config->soc));
    aw_json_text(&out, "serial", serial);
    aw_json_text(&out, "switch", config->serial ? "usb" : "mmc");
    aw_json_bool(&out, "card", config->card);
    aw_json_u64(&out, "ips", config->ips);
    aw_json_hex(&out, "seed", (aw_bytes){config->seed, sizeof(config->seed)});
    aw_json_hex(&out, socs[config->soc].key,
                (aw_bytes){config->key, config->key_n});
    aw_json_end_object(&out);
    aw_json_finish(&out);
}

/* Members as texts; `hex` decodes to exactly n bytes. */
static aw_err get_hex(aw_json object, const char *key, uint8_t *to, size_t n)
{
    aw_bytes text = {NULL, 0};
    aw_err err = aw_json_get_text(aw_json_member(object, key), &text);

    if (err != AW_OK) {
        return err;
    }
    struct aw_wr w = aw_wr_init(to, n);

    return text.n == 2 * n && aw_hex_decode(text, &w) == AW_OK ? AW_OK
                                                               : AW_ERR_FORMAT;
}

static aw_err get_switch(aw_json root, bool *serial)
{
    aw_bytes text = {NULL, 0};
    aw_err err = aw_json_get_text(aw_json_member(root, "switch"), &text);

    if (err != AW_OK) {
        return err;
    }
    if (!aw_bytes_is(text, "usb") && !aw_bytes_is(text, "mmc")) {
        return AW_ERR_FORMAT;
    }
    *serial = aw_bytes_is(text, "usb");
    return AW_OK;
}

static aw_err get_names(aw_json root, struct tw_config *config)
{
    uint64_t version = 0;
    aw_bytes soc = {NULL, 0};
    aw_bytes serial = {NULL, 0};
    aw_err err = aw_json_get_u64(aw_json_member(root, "v"), &version);

    if (err == AW_OK) {
        err = aw_json_get_text(aw_json_member(root, "soc"), &soc);
    }
    if (err == AW_OK) {
        err = aw_json_get_text(aw_json_member(root, "serial"), &serial);
    }
    if (err != AW_OK) {
        return err;
    }
    if (version != VERSION) {
        return AW_ERR_UNSUPPORTED;
    }
    return tw_soc_by_name(soc, &config->soc) &&
                   tw_serial_parse(serial, &config->unit)
               ? AW_OK
               : AW_ERR_FORMAT;
}

static aw_err get_all(aw_json root, struct tw_config *config)
{
    aw_err err = get_names(root, config);

    if (err == AW_OK) {
        err = get_switch(root, &config->serial);
    }
    if (err == AW_OK) {
        err = aw_json_get_bool(aw_json_member(root, "card"), &config->card);
    }
    if (err == AW_OK) {
        err = aw_json_get_u64(aw_json_member(root, "ips"), &config->ips);
    }
    if (err == AW_OK) {
        err = get_hex(root, "seed", config->seed, sizeof(config->seed));
    }
    if (err == AW_OK) {
        config->key_n = socs[config->soc].key_n;
        err = get_hex(root, socs[config->soc].key, config->key, config->key_n);
    }
    if (err == AW_OK && (config->ips < IPS_MIN || config->ips > IPS_MAX)) {
        err = AW_ERR_RANGE;
    }
    return err;
}

aw_err tw_config_parse(aw_bytes text, struct tw_config *config,
                       struct aw_diag *diag)
{
    uint8_t tree[WORK_SIZE];
    struct aw_wr work = aw_wr_init(tree, sizeof(tree));
    struct tw_config found = {.ips = 0};
    aw_json root = {.node = NULL};
    aw_err err = aw_json_parse(text, TW_CONFIG_FILE_MAX, &work, &root, diag);

    if (err != AW_OK) {
        return err;
    }
    err = get_all(root, &found);
    if (err == AW_ERR_NOT_FOUND) {
        err = AW_ERR_FORMAT; /* a member is missing, not the file */
    }
    if (err != AW_OK) {
        return aw_fail(diag, err, "board.json", 0);
    }
    *config = found;
    return AW_OK;
}

aw_err tw_config_load(const char *path, struct tw_config *config,
                      struct aw_host_diag *host)
{
    struct aw_blob blob = {.p = NULL};
    struct aw_diag diag = {.err = AW_OK};
    aw_err err = aw_file_read(path, TW_CONFIG_FILE_MAX, &blob, host);

    if (err != AW_OK) {
        return err;
    }
    err = tw_config_parse(aw_blob_bytes(&blob), config, &diag);
    aw_blob_free(&blob);
    if (err != AW_OK) {
        return aw_fail(aw_host_say(host, "%s: no settings of a twin", path),
                       err, diag.where, diag.at);
    }
    return AW_OK;
}

aw_err tw_config_save(const char *path, const struct tw_config *config,
                      enum aw_file_how how, struct aw_host_diag *host)
{
    char text[TW_CONFIG_FILE_MAX];
    struct aw_wr w = aw_wr_init(text, sizeof(text));

    tw_config_write(config, &w);
    AW_BUG_ON(w.failed);
    /* It holds keys. */
    return aw_file_write(path, aw_wr_done(&w), 0600, how, host);
}
