/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/hab/event.h"

#include "aw/hab/ivt.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum {
    DATA_MAX = 0xffff - AW_HAB_EVENT_HEADER,
    REGION_DATA = 12, /* kind, address, length */
    RECORD_HEADER = 4
};

static const struct aw_hab_code statuses[] = {
    {AW_HAB_ANY, "ANY", "any status"},
    {AW_HAB_FAILURE, "FAILURE", "failure"},
    {AW_HAB_WARNING, "WARNING", "warning"},
    {AW_HAB_SUCCESS, "SUCCESS", "success"},
};

static const struct aw_hab_code reasons[] = {
    {0x00, "ANY", "any reason"},
    {AW_HAB_UNS_COMMAND, "UNS_COMMAND", "unsupported command"},
    {AW_HAB_INV_IVT, "INV_IVT", "invalid image vector table"},
    {AW_HAB_INV_COMMAND, "INV_COMMAND", "command malformed or out of place"},
    {AW_HAB_UNS_STATE, "UNS_STATE", "unsuitable state"},
    {AW_HAB_UNS_ENGINE, "UNS_ENGINE", "unsupported engine"},
    {AW_HAB_INV_ASSERTION, "INV_ASSERTION", "memory is not authenticated"},
    {AW_HAB_INV_INDEX, "INV_INDEX", "invalid key index"},
    {AW_HAB_INV_CSF, "INV_CSF", "invalid command sequence file"},
    {AW_HAB_UNS_ALGORITHM, "UNS_ALGORITHM", "unsupported algorithm"},
    {AW_HAB_UNS_PROTOCOL, "UNS_PROTOCOL", "unsupported protocol"},
    {AW_HAB_INV_SIZE, "INV_SIZE", "invalid data size"},
    {AW_HAB_INV_SIGNATURE, "INV_SIGNATURE", "signature does not verify"},
    {AW_HAB_UNS_KEY, "UNS_KEY", "unsupported key type or size"},
    {AW_HAB_INV_KEY, "INV_KEY", "key may not be used for this"},
    {AW_HAB_INV_RETURN, "INV_RETURN", "failed callback function"},
    {AW_HAB_INV_CERTIFICATE, "INV_CERTIFICATE", "invalid certificate"},
    {AW_HAB_INV_ADDRESS, "INV_ADDRESS", "address refused"},
    {AW_HAB_UNS_ITEM, "UNS_ITEM", "unsupported configuration item"},
    {AW_HAB_INV_DCD, "INV_DCD", "invalid device configuration data"},
    {AW_HAB_INV_CALL, "INV_CALL", "function called out of sequence"},
    {AW_HAB_OVR_COUNT, "OVR_COUNT", "polled register did not change"},
    {AW_HAB_OVR_STORAGE, "OVR_STORAGE", "storage exhausted"},
    {AW_HAB_MEM_FAIL, "MEM_FAIL", "memory failure"},
    {AW_HAB_ENG_FAIL, "ENG_FAIL", "engine failure"},
};

static const struct aw_hab_code contexts[] = {
    {0x00, "ANY", "any context"},
    {AW_HAB_CTX_AUTHENTICATE, "AUTHENTICATE", "authenticating the image"},
    {AW_HAB_CTX_TARGET, "TARGET", "checking a load address"},
    {AW_HAB_CTX_ASSERT, "ASSERT", "asserting that memory is authenticated"},
    {AW_HAB_CTX_COMMAND, "COMMAND", "executing a command"},
    {AW_HAB_CTX_CSF, "CSF", "reading the command sequence file"},
    {AW_HAB_CTX_AUTH_DATA, "AUTH_DAT", "authenticated data block"},
    {AW_HAB_CTX_DCD, "DCD", "reading the device configuration data"},
    {AW_HAB_CTX_ENTRY, "ENTRY", "entry function"},
    {AW_HAB_CTX_EXIT, "EXIT", "exit function"},
    {AW_HAB_CTX_FAB, "FAB_TEST", "factory test"},
};

