/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "aw/text.h"
#include "common/input.h"
#include "device/ledger.h"

enum { FILE_MAX = 64 * 1024, FILES_MAX = 4 * LEDGER_DEVICES };

/* What a name of a file says. */
enum file_kind { FILE_OTHER, FILE_KEY, FILE_WITNESS, FILE_BASTION };

static aw_bytes serial_of(const char *name)
{
    size_t n = strlen(name);

    return (aw_bytes){(const uint8_t *)name,
                      n < AW_DEVICE_SERIAL ? n : (size_t)AW_DEVICE_SERIAL};
}

/* A counter is decimal, without leading zeros. */
static bool read_counter(const char *text, uint64_t *counter)
{
    return aw_dec_parse(aw_text(text), counter) == AW_OK;
}

static enum file_kind kind_of(const char *name, uint64_t *counter)
{
    static const char witness[] = ".witness.";
    static const char bastion[] = ".bastion.";

    if (strlen(name) <= AW_DEVICE_SERIAL ||
        !aw_device_serial_valid(serial_of(name))) {
        return FILE_OTHER;
    }
    const char *rest = name + AW_DEVICE_SERIAL;

    if (strcmp(rest, ".pub") == 0) {
        return FILE_KEY;
    }
    if (strncmp(rest, witness, sizeof(witness) - 1) == 0 &&
        read_counter(rest + sizeof(witness) - 1, counter)) {
        return FILE_WITNESS;
    }
    return strncmp(rest, bastion, sizeof(bastion) - 1) == 0 &&
                   read_counter(rest + sizeof(bastion) - 1, counter)
               ? FILE_BASTION
               : FILE_OTHER;
}

static int refuse(struct aw_ctx *ctx, const char *path, aw_err err,
                  const struct aw_diag *diag, const char *expected)
{
    return aw_report(ctx, &(struct aw_finding){
                              .err = err,
                              .on = AW_ON_STATEMENT,
                              .exit = AW_EXIT_MISMATCH,
                              .subject = path,
                              .expected = expected,
                              .diag = diag,
                              .remedy = "do not take this device for what the "
                                        "file says; ask its maker",
                          });
}

static void keep(struct aw_ctx *ctx, struct ledger_device *device,
                 const char *suffix, aw_bytes data)
{
    device->file[device->n_files++] = (struct ledger_file){
        aw_pool_printf(&ctx->pool, "%s%s", device->serial, suffix), data};
}

static int read_key(struct aw_ctx *ctx, const char *folder,
                    struct ledger_device *device)
{
    const char *path =
        aw_pool_printf(&ctx->pool, "%s/%s.pub", folder, device->serial);
    struct aw_diag diag = {.err = AW_OK};
    aw_bytes text = {NULL, 0};
    int code = aw_input_read(ctx, path, FILE_MAX, &text);

    if (code != AW_EXIT_OK) {
        return code;
    }
    keep(ctx, device, ".pub", text);
    aw_err err =
        aw_device_key_parse(text, aw_text(device->serial), &device->key, &diag);

    return err == AW_OK ? AW_EXIT_OK
                        : refuse(ctx, path, err, &diag,
                                 "the attestation key of this device");
}

/* The identity with that counter, a new one if need be. */
static struct ledger_identity *identity_at(struct ledger_device *device,
                                           uint64_t counter)
{
    for (size_t i = 0; i < device->n; i++) {
        if (device->identity[i].counter == counter) {
            return &device->identity[i];
        }
    }
    if (device->n == LEDGER_IDENTITIES) {
        return NULL;
    }
    struct ledger_identity *it = &device->identity[device->n++];

    *it = (struct ledger_identity){.counter = counter};
    return it;
}

static int read_statement(struct aw_ctx *ctx, const char *path,
                          enum file_kind kind, uint64_t counter,
                          struct ledger_device *device)
{
    struct ledger_identity *it = identity_at(device, counter);
    struct aw_diag diag = {.err = AW_OK};
    aw_bytes text = {NULL, 0};
    int code = aw_input_read(ctx, path, AW_ATTEST_MAX, &text);
    aw_err err = AW_OK;

    if (code != AW_EXIT_OK) {
        return code;
    }
    keep(ctx, device, strrchr(path, '/') + 1 + AW_DEVICE_SERIAL, text);
    if (it == NULL) {
        return refuse(ctx, path, AW_ERR_SPACE, NULL, "256 identities at most");
    }
    if (kind == FILE_WITNESS) {
        err = aw_attest_witness_open(text, &device->key, counter, &it->witness,
                                     &diag);
        it->has_witness = err == AW_OK;
    } else {
        err = aw_attest_bastion_open(text, &device->key, counter, it->bastion,
                                     &diag);
        it->has_bastion = err == AW_OK;
    }
    return err == AW_OK ? AW_EXIT_OK
                        : refuse(ctx, path, err, &diag,
                                 "a statement that the device's key signs");
}

