/* SPDX-License-Identifier: Apache-2.0 */
/* Storage that loses power, by itself: files, blocks kept back, cuts. */
#include "models/flash.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "suites.h"
#include "support.h"

enum { BLOCKS = 4096, BYTES = BLOCKS * TW_BLOCK, WRITES = 12 };

static struct {
    struct tw_file file;
    struct tw_cut cut;
    struct tw_flash flash;
    unsigned gone;
} t;

static const uint8_t seed[TW_RNG_SEED] = {9};

static void on_gone(void *ctx)
{
    (void)ctx;
    t.gone++;
}

static void start(void)
{
    int fd = memfd_create("flash", MFD_CLOEXEC);

    memset(&t, 0, sizeof(t));
    ck_assert_int_eq(tw_file_adopt(&t.file, fd, BYTES), AW_OK);
    struct tw_store store = tw_file_store(&t.file);

    tw_cut_init(&t.cut, seed);
    t.cut.gone = on_gone;
    tw_flash_init(&t.flash, &store, BLOCKS, &t.cut);
}

static void stop(void)
{
    tw_flash_free(&t.flash);
    tw_file_close(&t.file);
}

/* What lies in the file, whatever is kept back. */
static uint8_t on_disk(uint64_t block, size_t at)
{
    struct tw_store store = tw_file_store(&t.file);
    uint8_t byte = 0;

    ck_assert(store.read(store.ctx, block * TW_BLOCK + at, &byte, 1));
    return byte;
}

static bool put(uint64_t block, uint8_t value, enum tw_write how)
{
    uint8_t data[TW_BLOCK];

    memset(data, value, sizeof(data));
    return tw_flash_write(&t.flash, block, data, how);
}

static uint8_t get(uint64_t block)
{
    uint8_t data[TW_BLOCK] = {0};

    ck_assert(tw_flash_read(&t.flash, block, data));
    ck_assert_uint_eq(data[0], data[TW_BLOCK - 1]);
    return data[0];
}

START_TEST(reads_what_was_written)
{
    ck_assert_uint_eq(get(5), 0);
    ck_assert(put(5, 1, TW_WRITE_PLAIN));
    ck_assert_uint_eq(get(5), 1);
    ck_assert_uint_eq(on_disk(5, 0), 0);
    ck_assert(put(6, 2, TW_WRITE_CACHED));
    ck_assert(tw_flash_commit(&t.flash));
    ck_assert_uint_eq(on_disk(5, 0), 1);
    ck_assert_uint_eq(on_disk(6, 0), 0);
    ck_assert(put(6, 3, TW_WRITE_CACHED));
    ck_assert_uint_eq(get(6), 3);
    ck_assert(tw_flash_flush(&t.flash));
    ck_assert_uint_eq(on_disk(6, 511), 3);
    ck_assert_uint_eq(t.cut.writes, 3);
}
END_TEST

START_TEST(bounds)
{
    uint8_t data[TW_BLOCK] = {0};

    ck_assert(put(BLOCKS - 1, 1, TW_WRITE_PLAIN));
    ck_assert(!put(BLOCKS, 1, TW_WRITE_PLAIN));
    ck_assert(!tw_flash_read(&t.flash, BLOCKS, data));
    ck_assert(!tw_flash_read(&t.flash, UINT64_MAX, data));
    ck_assert(tw_flash_discard(&t.flash, BLOCKS - 1, 1));
    ck_assert(!tw_flash_discard(&t.flash, BLOCKS - 1, 2));
    ck_assert(!tw_flash_discard(&t.flash, 1, UINT64_MAX));
    ck_assert_uint_eq(get(BLOCKS - 1), 0);
}
END_TEST

/* More than the chip's buffer holds: the oldest are programmed, in order. */
START_TEST(full_buffer)
{
    for (uint32_t i = 0; i < TW_PENDING_MAX + 10; i++) {
        ck_assert(put(i, (uint8_t)(i % 250 + 1), TW_WRITE_CACHED));
    }
    ck_assert_uint_eq(on_disk(0, 0), 1);
    ck_assert_uint_eq(on_disk(TW_PENDING_MAX + 9, 0), 0);
    for (uint32_t i = 0; i < TW_PENDING_MAX + 10; i++) {
        ck_assert_uint_eq(get(i), i % 250 + 1);
    }
    ck_assert(tw_flash_flush(&t.flash));
    for (uint32_t i = 0; i < TW_PENDING_MAX + 10; i++) {
        ck_assert_uint_eq(on_disk(i, 0), i % 250 + 1);
    }
}
END_TEST