static const struct aw_hab_code engines[] = {
    {AW_HAB_ENG_ANY, "ANY", "any engine"},
    {AW_HAB_ENG_SCC, "SCC", "security controller"},
    {AW_HAB_ENG_RTIC, "RTIC", "run-time integrity checker"},
    {AW_HAB_ENG_SAHARA, "SAHARA", "crypto accelerator SAHARA"},
    {AW_HAB_ENG_CSU, "CSU", "central security unit"},
    {AW_HAB_ENG_SRTC, "SRTC", "secure clock"},
    {AW_HAB_ENG_DCP, "DCP", "data co-processor"},
    {AW_HAB_ENG_CAAM, "CAAM", "cryptographic accelerator"},
    {AW_HAB_ENG_SNVS, "SNVS", "secure non-volatile storage"},
    {AW_HAB_ENG_OCOTP, "OCOTP", "fuse controller"},
    {AW_HAB_ENG_DTCP, "DTCP", "DTCP co-processor"},
    {AW_HAB_ENG_HDCP, "HDCP", "HDCP co-processor"},
    {AW_HAB_ENG_ROM, "ROM", "protected ROM area"},
    {AW_HAB_ENG_RTL, "RTL", "simulation"},
    {AW_HAB_ENG_SW, "SW", "software"},
};

static const struct aw_hab_code configs[] = {
    {0x33, "FIELD_RETURN", "opened for analysis"},
    {0xcc, "CLOSED", "closed: only signed images boot"},
    {0xf0, "OPEN", "open: errors are logged, images boot"},
};

static const struct aw_hab_code states[] = {
    {0x33, "INITIAL", "initial"},
    {0x55, "CHECK", "checking"},
    {0x66, "NONSECURE", "non-secure"},
    {0x99, "TRUSTED", "trusted"},
    {0xaa, "SECURE", "secure"},
    {0xcc, "FAIL_SOFT", "soft fail: a tamper event was seen"},
    {0xf0, "NONE", "no security state machine"},
    {0xff, "FAIL_HARD", "hard fail"},
};

static const struct aw_hab_code *find(const struct aw_hab_code *row, size_t n,
                                      uint8_t code)
{
    static const struct aw_hab_code unknown = {0, "UNKNOWN", "unknown code"};

    for (size_t i = 0; i < n; i++) {
        if (row[i].code == code) {
            return &row[i];
        }
    }
    return &unknown;
}

const struct aw_hab_code *aw_hab_status_row(uint8_t status)
{
    return find(statuses, COUNT(statuses), status);
}

const struct aw_hab_code *aw_hab_reason_row(uint8_t reason)
{
    return find(reasons, COUNT(reasons), reason);
}

const struct aw_hab_code *aw_hab_context_row(uint8_t context)
{
    return find(contexts, COUNT(contexts), context);
}

const struct aw_hab_code *aw_hab_engine_row(uint8_t engine)
{
    return find(engines, COUNT(engines), engine);
}

const struct aw_hab_code *aw_hab_config_row(uint8_t config)
{
    return find(configs, COUNT(configs), config);
}

const struct aw_hab_code *aw_hab_state_row(uint8_t state)
{
    return find(states, COUNT(states), state);
}

aw_err aw_hab_event_parse(aw_bytes bytes, struct aw_hab_event *event,
                          struct aw_diag *diag)
{
    struct aw_hab_event e = {0};
    struct aw_rd r = aw_rd_init(bytes);
    uint8_t tag = aw_rd_u8(&r);
    size_t length = aw_rd_be16(&r);

