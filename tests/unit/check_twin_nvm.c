/* SPDX-License-Identifier: Apache-2.0 */
/* The chip's own memory: every point at which the host may die. */
#include "models/nvm.h"

#include <string.h>
#include <sys/mman.h>

#include "models/file.h"
#include "suites.h"
#include "support.h"

struct dying {
    struct tw_store real;
    unsigned writes_left;
};

static bool dying_read(void *ctx, uint64_t at, void *to, size_t n)
{
    struct dying *d = ctx;

    return d->real.read(d->real.ctx, at, to, n);
}

/* The last write that is made is made in its first half only. */
static bool dying_write(void *ctx, uint64_t at, const void *from, size_t n)
{
    struct dying *d = ctx;

    if (d->writes_left == 0) {
        return false;
    }
    d->writes_left--;
    if (d->writes_left == 0) {
        (void)d->real.write(d->real.ctx, at, from, n / 2);
        return false;
    }
    return d->real.write(d->real.ctx, at, from, n);
}

static bool dying_discard(void *ctx, uint64_t at, uint64_t n)
{
    (void)ctx;
    (void)at;
    (void)n;
    return false;
}

enum { SECTORS = 512 };

START_TEST(nvm_all_or_nothing)
{
    int fd = memfd_create("nvm", MFD_CLOEXEC);
    struct tw_file file;
    struct tw_nvm nvm;
    const struct tw_nvm_record fresh = {.sectors = SECTORS};
    uint8_t data[3 * TW_NVM_SECTOR];

    ck_assert_int_eq(tw_file_adopt(&file, fd, tw_nvm_size(SECTORS)), AW_OK);
    struct dying dying = {.real = tw_file_store(&file), .writes_left = 1000};
    const struct tw_store store = {.read = dying_read,
                                   .write = dying_write,
                                   .discard = dying_discard,
                                   .ctx = &dying};

    ck_assert_int_eq(tw_nvm_open(&nvm, &store, &fresh), AW_OK);
    for (unsigned k = 1; k < 40; k++) {
        uint32_t counter = nvm.record.counter;
        uint8_t old[TW_NVM_SECTOR];
        uint8_t now[TW_NVM_SECTOR];

        ck_assert(tw_nvm_read(&nvm, 7, old));
        memset(data, (int)k, sizeof(data));
        dying.writes_left = k % 5;
        nvm.record.counter++;
        bool done = tw_nvm_commit(&nvm, 5, data, 3);

        ck_assert(done == (k % 5 > 3));
        dying.writes_left = 1000;
        ck_assert_int_eq(tw_nvm_open(&nvm, &store, &fresh), AW_OK);
        ck_assert(tw_nvm_read(&nvm, 7, now));
        bool made = nvm.record.counter == counter + 1;

        ck_assert(made || nvm.record.counter == counter);
        ck_assert_uint_eq(now[255], made ? k : old[255]);
        ck_assert(made || !done);
        /* Once the record is there, the change is. */
        ck_assert(made == (k % 5 >= 3));
    }
    tw_file_close(&file);
}
END_TEST

START_TEST(nvm_damage)
{
    int fd = memfd_create("nvm", MFD_CLOEXEC);
    struct tw_file file;
    struct tw_nvm nvm;
    struct tw_nvm_record fresh = {.sectors = SECTORS};

    ck_assert_int_eq(tw_file_adopt(&file, fd, tw_nvm_size(SECTORS)), AW_OK);
    struct tw_store store = tw_file_store(&file);

    ck_assert_int_eq(tw_nvm_open(&nvm, &store, &fresh), AW_OK);
    nvm.record.counter = 1;
    ck_assert(tw_nvm_commit(&nvm, 0, NULL, 0));
    /* The newer of both records is damaged: the older one counts. */
    static const uint8_t junk[] = {0xff, 0xff};

    ck_assert(store.write(store.ctx, 28, junk, sizeof(junk)));
    ck_assert_int_eq(tw_nvm_open(&nvm, &store, &fresh), AW_OK);
    ck_assert_uint_eq(nvm.record.counter, 0);
    ck_assert(store.write(store.ctx, 4096 + 28, junk, sizeof(junk)));
    ck_assert_int_eq(tw_nvm_open(&nvm, &store, &fresh), AW_ERR_CONTENT);
    fresh.sectors = SECTORS / 2;
    ck_assert(store.discard(store.ctx, 0, file.size));
    ck_assert_int_eq(tw_nvm_open(&nvm, &store, &fresh), AW_OK);
    fresh.sectors = SECTORS;
    ck_assert_int_eq(tw_nvm_open(&nvm, &store, &fresh), AW_ERR_CONTENT);
    tw_file_close(&file);
}
END_TEST

Suite *suite_twin_nvm(void)
{
    Suite *s = suite_create("twin_nvm");
    TCase *tc = tcase_create("all");

    tcase_add_test(tc, nvm_all_or_nothing);
    tcase_add_test(tc, nvm_damage);
    suite_add_tcase(s, tc);
    return s;
}
