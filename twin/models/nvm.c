/* SPDX-License-Identifier: Apache-2.0 */
#include "models/nvm.h"

#include <string.h>

#include "aw/bytes.h"
#include "aw/sha256.h"

/* Layout of the file, docs/formats/rpmb.md: two records written in turn, each
 * with the data of its change, then the RPMB sectors. */
enum {
    RECORD = 4096,
    JOURNAL = TW_NVM_BATCH_MAX * TW_NVM_SECTOR,
    JOURNALS_AT = 2 * RECORD,
    DATA_AT = JOURNALS_AT + 2 * JOURNAL,
    VERSION = 1,
    HAS_KEY = 1,
    DIGEST_AT = RECORD - AW_SHA256_SIZE
};

static const char magic[] = "awtwemmc";

uint64_t tw_nvm_size(uint32_t sectors)
{
    return DATA_AT + (uint64_t)sectors * TW_NVM_SECTOR;
}

static void put_le64(struct aw_wr *w, uint64_t v)
{
    aw_wr_le32(w, (uint32_t)v);
    aw_wr_le32(w, (uint32_t)(v >> 32));
}

/* Record, then its journal, under one digest that ends the record. */
static void digest(const uint8_t raw[RECORD], const uint8_t *journal, size_t n,
                   uint8_t sum[AW_SHA256_SIZE])
{
    struct aw_sha256 h;

    aw_sha256_init(&h);
    aw_sha256_update(&h, (aw_bytes){raw, DIGEST_AT});
    aw_sha256_update(&h, (aw_bytes){journal, n});
    aw_sha256_final(&h, sum);
}

static void pack(const struct tw_nvm_record *r, uint8_t raw[RECORD])
{
    struct aw_wr w = aw_wr_init(raw, RECORD);

    aw_wr_text(&w, magic);
    aw_wr_le32(&w, VERSION);
    aw_wr_le32(&w, r->sectors);
    put_le64(&w, r->sequence);
    aw_wr_le32(&w, r->has_key ? HAS_KEY : 0);
    aw_wr_le32(&w, r->counter);
    aw_wr_le32(&w, r->journal_at);
    aw_wr_le32(&w, r->journal_n);
    aw_wr_put(&w, (aw_bytes){r->key, sizeof(r->key)});
    aw_wr_put(&w, (aw_bytes){r->modes, sizeof(r->modes)});
    aw_wr_put(&w, (aw_bytes){r->wp, sizeof(r->wp)});
    aw_wr_zeros(&w, RECORD - w.n);
}

static void take(struct aw_rd *r, uint8_t *to, size_t n)
{
    aw_bytes b = aw_rd_take(r, n);

    if (b.n == n) {
        memcpy(to, b.p, n);
    }
}

static bool unpack(const uint8_t raw[RECORD], struct tw_nvm_record *rec)
{
    struct aw_rd r = aw_rd_init((aw_bytes){raw, RECORD});
    aw_bytes head = aw_rd_take(&r, sizeof(magic) - 1);
    uint32_t version = aw_rd_le32(&r);

    rec->sectors = aw_rd_le32(&r);
    rec->sequence = aw_rd_le64(&r);
    uint32_t flags = aw_rd_le32(&r);

    rec->counter = aw_rd_le32(&r);
    uint32_t at = aw_rd_le32(&r);
    uint32_t n = aw_rd_le32(&r);

    take(&r, rec->key, sizeof(rec->key));
    take(&r, rec->modes, sizeof(rec->modes));
    take(&r, rec->wp, sizeof(rec->wp));
    rec->has_key = (flags & HAS_KEY) != 0;
    if (r.failed || !aw_bytes_is(head, magic) || version != VERSION ||
        flags > HAS_KEY || rec->sectors > TW_NVM_SECTORS_MAX ||
        n > TW_NVM_BATCH_MAX || at > rec->sectors || n > rec->sectors - at) {
        return false;
    }
    rec->journal_at = (uint16_t)at;
    rec->journal_n = (uint16_t)n;
    return true;
}