/* Zeros written over a hole leave the hole. */
START_TEST(stays_sparse)
{
    struct stat st;

    for (uint32_t i = 0; i < 1000; i++) {
        ck_assert(put(i, 0, TW_WRITE_PLAIN));
    }
    ck_assert(tw_flash_commit(&t.flash));
    ck_assert_int_eq(fstat(t.file.fd, &st), 0);
    ck_assert_int_eq(st.st_blocks, 0);
    for (uint32_t i = 0; i < 1024; i++) {
        ck_assert(put(i, 1, TW_WRITE_PLAIN));
    }
    ck_assert(tw_flash_commit(&t.flash));
    ck_assert_int_eq(fstat(t.file.fd, &st), 0);
    ck_assert_int_ge(st.st_blocks, 1024);
    ck_assert(put(7, 0, TW_WRITE_PLAIN));
    ck_assert(tw_flash_commit(&t.flash));
    ck_assert_uint_eq(on_disk(7, 0), 0);
    ck_assert(tw_flash_discard(&t.flash, 0, 1024));
    ck_assert_int_eq(fstat(t.file.fd, &st), 0);
    ck_assert_int_eq(st.st_blocks, 0);
}
END_TEST

START_TEST(discard_drops_what_is_kept_back)
{
    ck_assert(put(9, 1, TW_WRITE_CACHED));
    ck_assert(put(10, 1, TW_WRITE_CACHED));
    ck_assert(put(11, 1, TW_WRITE_CACHED));
    ck_assert(tw_flash_discard(&t.flash, 10, 1));
    ck_assert_uint_eq(get(9), 1);
    ck_assert_uint_eq(get(10), 0);
    ck_assert_uint_eq(get(11), 1);
    ck_assert(tw_flash_flush(&t.flash));
    ck_assert_uint_eq(on_disk(10, 0), 0);
}
END_TEST

/* Writes blocks 0..11 over ones that hold 0x11, with power going at write n.
 * In the middle of each four a flush, or the end of a command. */
static void run_with_cut(enum tw_cut_mode mode, uint64_t n, enum tw_write how)
{
    for (uint32_t i = 0; i < WRITES; i++) {
        ck_assert(put(i, 0x11, TW_WRITE_PLAIN));
    }
    ck_assert(tw_flash_flush(&t.flash));
    t.cut.mode = mode;
    t.cut.at = t.cut.writes + n;
    for (uint32_t i = 0; i < WRITES; i++) {
        ck_assert_msg(put(i, 0x22, how) == (i + 1 < n), "write %u of cut %u",
                      (unsigned)i, (unsigned)n);
        if (i % 4 == 3) {
            (void)(how == TW_WRITE_CACHED ? tw_flash_flush(&t.flash)
                                          : tw_flash_commit(&t.flash));
        }
    }
    ck_assert_uint_eq(t.gone, 1);
    ck_assert(t.cut.off);
    t.cut.at = 0;
    tw_cut_power_on(&t.cut);
}

START_TEST(cut_clean)
{
    uint64_t n = (uint64_t)_i + 1;

    run_with_cut(TW_CUT_CLEAN, n,
                 _i % 2 == 0 ? TW_WRITE_PLAIN : TW_WRITE_CACHED);
    for (uint32_t i = 0; i < WRITES; i++) {
        ck_assert_uint_eq(get(i), i < n ? 0x22 : 0x11);
    }
}
END_TEST

START_TEST(cut_torn)
{
    uint64_t n = (uint64_t)_i + 1;

    run_with_cut(TW_CUT_TORN, n,
                 _i % 2 == 0 ? TW_WRITE_PLAIN : TW_WRITE_CACHED);
    for (uint32_t i = 0; i < WRITES; i++) {
        ck_assert_uint_eq(on_disk(i, 0), i < n ? 0x22 : 0x11);
        ck_assert_uint_eq(on_disk(i, 255), i < n ? 0x22 : 0x11);
        ck_assert_uint_eq(on_disk(i, 256), i + 1 < n ? 0x22 : 0x11);
        ck_assert_uint_eq(on_disk(i, 511), i + 1 < n ? 0x22 : 0x11);
    }
}
END_TEST

