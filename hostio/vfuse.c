/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/hostio/vfuse.h"

#include <string.h>

/* Bits of bank 0 word 0. Source: IMX6ULRM and IMX6ULLRM, "Fusemap". */
#define LOCK(bit) (UINT32_C(1) << (bit))

/* Words first to last (bank times 8 + word) and the bits of which any locks
 * them for writing, for reading, and their shadow registers for writing. A
 * lock of two bits has one for the fuse and one for the shadow register. */
struct lock_row {
    uint8_t first;
    uint8_t last;
    uint32_t write;
    uint32_t read;
    uint32_t shadow;
};

static const struct lock_row common[] = {
    {0x01, 0x04, LOCK(0), 0, LOCK(1)},          /* TESTER_LOCK */
    {0x05, 0x07, LOCK(2), 0, LOCK(3)},          /* BOOT_CFG_LOCK */
    {0x08, 0x0c, LOCK(4), 0, LOCK(5)},          /* MEM_TRIM_LOCK */
    {0x0d, 0x0f, LOCK(18), 0, LOCK(19)},        /* ANALOG_LOCK */
    {0x10, 0x17, LOCK(17), LOCK(17), LOCK(17)}, /* OTPMK_LOCK */
    {0x18, 0x1f, LOCK(14), 0, LOCK(14)},        /* SRK_LOCK */
    {0x20, 0x21, LOCK(6), LOCK(6), LOCK(6)},    /* SJC_RESP_LOCK */
    {0x22, 0x24, LOCK(8), 0, LOCK(9)},          /* MAC_ADDR_LOCK */
    {0x25, 0x25, LOCK(20), LOCK(20), LOCK(20)}, /* OTPMK_CRC_LOCK */
    {0x26, 0x26, LOCK(10), 0, LOCK(11)},        /* GP1_LOCK */
    {0x27, 0x27, LOCK(12), 0, LOCK(13)},        /* GP2_LOCK */
    {0x28, 0x2c, LOCK(16), 0, LOCK(16)},        /* SW_GP_LOCK */
    {0x2d, 0x2d, LOCK(22), 0, LOCK(22)},        /* MISC_CONF_LOCK */
};

static const struct lock_row of_ul[] = {
    {0x30, 0x3f, LOCK(21), 0, LOCK(21)}, /* ROM_PATCH_LOCK */
    {0x40, 0x4f, LOCK(15), 0, LOCK(15)}, /* GP3_LOCK */
    {0x50, 0x5f, LOCK(23), 0, LOCK(23)}, /* GP4_LOCK */
    {0x60, 0x6f, LOCK(24), 0, LOCK(24)}, /* GP5_LOCK */
    {0x70, 0x77, LOCK(30), 0, LOCK(31)}, /* GP6_LOCK */
    {0x78, 0x7b, LOCK(26), 0, LOCK(27)}, /* GP7_LOCK */
    {0x7c, 0x7f, LOCK(28), 0, LOCK(29)}, /* GP8_LOCK */
};

/* Erratum ERR011163: ROM_PATCH_LOCK locks GP3 and GP4 as well. */
static const struct lock_row of_ull[] = {
    {0x30, 0x37, LOCK(21), 0, LOCK(21)}, /* ROM_PATCH_LOCK */
    {0x38, 0x3b, LOCK(15) | LOCK(21), LOCK(31),
     LOCK(15) | LOCK(21)}, /* GP3_LOCK, GP3_RLOCK */
    {0x3c, 0x3f, LOCK(23) | LOCK(21), LOCK(30),
     LOCK(23) | LOCK(21)}, /* GP4_LOCK, GP4_RLOCK */
};

enum {
    CONFIG_WORD = 0x06,
    FIELD_RETURN_WORD = 0x2e,
    SRK_REVOKE_WORD = 0x2f,
    ID_LOW_WORD = 0x01,
    ID_HIGH_WORD = 0x02,
    UL_WORDS = 128,
    ULL_WORDS = 64
};
#define FACTORY_LOCKS UINT32_C(0x00320003)
#define SEC_OPEN      UINT32_C(0x00000001)
#define SEC_CLOSED    UINT32_C(0x00000002)
#define ULZ_MARK      UINT32_C(0x00000040)

