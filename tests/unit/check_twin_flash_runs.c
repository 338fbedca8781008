/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks that the host reads ahead and writes in runs: nobody may notice. */
#include "models/flash.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "suites.h"
#include "support.h"

/* No multiple of what is read ahead. */
enum { BLOCKS = 3 * TW_AHEAD + 17, BYTES = BLOCKS * TW_BLOCK };

/* What the host is asked for. */
struct counted {
    struct tw_store real;
    unsigned reads;
    unsigned writes;
};

static struct {
    struct tw_file file;
    struct tw_cut cut;
    struct tw_flash flash;
    struct counted counted;
    uint8_t want[BLOCKS]; /* the value of all bytes of a block */
} t;

static const uint8_t seed[TW_RNG_SEED] = {3};

static bool counted_read(void *ctx, uint64_t at, void *to, size_t n)
{
    struct counted *c = ctx;

    c->reads++;
    return c->real.read(c->real.ctx, at, to, n);
}

static bool counted_write(void *ctx, uint64_t at, const void *from, size_t n)
{
    struct counted *c = ctx;

    c->writes++;
    return c->real.write(c->real.ctx, at, from, n);
}

static bool counted_discard(void *ctx, uint64_t at, uint64_t n)
{
    struct counted *c = ctx;

    return c->real.discard(c->real.ctx, at, n);
}

static void start(void)
{
    int fd = memfd_create("runs", MFD_CLOEXEC);
    const struct tw_store store = {.read = counted_read,
                                   .write = counted_write,
                                   .discard = counted_discard,
                                   .ctx = &t.counted};

    memset(&t, 0, sizeof(t));
    ck_assert_int_eq(tw_file_adopt(&t.file, fd, BYTES), AW_OK);
    t.counted.real = tw_file_store(&t.file);
    tw_cut_init(&t.cut, seed);
    tw_flash_init(&t.flash, &store, BLOCKS, &t.cut);
}

static void stop(void)
{
    tw_flash_free(&t.flash);
    tw_file_close(&t.file);
}

static void put(uint64_t block, uint8_t value, enum tw_write how)
{
    uint8_t data[TW_BLOCK];

    memset(data, value, sizeof(data));
    ck_assert(tw_flash_write(&t.flash, block, data, how));
    t.want[block] = value;
}

static void expect(uint64_t block)
{
    uint8_t data[TW_BLOCK];

    memset(data, 0xee, sizeof(data));
    ck_assert(tw_flash_read(&t.flash, block, data));
    ck_assert_msg(data[0] == t.want[block] && data[511] == t.want[block],
                  "block %llu: %u, not %u", (unsigned long long)block, data[0],
                  t.want[block]);
}

static void expect_all(void)
{
    for (uint64_t i = 0; i < BLOCKS; i++) {
        expect(i);
    }
}

static void expect_file(void)
{
    for (uint64_t i = 0; i < BLOCKS; i++) {
        uint8_t got[TW_BLOCK];

        ck_assert(t.counted.real.read(t.counted.real.ctx, i * TW_BLOCK, got,
                                      sizeof(got)));
        ck_assert_uint_eq(got[0], t.want[i]);
        ck_assert_uint_eq(got[511], t.want[i]);
    }
}

static void fill(void)
{
    for (uint64_t i = 0; i < BLOCKS; i++) {
        put(i, (uint8_t)(i % 251 + 1), TW_WRITE_PLAIN);
    }
    ck_assert(tw_flash_commit(&t.flash));
}

START_TEST(few_calls_of_the_host)
{
    fill();
    ck_assert_uint_le(t.counted.writes, 5);
    expect_file();
    tw_flash_look(&t.flash);
    expect_all();
    ck_assert_uint_le(t.counted.reads, 5);
    /* One block by itself is one block. */
    t.counted.reads = 0;
    for (uint64_t i = 0; i < BLOCKS; i += 40) {
        tw_flash_look(&t.flash);
        expect(i);
    }
    ck_assert_uint_eq(t.counted.reads, (BLOCKS + 39) / 40);
}
END_TEST

/* What was read ahead is as old as the command. */
START_TEST(the_next_command_looks_again)
{
    const uint8_t byte[TW_BLOCK] = {0};

    fill();
    tw_flash_look(&t.flash);
    expect(0);
    expect(1);
    expect(2);
    /* Somebody writes to the file of a board that runs. */
    ck_assert(t.counted.real.write(t.counted.real.ctx, (uint64_t)3 * TW_BLOCK,
                                   byte, sizeof(byte)));
    t.want[3] = 0;
    tw_flash_look(&t.flash);
    expect(3);
    expect(4);
}
END_TEST

