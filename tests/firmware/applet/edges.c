/* SPDX-License-Identifier: Apache-2.0 */
/* Every address that every call takes, at every edge of every region of memory:
 * a call is refused unless the applet itself could have done it. The table says
 * what each call takes; a call that the OS knows and the table does not is a
 * failure, so that none is forgotten. */
#include <string.h>

#include "applet_test.h"
#include "aw/err.h"

enum {
    PAGE = 4096,
    ROOM = 40960, /* more than the longest run */
    NUMBERS = 256,
    BLOCK = 512,
    FRAME = 1518,
    LENGTHS = 13,
    POINTERS = 2
};
#define WINDOW     UINT32_C(0x90000000)
#define WINDOW_END UINT32_C(0xa0000000)

/* applet.ld.in */
extern const uint8_t applet_text[];
extern const uint8_t applet_text_end[];
extern const uint8_t applet_const_end[];
extern const uint8_t applet_data_end[];
extern const uint8_t applet_stack_size[]; /* its address is the size */

/* An address in register `at`, of a run that the OS reads or writes. Its size is
 * fixed, or `unit` times register n_at, which may be from min to max. */
struct pointer {
    uint8_t at; /* 0: none */
    bool write;
    uint8_t n_at; /* 0: fixed */
    uint16_t unit;
    uint32_t size;
    uint32_t min;
    uint32_t max;
};

#define FIXED(r, w, n)                       \
    {                                        \
        .at = (r), .write = (w), .size = (n) \
    }
#define SIZED(r, w, c, u, lo, hi)                                       \
    {                                                                   \
        .at = (r), .write = (w), .n_at = (c), .unit = (u), .min = (lo), \
        .max = (hi)                                                     \
    }

struct call {
    uint32_t number;
    uint32_t r[3]; /* what is not under test */
    struct pointer pointers[POINTERS];
};

/* Padding, so that what is used meanwhile is not at an edge of the data. */
static struct {
    uint8_t before[ROOM];
    uint8_t saved[ROOM];
    _Alignas(8) uint8_t good[POINTERS][ROOM]; /* for a call's other pointers */
    uint8_t after[ROOM];
} memory;

static const struct call calls[] = {
    {ABI_EXIT, {0}, {{0}}},
    {ABI_WRITE, {0}, {SIZED(1, false, 2, 1, 0, 1024)}},
    {ABI_NANOTIME, {0}, {FIXED(1, true, 8)}},
    {ABI_GETRANDOM, {0}, {SIZED(1, true, 2, 1, 0, 256)}},
    {ABI_WAIT_EVENT, {0}, {{0}}},
    {ABI_READY, {0}, {{0}}},
    {ABI_RX, {0}, {SIZED(1, true, 2, 1, FRAME, ABI_TRANSFER_MAX)}},
    {ABI_TX, {0}, {SIZED(1, false, 2, 1, 14, 1514)}},
    {ABI_ADDRESS, {0}, {FIXED(1, true, 6)}},
    {ABI_CONFIG, {0}, {FIXED(1, true, sizeof(struct abi_config))}},
    {ABI_STATUS, {0}, {FIXED(1, true, sizeof(struct abi_status))}},
    {ABI_SET_WITNESS_STATUS,
     {0},
     {FIXED(1, false, sizeof(struct abi_witness_status))}},
    {ABI_LED, {0}, {{0}}},
    {ABI_REBOOT, {0}, {{0}}},
    {ABI_CONSOLE_LOG, {0}, {SIZED(1, true, 2, 1, 0, ABI_TRANSFER_MAX)}},
    {ABI_CRASH_LOG, {0}, {SIZED(1, true, 2, 1, 0, ABI_TRANSFER_MAX)}},
    {ABI_CARD_INFO, {0}, {FIXED(1, true, sizeof(struct abi_card))}},
    {ABI_READ, {8}, {SIZED(2, true, 3, BLOCK, 0, 64)}},
    {ABI_WRITE_BLOCKS, {8}, {SIZED(2, false, 3, BLOCK, 0, 64)}},
    {ABI_READ_RPMB, {0}, {FIXED(1, true, 256)}},
    {ABI_WRITE_RPMB, {0}, {SIZED(1, false, 2, 1, 0, 256)}},
    {ABI_IDENTITY, {0}, {FIXED(1, true, sizeof(struct abi_identity))}},
    {ABI_SIGN_CHECKPOINT,
     {0},
     {FIXED(1, false, sizeof(struct abi_cosign)), FIXED(2, true, 64)}},
    {ABI_ATTEST, {0}, {SIZED(2, true, 3, 1, 0, ABI_TRANSFER_MAX)}},
    {ABI_BASTION_CERTIFICATE,
     {0, 64},
     {SIZED(1, true, 2, 1, 0, ABI_TRANSFER_MAX), FIXED(3, false, 8)}},
    {ABI_SIGN_BASTION,
     {0, 32},
     {SIZED(1, false, 2, 1, 32, 48), FIXED(3, true, 64)}},
    {ABI_GET_INSTALLED_VERSIONS,
     {0},
     {FIXED(1, true, sizeof(struct abi_versions))}},
    {ABI_INSTALL_OS,
     {ABI_INSTALL_BEGIN},
     {SIZED(2, false, 3, 1, 0, ABI_TRANSFER_MAX)}},
    {ABI_INSTALL_OS,
     {ABI_INSTALL_PART},
     {SIZED(2, false, 3, 1, 0, ABI_TRANSFER_MAX)}},
    {ABI_INSTALL_APPLET,
     {ABI_INSTALL_BEGIN},
     {SIZED(2, false, 3, 1, 0, ABI_TRANSFER_MAX)}},
    {ABI_INSTALL_APPLET,
     {ABI_INSTALL_PART},
     {SIZED(2, false, 3, 1, 0, ABI_TRANSFER_MAX)}},
};
enum { CALLS = sizeof(calls) / sizeof(calls[0]) };