static const struct {
    const char *name;
    unsigned n_words;
    uint32_t config; /* CFG5 as delivered */
} parts[] = {
    {"IMX6UL", UL_WORDS, SEC_OPEN},
    {"IMX6ULL", ULL_WORDS, SEC_OPEN},
    {"IMX6ULZ", ULL_WORDS, SEC_OPEN | ULZ_MARK},
};

aw_err aw_vfuse_init(struct aw_vfuse *v, const char *part, uint64_t id)
{
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        if (strcmp(part, parts[i].name) != 0) {
            continue;
        }
        *v = (struct aw_vfuse){.n_words = parts[i].n_words,
                               .cut_after = AW_VFUSE_NO_CUT};
        memcpy(v->part, parts[i].name, strlen(parts[i].name) + 1);
        v->fuse[0] = FACTORY_LOCKS;
        v->fuse[ID_LOW_WORD] = (uint32_t)id;
        v->fuse[ID_HIGH_WORD] = (uint32_t)(id >> 32);
        v->fuse[CONFIG_WORD] = parts[i].config;
        aw_vfuse_boot(v);
        return AW_OK;
    }
    return AW_ERR_UNSUPPORTED;
}

void aw_vfuse_boot(struct aw_vfuse *v)
{
    memcpy(v->shadow, v->fuse, sizeof(v->shadow));
    v->boots++;
    v->written = false;
    v->image = AW_OTP_HAB_UNKNOWN;
    v->recovery = AW_OTP_HAB_UNKNOWN;
    v->revoke_unlocked = false;
    v->off = false;
}

/* Locks of a word in one table. */
static struct lock_row find_lock(const struct lock_row *rows, size_t n,
                                 unsigned at)
{
    for (size_t i = 0; i < n; i++) {
        if (at >= rows[i].first && at <= rows[i].last) {
            return rows[i];
        }
    }
    return (struct lock_row){.first = 0};
}

static struct lock_row lock_of(const struct aw_vfuse *v, unsigned at)
{
    struct lock_row row =
        find_lock(common, sizeof(common) / sizeof(common[0]), at);

    if (row.write != 0) {
        return row;
    }
    return v->n_words == UL_WORDS
               ? find_lock(of_ul, sizeof(of_ul) / sizeof(of_ul[0]), at)
               : find_lock(of_ull, sizeof(of_ull) / sizeof(of_ull[0]), at);
}

/* Number of a word; n_words when there is none. */
static unsigned index_of(const struct aw_vfuse *v, unsigned bank, unsigned word)
{
    if (word >= AW_VFUSE_BANK_WORDS || bank >= v->n_words) {
        return v->n_words;
    }
    unsigned at = bank * AW_VFUSE_BANK_WORDS + word;

    return at < v->n_words ? at : v->n_words;
}

bool aw_vfuse_locked(const struct aw_vfuse *v, unsigned bank, unsigned word)
{
    unsigned at = index_of(v, bank, word);

    if (at == v->n_words) {
        return true;
    }
    /* On a closed part the ROM locks these two until the next reset, if the
     * image does not ask it to leave the second one alone. */
    if ((v->shadow[CONFIG_WORD] & SEC_CLOSED) != 0 &&
        (at == FIELD_RETURN_WORD ||
         (at == SRK_REVOKE_WORD && !v->revoke_unlocked))) {
        return true;
    }
    return (v->shadow[0] & lock_of(v, at).write) != 0;
}

bool aw_vfuse_read_locked(const struct aw_vfuse *v, unsigned bank,
                          unsigned word)
{
    unsigned at = index_of(v, bank, word);

    return at == v->n_words || (v->shadow[0] & lock_of(v, at).read) != 0;
}

bool aw_vfuse_shadow_locked(const struct aw_vfuse *v, unsigned bank,
                            unsigned word)
{
    unsigned at = index_of(v, bank, word);

    return at == v->n_words || (v->shadow[0] & lock_of(v, at).shadow) != 0;
}

static aw_err vfuse_read(void *ctx, unsigned bank, unsigned word,
                         uint32_t *value, struct aw_diag *diag)
{
    const struct aw_vfuse *v = ctx;
    unsigned at = index_of(v, bank, word);

    if (v->off) {
        return aw_fail(diag, AW_ERR_IO, "virtual fuses: power", at);
    }
    if (at == v->n_words) {
        return aw_fail(diag, AW_ERR_NOT_FOUND, "virtual fuses: word", at);
    }
    bool locked = (v->shadow[0] & lock_of(v, at).read) != 0;

    *value = locked ? AW_OTP_READ_LOCKED : v->shadow[at];
    return AW_OK;
}