/* The board's own changes are seen at once, between two blocks of a read. */
START_TEST(own_changes_are_seen)
{
    fill();
    tw_flash_look(&t.flash);
    expect(0);
    expect(1);
    put(5, 200, TW_WRITE_PLAIN);
    expect(5);
    ck_assert(tw_flash_commit(&t.flash));
    expect(2);
    expect(3);
    put(7, 0, TW_WRITE_CACHED);
    expect(4);
    expect(5);
    ck_assert(tw_flash_flush(&t.flash));
    expect(6);
    expect(7);
    ck_assert(tw_flash_discard(&t.flash, 8, 100));
    memset(&t.want[8], 0, 100);
    expect(8);
    expect(9);
    expect_all();
}
END_TEST

static void discard(uint64_t block, uint64_t n)
{
    ck_assert(tw_flash_discard(&t.flash, block, n));
    memset(&t.want[block], 0, n);
}

static void read_some(uint64_t block, uint64_t n)
{
    tw_flash_look(&t.flash);
    for (uint64_t i = 0; i < n; i++) {
        expect(block + i);
    }
}

static void write_some(uint64_t block, uint64_t n, uint32_t what)
{
    for (uint64_t i = 0; i < n; i++) {
        put(block + i, (uint8_t)((what & 255) * i % 7),
            (enum tw_write)(what >> 8 & 1));
    }
}

static void some_step(struct tw_rng *rng)
{
    uint32_t what = tw_rng_u32(rng);
    uint64_t block = tw_rng_u32(rng) % BLOCKS;
    uint64_t left = BLOCKS - block;
    uint64_t n = tw_rng_u32(rng) % 160 + 1;

    n = n < left ? n : left;
    switch (what % 8) {
    case 0:
        discard(block, n);
        break;
    case 1:
        ck_assert((what & 256) != 0 ? tw_flash_flush(&t.flash)
                                    : tw_flash_commit(&t.flash));
        break;
    case 2:
    case 3:
    case 4:
        read_some(block, n);
        break;
    default:
        write_some(block, n, what >> 8);
    }
}

/* Against a plain array: whatever is written, kept back, erased and read in
 * whatever order. */
START_TEST(as_an_array)
{
    enum { STEPS = 4000 };
    struct tw_rng rng;

    tw_rng_init(&rng, seed, "steps");
    for (unsigned i = 0; i < STEPS; i++) {
        some_step(&rng);
    }
    expect_all();
    ck_assert(tw_flash_flush(&t.flash));
    expect_file();
}
END_TEST

/* Holes are zeros without reading; behind the end of a file that somebody cut
 * short there are none. */
START_TEST(holes)
{
    static uint8_t bytes[8192];
    const struct tw_store store = t.counted.real;

    memset(bytes, 1, sizeof(bytes));
    ck_assert(store.read(store.ctx, 65536, bytes, sizeof(bytes)));
    ck_assert(bytes[0] == 0 && bytes[8191] == 0);
    ck_assert(store.write(store.ctx, 65536 + 8191, "x", 1));
    ck_assert(store.read(store.ctx, 65536, bytes, sizeof(bytes)));
    ck_assert(bytes[0] == 0 && bytes[8191] == 'x');
    ck_assert_int_eq(ftruncate(t.file.fd, 4096), 0);
    ck_assert(store.read(store.ctx, 0, bytes, 4096));
    ck_assert(!store.read(store.ctx, 0, bytes, sizeof(bytes)));
    ck_assert(!store.read(store.ctx, 65536, bytes, sizeof(bytes)));
    ck_assert_int_ne(t.file.error, 0);
}
END_TEST

Suite *suite_twin_flash_runs(void)
{
    Suite *s = suite_create("twin_flash_runs");
    TCase *tc = tcase_create("runs");

    tcase_add_checked_fixture(tc, start, stop);
    tcase_add_test(tc, few_calls_of_the_host);
    tcase_add_test(tc, the_next_command_looks_again);
    tcase_add_test(tc, own_changes_are_seen);
    tcase_add_test(tc, as_an_array);
    tcase_add_test(tc, holes);
    suite_add_tcase(s, tc);
    return s;
}