/* A reliable write is never half: the last block keeps what it was. */
START_TEST(cut_torn_reliable)
{
    uint64_t n = (uint64_t)_i + 1;

    run_with_cut(TW_CUT_TORN, n, TW_WRITE_RELIABLE);
    for (uint32_t i = 0; i < WRITES; i++) {
        ck_assert_uint_eq(get(i), i + 1 < n ? 0x22 : 0x11);
    }
}
END_TEST

/* Any subset since the last flush; all before it are there. */
static unsigned cached_subset(uint64_t n, enum tw_write how)
{
    unsigned bits = 0;

    run_with_cut(TW_CUT_CACHED, n, how);
    for (uint32_t i = 0; i < WRITES; i++) {
        uint8_t value = get(i);

        ck_assert(value == 0x11 || value == 0x22);
        bits |= value == 0x22 ? 1U << i : 0;
    }
    unsigned flushed = (1U << ((n - 1) / 4 * 4)) - 1;

    ck_assert_uint_eq(bits & flushed, flushed);
    ck_assert_uint_eq(bits >> n, 0);
    return bits;
}

START_TEST(cut_cached)
{
    enum tw_write how = _i % 2 == 0 ? TW_WRITE_PLAIN : TW_WRITE_CACHED;
    unsigned first = cached_subset((uint64_t)_i + 1, how);

    stop();
    start();
    ck_assert_uint_eq(cached_subset((uint64_t)_i + 1, how), first);
}
END_TEST

/* The subsets are not all alike. */
START_TEST(subsets_differ)
{
    uint8_t other[TW_RNG_SEED] = {1};
    unsigned seen[16] = {0};
    unsigned kinds = 0;

    for (uint8_t i = 0; i < 100; i++) {
        other[1] = i;
        stop();
        start();
        tw_rng_init(&t.cut.rng, other, "test");
        seen[cached_subset(4, TW_WRITE_CACHED)]++;
    }
    for (size_t i = 0; i < COUNT(seen); i++) {
        kinds += seen[i] > 0 ? 1 : 0;
    }
    ck_assert_uint_ge(kinds, 14);
}
END_TEST

START_TEST(off_is_off)
{
    uint8_t data[TW_BLOCK];

    ck_assert(put(1, 7, TW_WRITE_CACHED));
    tw_cut_power_off(&t.cut);
    ck_assert_uint_eq(t.gone, 0);
    ck_assert(!put(2, 7, TW_WRITE_PLAIN));
    ck_assert(!tw_flash_read(&t.flash, 1, data));
    ck_assert(!tw_flash_discard(&t.flash, 1, 1));
    ck_assert(!tw_flash_commit(&t.flash));
    ck_assert(!tw_flash_flush(&t.flash));
    ck_assert_uint_eq(t.cut.writes, 1);
    tw_cut_power_off(&t.cut);
    tw_cut_power_on(&t.cut);
    ck_assert_uint_eq(get(1), 7); /* mode clean */
    ck_assert_uint_eq(get(2), 0);
}
END_TEST

START_TEST(discard_at_cut)
{
    ck_assert(put(3, 1, TW_WRITE_PLAIN));
    ck_assert(tw_flash_commit(&t.flash));
    t.cut.mode = TW_CUT_TORN;
    t.cut.at = 2;
    ck_assert(!tw_flash_discard(&t.flash, 3, 1));
    tw_cut_power_on(&t.cut);
    t.cut.at = 0;
    ck_assert_uint_eq(get(3), 1);
    ck_assert(tw_flash_discard(&t.flash, 3, 1));
    ck_assert_uint_eq(get(3), 0);
}
END_TEST

START_TEST(snapshot)
{
    struct tw_saver s = {0};
    unsigned bits[2] = {0};

    for (uint64_t i = 0; i < 10; i++) {
        ck_assert(put(i * 3, 5, i % 2 ? TW_WRITE_CACHED : TW_WRITE_RELIABLE));
    }
    t.cut.mode = TW_CUT_CACHED;
    tw_cut_save(&t.cut, &s);
    tw_flash_save(&t.flash, &s);
    for (size_t k = 0; k < 2; k++) {
        struct tw_loader from = {.bytes = s.bytes, .n = s.n};

        tw_cut_power_off(&t.cut);
        tw_cut_power_on(&t.cut);
        for (uint64_t i = 0; i < 10; i++) {
            bits[k] |= on_disk(i * 3, 0) == 5 ? 1U << i : 0;
        }
        ck_assert(tw_flash_discard(&t.flash, 0, 64));
        ck_assert(tw_cut_load(&t.cut, &from));
        ck_assert(tw_flash_load(&t.flash, &from));
        ck_assert_uint_eq(from.at, s.n);
        ck_assert_uint_eq(t.flash.count, 10);
        ck_assert_uint_eq(get(27), 5);
    }
    ck_assert_uint_eq(bits[0], bits[1]);
    for (size_t n = 0; n < s.n; n += 17) {
        struct tw_loader from = {.bytes = s.bytes, .n = n};

        ck_assert(!tw_cut_load(&t.cut, &from) ||
                  !tw_flash_load(&t.flash, &from));
    }
    tw_saver_free(&s);
}
END_TEST