static int by_counter(const void *a, const void *b)
{
    const struct ledger_identity *x = a;
    const struct ledger_identity *y = b;

    return (x->counter > y->counter) - (x->counter < y->counter);
}

/* What was read, as a whole. */
static int check_whole(struct aw_ctx *ctx, const struct ledger_device *device)
{
    bool any = false;

    for (size_t i = 0; i < device->n; i++) {
        any = any || device->identity[i].has_witness;
    }
    return any ? AW_EXIT_OK
               : refuse(ctx, device->serial, AW_ERR_NOT_FOUND, NULL,
                        "a witness that the device attests");
}

int ledger_check(struct aw_ctx *ctx, const char *folder,
                 const char *const *names, size_t n,
                 struct ledger_device *device)
{
    *device = (struct ledger_device){
        .serial = aw_pool_bytes(&ctx->pool, serial_of(names[0])),
        .identity = aw_pool_alloc(
            &ctx->pool, n < LEDGER_IDENTITIES ? n : (size_t)LEDGER_IDENTITIES,
            sizeof(*device->identity)),
        .file = aw_pool_alloc(&ctx->pool, n + 1, sizeof(*device->file)),
    };
    int code = read_key(ctx, folder, device);

    if (code != AW_EXIT_OK) {
        return code;
    }
    for (size_t i = 0; i < n; i++) {
        uint64_t counter = 0;
        enum file_kind kind = kind_of(names[i], &counter);

        if (kind == FILE_WITNESS || kind == FILE_BASTION) {
            const char *path =
                aw_pool_printf(&ctx->pool, "%s/%s", folder, names[i]);

            code = aw_exit_join(
                code, read_statement(ctx, path, kind, counter, device));
        }
    }
    if (code == AW_EXIT_OK) {
        code = check_whole(ctx, device);
    }
    qsort(device->identity, device->n, sizeof(*device->identity), by_counter);
    return code;
}

/* Names of a folder that are files of a ledger, sorted. */
struct names {
    size_t n;
    size_t cap;
    const char **name;
};

static void add_name(struct aw_ctx *ctx, struct names *names, const char *name)
{
    if (names->n == names->cap) {
        size_t cap = names->cap == 0 ? 64 : names->cap * 2;
        const char **more = aw_pool_alloc(&ctx->pool, cap, sizeof(*more));

        if (names->n > 0) {
            memcpy(more, names->name, names->n * sizeof(*more));
        }
        names->name = more;
        names->cap = cap;
    }
    names->name[names->n++] = aw_pool_text(&ctx->pool, name);
}

static int by_name(const void *a, const void *b)
{
    const char *const *x = a;
    const char *const *y = b;

    return strcmp(*x, *y);
}

static int list(struct aw_ctx *ctx, const char *folder, struct names *names)
{
    DIR *dir = opendir(folder);
    const struct dirent *entry = NULL;
    uint64_t counter = 0;

    if (dir == NULL) {
        struct aw_host_diag host = {.text = ""};

        return aw_report(
            ctx, &(struct aw_finding){
                     .err = aw_host_fail_errno(&host, "ledger", errno, folder),
                     .on = AW_ON_INPUT,
                     .subject = folder,
                     .host = &host});
    }
    while (names->n < FILES_MAX && (entry = readdir(dir)) != NULL) {
        if (kind_of(entry->d_name, &counter) != FILE_OTHER) {
            add_name(ctx, names, entry->d_name);
        } else if (aw_device_serial_valid(serial_of(entry->d_name))) {
            aw_warn(ctx, "%s/%s is no file of a ledger", folder, entry->d_name);
        }
    }
    (void)closedir(dir);
    if (names->n > 0) {
        qsort(names->name, names->n, sizeof(names->name[0]), by_name);
    }
    return AW_EXIT_OK;
}

int ledger_read(struct aw_ctx *ctx, const char *folder, ledger_each *each,
                void *each_ctx, size_t *n)
{
    struct names names = {.n = 0};
    int code = list(ctx, folder, &names);

    *n = 0;
    for (size_t at = 0; at < names.n;) {
        struct ledger_device device;
        size_t end = at + 1;

        while (end < names.n && strncmp(names.name[at], names.name[end],
                                        AW_DEVICE_SERIAL) == 0) {
            end++;
        }
        int one = ledger_check(ctx, folder, names.name + at, end - at, &device);

        if (one == AW_EXIT_OK) {
            each(each_ctx, &device);
            (*n)++;
        }
        code = aw_exit_join(code, one);
        at = end;
    }
    return code;
}