static uint32_t tried;
static uint32_t allowed;
static uint32_t failed;

static uint32_t page_up(uint32_t address)
{
    return (address + PAGE - 1) & ~(uint32_t)(PAGE - 1);
}

/* Start and end of all that the applet has, and whether it can be written. */
struct region {
    uint32_t start;
    uint32_t end;
    bool write;
};
enum { REGIONS = 4 };

static struct region region(unsigned i)
{
    const struct region regions[REGIONS] = {
        {abi_address(applet_text), abi_address(applet_text_end), false},
        {abi_address(applet_text_end), abi_address(applet_const_end), false},
        {abi_address(applet_const_end), page_up(abi_address(applet_data_end)),
         true},
        {WINDOW_END - abi_address(applet_stack_size), WINDOW_END, true},
    };

    return regions[i];
}

static bool own_page(uint64_t page, bool write)
{
    for (unsigned i = 0; i < REGIONS; i++) {
        const struct region r = region(i);

        if (page >= r.start && page < r.end) {
            return !write || r.write;
        }
    }
    return false;
}

/* May the applet do it itself? Page by page, in numbers that cannot wrap. */
static bool own(uint32_t address, uint32_t n, bool write)
{
    uint64_t page = address & ~(uint32_t)(PAGE - 1);
    const uint64_t end = (uint64_t)address + n;

    while (n > 0 && page < end && own_page(page, write)) {
        page += PAGE;
    }
    return n == 0 || page >= end;
}

/* What the OS reads has to make sense, or its answer would say nothing. */
static void fill(const struct call *c, uint8_t *to)
{
    static const struct abi_cosign cosign = {.n = 0, .time = 1700000000};
    static const uint64_t now = 1700000000;

    if (c->number == ABI_SIGN_CHECKPOINT) {
        memcpy(to, &cosign, sizeof(cosign));
    } else if (c->number == ABI_BASTION_CERTIFICATE) {
        memcpy(to, &now, sizeof(now));
    } else if (c->number == ABI_SET_WITNESS_STATUS) {
        memset(to, 0, sizeof(struct abi_witness_status));
    }
}

static bool is_struct(const struct pointer *p)
{
    return !p->write && p->n_at == 0;
}

static uint8_t *at(uint32_t address)
{
    return (uint8_t *)(uintptr_t)address;
}

static void fail(const struct call *c, const uint32_t *r, int32_t result)
{
    say_number("FAIL call ", c->number);
    for (unsigned i = 0; i < 3; i++) {
        say_number("  ", r[i]);
    }
    say_number("  gave ", (uint32_t)result);
    failed++;
}

/* One call. Memory that it may change is put back. */
static void try(const struct call *c, const struct pointer *p, uint32_t *r,
                uint32_t n)
{
    const uint32_t address = r[p->at - 1];
    const bool legal =
        p->n_at == 0 || (r[p->n_at - 1] >= p->min && r[p->n_at - 1] <= p->max);
    const bool good = legal && own(address, n, p->write);
    const bool mine = good && n > 0 && own(address, n, true);

    if (mine) {
        memcpy(memory.saved, at(address), n);
    }
    if (mine && is_struct(p)) {
        fill(c, at(address));
    }
    int32_t result = abi_call(c->number, r[0], r[1], r[2], 0);

    if (mine) {
        memcpy(at(address), memory.saved, n);
    }
    tried++;
    allowed += good ? 1 : 0;
    /* A struct among constants may mean anything. */
    const bool judged = mine || !is_struct(p);

    if (!good && legal && result != -AW_ERR_RANGE) {
        fail(c, r, result);
    } else if (!legal && result >= 0) {
        fail(c, r, result);
    } else if (good && judged && result == -AW_ERR_RANGE) {
        fail(c, r, result);
    }
}

/* Lengths to try at an address. */
static unsigned lengths(const struct pointer *p, uint32_t address,
                        uint32_t length[LENGTHS])
{
    const uint32_t wanted[LENGTHS] = {
        0,           1,           2,          p->min,     p->max,
        p->max + 1,  0x7fffffff,  0x80000000, 0x80000001, 0xffffffff,
        0 - address, 1 - address, 0x00800000,
    };

    if (p->n_at == 0) {
        return 1;
    }
    memcpy(length, wanted, sizeof(wanted));
    return LENGTHS;
}