/* One of the two records, if it is whole; with its journal. */
static bool load(const struct tw_store *store, unsigned slot,
                 struct tw_nvm_record *rec, uint8_t journal[JOURNAL])
{
    uint8_t raw[RECORD];
    uint8_t sum[AW_SHA256_SIZE];

    if (!store->read(store->ctx, (uint64_t)slot * RECORD, raw, sizeof(raw)) ||
        !unpack(raw, rec)) {
        return false;
    }
    size_t n = (size_t)rec->journal_n * TW_NVM_SECTOR;

    if (!store->read(store->ctx, JOURNALS_AT + (uint64_t)slot * JOURNAL,
                     journal, n)) {
        return false;
    }
    digest(raw, journal, n, sum);
    return memcmp(sum, &raw[DIGEST_AT], sizeof(sum)) == 0;
}

/* Puts the data of the last change where it belongs; may be done again. */
static bool replay(const struct tw_nvm *nvm, const uint8_t *journal)
{
    return nvm->store.write(
        nvm->store.ctx,
        DATA_AT + (uint64_t)nvm->record.journal_at * TW_NVM_SECTOR, journal,
        (size_t)nvm->record.journal_n * TW_NVM_SECTOR);
}

static bool all_zero(const struct tw_store *store, bool *zero)
{
    uint8_t raw[RECORD];

    *zero = true;
    for (unsigned slot = 0; slot < 2; slot++) {
        if (!store->read(store->ctx, (uint64_t)slot * RECORD, raw,
                         sizeof(raw))) {
            return false;
        }
        for (size_t i = 0; i < sizeof(raw); i++) {
            *zero = *zero && raw[i] == 0;
        }
    }
    return true;
}

aw_err tw_nvm_open(struct tw_nvm *nvm, const struct tw_store *store,
                   const struct tw_nvm_record *fresh)
{
    struct tw_nvm_record found[2];
    uint8_t journal[2][JOURNAL];
    bool zero = false;

    if (!all_zero(store, &zero)) {
        return AW_ERR_IO;
    }
    if (zero) {
        *nvm = (struct tw_nvm){.store = *store, .record = *fresh};
        return tw_nvm_commit(nvm, 0, NULL, 0) ? AW_OK : AW_ERR_IO;
    }
    bool whole[2] = {load(store, 0, &found[0], journal[0]),
                     load(store, 1, &found[1], journal[1])};
    unsigned use =
        whole[1] && (!whole[0] || found[1].sequence > found[0].sequence);

    if (!whole[use] || found[use].sectors != fresh->sectors) {
        return AW_ERR_CONTENT;
    }
    *nvm = (struct tw_nvm){.store = *store, .record = found[use]};
    return replay(nvm, journal[use]) ? AW_OK : AW_ERR_IO;
}

bool tw_nvm_commit(struct tw_nvm *nvm, uint32_t address, const uint8_t *data,
                   uint32_t n)
{
    struct tw_nvm_record *rec = &nvm->record;
    size_t bytes = (size_t)n * TW_NVM_SECTOR;
    uint8_t raw[RECORD];

    AW_BUG_ON(n > TW_NVM_BATCH_MAX || address > rec->sectors ||
              n > rec->sectors - address);
    rec->sequence++;
    rec->journal_at = (uint16_t)(n == 0 ? 0 : address);
    rec->journal_n = (uint16_t)n;
    unsigned slot = rec->sequence & 1;

    pack(rec, raw);
    digest(raw, data, bytes, &raw[DIGEST_AT]);
    return nvm->store.write(nvm->store.ctx,
                            JOURNALS_AT + (uint64_t)slot * JOURNAL, data,
                            bytes) &&
           nvm->store.write(nvm->store.ctx, (uint64_t)slot * RECORD, raw,
                            sizeof(raw)) &&
           replay(nvm, data);
}

bool tw_nvm_read(const struct tw_nvm *nvm, uint32_t address,
                 uint8_t sector[TW_NVM_SECTOR])
{
    return address < nvm->record.sectors &&
           nvm->store.read(nvm->store.ctx,
                           DATA_AT + (uint64_t)address * TW_NVM_SECTOR, sector,
                           TW_NVM_SECTOR);
}
