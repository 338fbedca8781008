/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/hab/csf.h"

#include <stdio.h>
#include <string.h>

#include "aw/hab/srk.h"
#include "hab.h"
#include "suites.h"
#include "support.h"

/* Offset of the object that a command refers to; 0 when it has none. */
static uint32_t reference(const struct aw_hab_cmd *cmd)
{
    struct aw_csf_install_key key;
    struct aw_csf_auth_data auth;

    if (aw_csf_install_key_parse(cmd, &key, NULL) == AW_OK) {
        return key.data;
    }
    return aw_csf_auth_data_parse(cmd, &auth, NULL) == AW_OK ? auth.data : 0;
}

static void check_reference(const struct aw_csf *csf, const cJSON *objects,
                            uint32_t offset)
{
    const cJSON *row = NULL;
    struct aw_hab_object o = {0};

    cJSON_ArrayForEach(row, objects)
    {
        if (vec_u64(row, "offset") == offset) {
            break;
        }
    }
    ck_assert_msg(row != NULL, "no object at %u", (unsigned)offset);
    uint8_t tag = vec_unhex(vec_str(row, "tag")).p[0];
    aw_err err = aw_csf_object(csf, offset, &o, NULL);

    if (tag != AW_HAB_CERT_TAG && tag != AW_HAB_SIG_TAG) {
        ck_assert_int_eq(err, AW_ERR_FORMAT); /* habtool's wrong offset */
        return;
    }
    ck_assert_int_eq(err, AW_OK);
    ck_assert_uint_eq(o.tag, tag);
    ck_assert_uint_eq(o.bytes.n, vec_u64(row, "length"));
    ck_assert_uint_eq(o.version, vec_unhex(vec_str(row, "version")).p[0]);
}

static void check_command(const struct aw_csf *csf, struct aw_rd *r,
                          const cJSON *want, const cJSON *objects)
{
    struct aw_hab_cmd cmd = {0};

    ck_assert_int_eq(aw_hab_cmd_next(r, &cmd, NULL), AW_OK);
    ck_assert_uint_eq(cmd.at, vec_u64(want, "offset"));
    CK_ASSERT_BYTES(cmd.bytes, vec_unhex(vec_str(want, "hex")));
    ck_assert_str_ne(aw_hab_cmd_name(cmd.tag), "unknown command");
    uint32_t offset = reference(&cmd);

    if (offset != 0) {
        check_reference(csf, objects, offset);
    }
}

static void check_file(const cJSON *row)
{
    struct aw_csf csf;
    uint8_t digest[AW_SHA256_SIZE];
    char path[120];

    (void)snprintf(path, sizeof(path), "csf/%s", row->string);
    aw_bytes file = hab_file(path);
    const cJSON *want = cJSON_GetObjectItem(row, "commands")->child;

    ck_assert_uint_eq(file.n, vec_u64(row, "size"));
    aw_sha256(file, digest);
    CK_ASSERT_BYTES(((aw_bytes){digest, sizeof(digest)}),
                    vec_unhex(vec_str(row, "sha256")));
    ck_assert_int_eq(aw_csf_open(file, &csf, NULL), AW_OK);
    ck_assert_uint_eq(csf.commands.n, vec_u64(row, "csf_len"));
    ck_assert_uint_eq(csf.version, vec_unhex(vec_str(row, "csf_version")).p[0]);
    aw_sha256(csf.commands, digest);
    CK_ASSERT_BYTES(((aw_bytes){digest, sizeof(digest)}),
                    vec_unhex(vec_str(row, "signed_csf_sha256")));

    const cJSON *list = cJSON_GetObjectItem(row, "referenced");
    struct aw_rd r = aw_csf_first(&csf);

    for (; aw_rd_left(&r) > 0; want = want->next) {
        ck_assert_ptr_nonnull(want);
        check_command(&csf, &r, want, list);
    }
    ck_assert_ptr_null(want);
}

START_TEST(vectors)
{
    const cJSON *row = NULL;
    size_t n = 0;

    cJSON_ArrayForEach(row, vec_json("hab/csf/csf.json"))
    {
        check_file(row);
        n++;
    }
    ck_assert_uint_eq(n, 29);
}
END_TEST

/* One byte of flash.cst331.bin changed, or the file cut. */
static const struct {
    const char *name;
    size_t n; /* bytes used; 0: all */
    size_t at;
    uint8_t to;
    aw_err want;
} opens[] = {
    {"as made", 0, 0, 0xd4, AW_OK},
    {"header cut", 3, 0, 0xd4, AW_ERR_SHORT},
    {"commands cut", 71, 0, 0xd4, AW_ERR_SHORT},
    {"commands only", 72, 0, 0xd4, AW_OK},
    {"tag", 0, 0, 0xd5, AW_ERR_FORMAT},
    {"major 3", 0, 3, 0x32, AW_ERR_FORMAT},
    {"minor 0", 0, 3, 0x40, AW_OK},
    {"length 3", 0, 2, 3, AW_ERR_FORMAT},
    {"length 4", 0, 2, 4, AW_OK},
    {"length 0x0348", 0, 1, 3, AW_ERR_RANGE},
    {"length 0x0248", 0, 1, 2, AW_OK},
};