static aw_err vfuse_program(void *ctx, unsigned bank, unsigned word,
                            uint32_t bits, struct aw_diag *diag)
{
    struct aw_vfuse *v = ctx;
    unsigned at = index_of(v, bank, word);

    if (v->off) {
        return aw_fail(diag, AW_ERR_IO, "virtual fuses: power", at);
    }
    if (at == v->n_words) {
        return aw_fail(diag, AW_ERR_NOT_FOUND, "virtual fuses: word", at);
    }
    if (aw_vfuse_locked(v, bank, word)) {
        return aw_fail(diag, AW_ERR_PRECONDITION, "virtual fuses: lock", at);
    }
    if (v->cut_after != AW_VFUSE_NO_CUT && v->cut_after-- == 0) {
        v->cut_after = AW_VFUSE_NO_CUT;
        v->fuse[at] |= bits & v->cut_mask & ~v->stuck[at];
        v->written = true;
        v->off = true;
        return aw_fail(diag, AW_ERR_IO, "virtual fuses: power", at);
    }
    v->fuse[at] |= bits & ~v->stuck[at];
    v->written = true;
    return AW_OK;
}

static aw_err vfuse_reload(void *ctx, struct aw_diag *diag)
{
    struct aw_vfuse *v = ctx;

    if (v->off) {
        return aw_fail(diag, AW_ERR_IO, "virtual fuses: power", 0);
    }
    memcpy(v->shadow, v->fuse, sizeof(v->shadow));
    return AW_OK;
}

static aw_err vfuse_how(void *ctx, struct aw_otp_boot *boot,
                        struct aw_diag *diag)
{
    const struct aw_vfuse *v = ctx;

    if (v->off) {
        return aw_fail(diag, AW_ERR_IO, "virtual fuses: power", 0);
    }
    *boot = (struct aw_otp_boot){
        .cold = !v->written, .image = v->image, .recovery = v->recovery};
    return AW_OK;
}

struct aw_otp aw_vfuse_otp(struct aw_vfuse *v)
{
    return (struct aw_otp){.ctx = v,
                           .read = vfuse_read,
                           .program = vfuse_program,
                           .reload = vfuse_reload,
                           .boot = vfuse_how};
}

/* A file changed in memory is saved before the caller hears of it. */
static aw_err file_program(void *ctx, unsigned bank, unsigned word,
                           uint32_t bits, struct aw_diag *diag)
{
    struct aw_vfuse_file *file = ctx;
    aw_err err = vfuse_program(&file->v, bank, word, bits, diag);
    aw_err saved = aw_vfuse_save(file, false, file->host);

    if (saved != AW_OK) {
        return aw_fail(diag, saved, "virtual fuses: file", 0);
    }
    return err;
}

static aw_err file_read(void *ctx, unsigned bank, unsigned word,
                        uint32_t *value, struct aw_diag *diag)
{
    struct aw_vfuse_file *file = ctx;

    return vfuse_read(&file->v, bank, word, value, diag);
}

static aw_err file_reload(void *ctx, struct aw_diag *diag)
{
    struct aw_vfuse_file *file = ctx;
    uint32_t before[AW_VFUSE_WORDS];

    memcpy(before, file->v.shadow, sizeof(before));
    aw_err err = vfuse_reload(&file->v, diag);

    if (err != AW_OK || memcmp(before, file->v.shadow, sizeof(before)) == 0) {
        return err;
    }
    err = aw_vfuse_save(file, false, file->host);
    return err == AW_OK ? AW_OK : aw_fail(diag, err, "virtual fuses: file", 0);
}

static aw_err file_how(void *ctx, struct aw_otp_boot *boot,
                       struct aw_diag *diag)
{
    struct aw_vfuse_file *file = ctx;

    return vfuse_how(&file->v, boot, diag);
}

struct aw_otp aw_vfuse_file_otp(struct aw_vfuse_file *file)
{
    return (struct aw_otp){.ctx = file,
                           .read = file_read,
                           .program = file_program,
                           .reload = file_reload,
                           .boot = file_how};
}