/* Files */

START_TEST(file_opens)
{
    char path[] = "/tmp/aw-twin-file-XXXXXX";
    struct tw_file file;
    int fd = mkstemp(path);
    struct stat st;

    ck_assert_int_ge(fd, 0);
    (void)close(fd);
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(tw_file_open(&file, path, 5000), AW_OK);
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_uint_eq(st.st_mode & 0777, 0600);
    ck_assert_int_eq(st.st_size, 5000);
    tw_file_close(&file);
    ck_assert_int_eq(tw_file_open(&file, path, 5001), AW_ERR_CONTENT);
    ck_assert_int_eq(file.fd, -1);
    ck_assert_int_eq(tw_file_open(&file, path, 5000), AW_OK);
    struct tw_store store = tw_file_store(&file);
    uint8_t bytes[4] = {0};

    ck_assert(store.read(store.ctx, 4996, bytes, 4));
    ck_assert(!store.read(store.ctx, 4997, bytes, 4));
    ck_assert(!store.write(store.ctx, 4997, bytes, 4));
    ck_assert(!store.discard(store.ctx, 4997, 4));
    ck_assert(!store.read(store.ctx, UINT64_MAX, bytes, 4));
    ck_assert_int_eq(file.error, 0);
    /* Somebody cuts the file short. */
    ck_assert_int_eq(truncate(path, 100), 0);
    ck_assert(!store.read(store.ctx, 200, bytes, 4));
    ck_assert_int_ne(file.error, 0);
    tw_file_close(&file);
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(tw_file_open(&file, "/nonexistent/x", 1), AW_ERR_IO);
}
END_TEST

/* A host that has no space: the block is not kept, and it is known. */
START_TEST(file_full)
{
    int fd = open("/dev/full", O_RDWR | O_CLOEXEC);
    struct tw_file full = {.fd = fd, .size = BYTES};
    struct tw_store store = tw_file_store(&full);
    struct tw_cut cut;
    struct tw_flash flash;
    uint8_t data[TW_BLOCK] = {1};

    ck_assert_int_ge(fd, 0);
    tw_cut_init(&cut, seed);
    tw_flash_init(&flash, &store, BLOCKS, &cut);
    ck_assert(tw_flash_write(&flash, 0, data, TW_WRITE_PLAIN));
    ck_assert(!tw_flash_commit(&flash));
    ck_assert(flash.failed);
    ck_assert_int_ne(full.error, 0);
    tw_flash_free(&flash);
    (void)close(fd);
}
END_TEST

Suite *suite_twin_flash(void)
{
    Suite *s = suite_create("twin_flash");
    TCase *tc = tcase_create("flash");
    TCase *files = tcase_create("files");

    tcase_add_checked_fixture(tc, start, stop);
    tcase_add_test(tc, reads_what_was_written);
    tcase_add_test(tc, bounds);
    tcase_add_test(tc, full_buffer);
    tcase_add_test(tc, stays_sparse);
    tcase_add_test(tc, discard_drops_what_is_kept_back);
    tcase_add_loop_test(tc, cut_clean, 0, WRITES);
    tcase_add_loop_test(tc, cut_torn, 0, WRITES);
    tcase_add_loop_test(tc, cut_torn_reliable, 0, WRITES);
    tcase_add_loop_test(tc, cut_cached, 0, WRITES);
    tcase_add_test(tc, subsets_differ);
    tcase_add_test(tc, off_is_off);
    tcase_add_test(tc, discard_at_cut);
    tcase_add_test(tc, snapshot);
    suite_add_tcase(s, tc);

    tcase_add_test(files, file_opens);
    tcase_add_test(files, file_full);
    suite_add_tcase(s, files);
    return s;
}