START_TEST(open_table)
{
    static uint8_t copy[8192];
    aw_bytes file = hab_csf("flash.cst331");
    struct aw_csf csf = {.version = 7};

    memcpy(copy, file.p, file.n);
    copy[opens[_i].at] = opens[_i].to;
    aw_err err = aw_csf_open(
        (aw_bytes){copy, opens[_i].n == 0 ? file.n : opens[_i].n}, &csf, NULL);

    ck_assert_msg(err == opens[_i].want, "%s: %s", opens[_i].name,
                  aw_err_text(err));
    ck_assert_int_eq(csf.version == 7, err != AW_OK);
}
END_TEST

START_TEST(command_fields)
{
    struct aw_hab_cmd cmd = {0};
    struct aw_csf_install_key key = {0};
    struct aw_csf_auth_data auth = {0};
    struct aw_rd r = aw_rd_init(vec_unhex(
        aw_text("be002c8009170002000009cc"
                "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e"
                "1f"
                "ca001c0102c51d07000005808000f40000002c000091000000000070"
                "ca00100002c5ff00000000000000000a"
                "be000b000317000000000048ca000b")));

    ck_assert_int_eq(aw_hab_cmd_next(&r, &cmd, NULL), AW_OK);
    ck_assert_int_eq(aw_csf_install_key_parse(&cmd, &key, NULL), AW_OK);
    ck_assert_uint_eq(key.flags, AW_KEY_HASH);
    ck_assert_uint_eq(key.protocol, AW_PCL_X509);
    ck_assert_uint_eq(key.algorithm, AW_ALG_SHA256);
    ck_assert_uint_eq(key.source, 0);
    ck_assert_uint_eq(key.target, 2);
    ck_assert_uint_eq(key.data, 0x9cc);
    ck_assert_uint_eq(key.hash.n, 32);
    ck_assert_int_eq(aw_csf_auth_data_parse(&cmd, &auth, NULL), AW_ERR_FORMAT);

    ck_assert_int_eq(aw_hab_cmd_next(&r, &cmd, NULL), AW_OK);
    ck_assert_int_eq(aw_csf_auth_data_parse(&cmd, &auth, NULL), AW_OK);
    ck_assert_uint_eq(auth.flags, 1);
    ck_assert_uint_eq(auth.slot, 2);
    ck_assert_uint_eq(auth.protocol, AW_PCL_CMS);
    ck_assert_uint_eq(auth.engine, 0x1d);
    ck_assert_uint_eq(auth.config, 7);
    ck_assert_uint_eq(auth.data, 0x580);
    ck_assert_uint_eq(auth.n, 2);
    ck_assert_uint_eq(aw_csf_block_at(&auth, 1).start, 0x00910000);
    ck_assert_uint_eq(aw_csf_block_at(&auth, 1).length, 0x70);
    ck_assert_int_eq(aw_csf_install_key_parse(&cmd, &key, NULL), AW_ERR_FORMAT);

    /* half a block; a key command that is too short; half a header */
    ck_assert_int_eq(aw_hab_cmd_next(&r, &cmd, NULL), AW_OK);
    ck_assert_int_eq(aw_csf_auth_data_parse(&cmd, &auth, NULL), AW_ERR_FORMAT);
    ck_assert_int_eq(aw_hab_cmd_next(&r, &cmd, NULL), AW_OK);
    ck_assert_int_eq(aw_csf_install_key_parse(&cmd, &key, NULL), AW_ERR_FORMAT);
    ck_assert_int_eq(aw_hab_cmd_next(&r, &cmd, NULL), AW_ERR_FORMAT);
    ck_assert_uint_eq(auth.n, 2);
}
END_TEST

static const struct {
    const char *hex;
    aw_err want;
    size_t body;
} objects[] = {
    {"d7000440", AW_OK, 0},         {"d800054fff", AW_OK, 1},
    {"d800054f", AW_ERR_SHORT, 0},  {"d80005", AW_ERR_SHORT, 0},
    {"d9000440", AW_ERR_FORMAT, 0}, {"d7000340", AW_ERR_FORMAT, 0},
    {"d7000450", AW_ERR_FORMAT, 0}, {"", AW_ERR_SHORT, 0},
};

START_TEST(object_table)
{
    struct aw_hab_object o = {0};
    aw_err err =
        aw_hab_object_parse(vec_unhex(aw_text(objects[_i].hex)), &o, NULL);

    ck_assert_msg(err == objects[_i].want, "%s: %s", objects[_i].hex,
                  aw_err_text(err));
    ck_assert_uint_eq(o.body.n, objects[_i].body);
}
END_TEST

Suite *suite_csf(void)
{
    Suite *s = suite_create("csf");
    TCase *tc = tcase_create("all");

    tcase_add_test(tc, vectors);
    tcase_add_loop_test(tc, open_table, 0, (int)COUNT(opens));
    tcase_add_test(tc, command_fields);
    tcase_add_loop_test(tc, object_table, 0, (int)COUNT(objects));
    suite_add_tcase(s, tc);
    return s;
}