static void try_address(const struct call *c, const struct pointer *p,
                        uint32_t address)
{
    uint32_t length[LENGTHS] = {0};
    unsigned n = lengths(p, address, length);
    uint32_t r[3] = {c->r[0], c->r[1], c->r[2]};

    /* The other pointers are good ones. */
    for (unsigned i = 0; i < POINTERS; i++) {
        if (c->pointers[i].at != 0) {
            r[c->pointers[i].at - 1] = abi_address(memory.good[i]);
        }
        if (c->pointers[i].at != 0 && is_struct(&c->pointers[i])) {
            fill(c, memory.good[i]);
        }
    }
    r[p->at - 1] = address;
    for (unsigned i = 0; i < n; i++) {
        if (p->n_at != 0) {
            r[p->n_at - 1] = length[i];
        }
        try(c, p, r, p->n_at != 0 ? length[i] * p->unit : p->size);
    }
}

/* Before, on, and behind an edge; runs that end there, too. */
static void try_edge(const struct call *c, const struct pointer *p,
                     uint32_t edge)
{
    const uint32_t n = p->n_at != 0 ? p->max * p->unit : p->size;
    const uint32_t addresses[] = {edge - n - 1, edge - n, edge - n + 1,
                                  edge - 2,     edge - 1, edge,
                                  edge + 1,     edge + 2};

    for (unsigned i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
        try_address(c, p, addresses[i]);
        (void)abi_call(ABI_WAIT_EVENT, 0, 0, 0, 0); /* not spinning */
    }
}

static void try_pointer(const struct call *c, const struct pointer *p)
{
    /* Of other things: memory, OS, its work, OCRAM, fuses, timer, card. */
    static const uint32_t others[] = {
        0,          WINDOW,     0x80000000, 0x80010000, 0x8e000000, 0x00900000,
        0x00920000, 0x021bc000, 0x02098000, 0x02194000, 0xfffff000, 0x7fffffff};

    for (unsigned i = 0; i < REGIONS; i++) {
        try_edge(c, p, region(i).start);
        try_edge(c, p, region(i).end);
    }
    for (unsigned i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        try_edge(c, p, others[i]);
    }
}

/* The address that lies in a struct: the text of a checkpoint. */
static void try_text(uint32_t address, uint32_t n)
{
    enum { TEXT_MAX = 16384 };
    static const struct call call = {.number = ABI_SIGN_CHECKPOINT};
    const struct abi_cosign cosign = {.text = address, .n = n, .time = 1};
    bool good = n <= TEXT_MAX && own(address, n, false);

    memcpy(memory.good[0], &cosign, sizeof(cosign));
    int32_t result = abi_call(ABI_SIGN_CHECKPOINT, abi_address(memory.good[0]),
                              abi_address(memory.good[1]), 0, 0);

    tried++;
    allowed += good ? 1 : 0;
    if (good == (result == -AW_ERR_RANGE)) {
        const uint32_t r[3] = {address, n, 0};

        fail(&call, r, result);
    }
}

static void try_texts(uint32_t edge)
{
    static const struct pointer text = SIZED(1, false, 2, 1, 0, 16384);
    uint32_t length[LENGTHS];

    for (uint32_t address = edge - 2; address != edge + 3; address++) {
        for (unsigned n = lengths(&text, address, length); n > 0; n--) {
            try_text(address, length[n - 1]);
        }
    }
}

static bool in_table(uint32_t number)
{
    for (unsigned i = 0; i < CALLS; i++) {
        if (calls[i].number == number) {
            return true;
        }
    }
    return false;
}

/* Every number is in the table or nothing. */
static void try_numbers(void)
{
    for (uint32_t number = 0; number < NUMBERS; number++) {
        if (!in_table(number) &&
            abi_call(number, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff) !=
                -AW_ERR_UNSUPPORTED) {
            say_number("FAIL not in the table: ", number);
            failed++;
        }
    }
}

static void run(void)
{
    try_numbers();
    for (unsigned i = 0; i < CALLS; i++) {
        for (unsigned k = 0; k < POINTERS; k++) {
            if (calls[i].pointers[k].at != 0) {
                try_pointer(&calls[i], &calls[i].pointers[k]);
            }
        }
    }
    for (unsigned i = 0; i < REGIONS; i++) {
        try_texts(region(i).start);
        try_texts(region(i).end);
    }
    try_texts(0x80010000);
    say_number("\nedges: calls ", tried);
    say_number("edges: allowed ", allowed);
    say_number("edges: failed ", failed);
}

uint32_t applet_main(void)
{
    /* The end of the stack is written, too: nobody returns there. */
    volatile uint8_t room[ROOM] = {0};

    run();
    (void)room[0];
    for (;;) {
        (void)abi_call(ABI_WAIT_EVENT, 0, (uint32_t)ABI_NO_LIMIT, 0, 0);
    }
}