    e.version = aw_rd_u8(&r);
    e.status = aw_rd_u8(&r);
    e.reason = aw_rd_u8(&r);
    e.context = aw_rd_u8(&r);
    e.engine = aw_rd_u8(&r);
    if (r.failed) {
        return aw_fail(diag, AW_ERR_SHORT, "hab event: header", bytes.n);
    }
    if (tag != AW_HAB_EVENT_TAG) {
        return aw_fail(diag, AW_ERR_FORMAT, "hab event: tag", tag);
    }
    if ((e.version & AW_HAB_MAJOR_MASK) != AW_HAB_MAJOR) {
        return aw_fail(diag, AW_ERR_FORMAT, "hab event: version", e.version);
    }
    if (length != bytes.n) {
        return aw_fail(diag, AW_ERR_FORMAT, "hab event: length", length);
    }
    e.data = aw_rd_rest(&r);
    *event = e;
    return AW_OK;
}

void aw_hab_event_write(const struct aw_hab_event *event, struct aw_wr *w)
{
    AW_BUG_ON(event->data.n > DATA_MAX);
    aw_wr_u8(w, AW_HAB_EVENT_TAG);
    aw_wr_be16(w, (uint16_t)(AW_HAB_EVENT_HEADER + event->data.n));
    aw_wr_u8(w, event->version);
    aw_wr_u8(w, event->status);
    aw_wr_u8(w, event->reason);
    aw_wr_u8(w, event->context);
    aw_wr_u8(w, event->engine);
    aw_wr_put(w, event->data);
}

struct aw_hab_event aw_hab_event_of_word(const uint8_t word[4])
{
    return (struct aw_hab_event){
        .version = AW_HAB_MAJOR,
        .status = word[0],
        .reason = word[1],
        .context = word[2],
        .engine = word[3],
    };
}

bool aw_hab_event_region(const struct aw_hab_event *event, uint32_t *address,
                         uint32_t *length)
{
    struct aw_rd r = aw_rd_init(event->data);

    if ((event->context != AW_HAB_CTX_ASSERT &&
         event->context != AW_HAB_CTX_TARGET) ||
        event->data.n != REGION_DATA) {
        return false;
    }
    (void)aw_rd_be32(&r);
    *address = aw_rd_be32(&r);
    *length = aw_rd_be32(&r);
    return true;
}

static const struct {
    uint8_t tag;
    const char *name;
} records[] = {
    {0x03, "key"},         {0x05, "state"},      {0x06, "algorithm"},
    {0x09, "engine data"}, {0x0a, "bound"},      {0x0c, "event default"},
    {0x0f, "generic"},     {0x11, "init"},       {0x12, "unlock"},
    {0xdb, "event"},       {0xe1, "public key"}, {0xed, "master key"},
};

const char *aw_hab_record_name(uint8_t tag)
{
    for (size_t i = 0; i < COUNT(records); i++) {
        if (records[i].tag == tag) {
            return records[i].name;
        }
    }
    return NULL;
}

aw_err aw_hab_log_next(aw_bytes log, size_t *at, struct aw_hab_record *record,
                       struct aw_diag *diag)
{
    struct aw_hab_record rec = {.at = *at};
    struct aw_rd r = aw_rd_at(log, *at);

    if (r.failed || aw_rd_left(&r) == 0) {
        return AW_ERR_NOT_FOUND;
    }
    rec.tag = aw_rd_u8(&r);
    size_t length = aw_rd_be16(&r);

    rec.par = aw_rd_u8(&r);
    if (!r.failed && rec.tag == 0 && length == 0 && rec.par == 0) {
        return AW_ERR_NOT_FOUND;
    }
    if (r.failed || length < RECORD_HEADER ||
        aw_hab_record_name(rec.tag) == NULL ||
        !aw_slice(log, rec.at, length, &rec.bytes)) {
        return aw_fail(diag, AW_ERR_FORMAT, "hab log: record", rec.at);
    }
    /* The last record may end without padding. */
    size_t end = rec.at + length;
    size_t padded = end + (4 - end % 4) % 4;

    *at = padded < log.n ? padded : log.n;
    *record = rec;
    return AW_OK;
}
