/* SPDX-License-Identifier: Apache-2.0 */
#include "os/release/update.h"

#include <string.h>

#include "aw/emmc.h"
#include "fw/dma.h"
#include "fw/led.h"
#include "fw/load.h"
#include "fw/print.h"
#include "fw/time.h"
#include "fw/wdog.h"
#include "os/applet/program.h"

/* Memory outside the image: what came, and work to judge it. */
#define UPDATE_FILE UINT32_C(0x86000000) /* UPDATE_FILE_MAX bytes */
#define UPDATE_WORK UINT32_C(0x81e00000) /* AW_MANIFEST_WORK bytes */
#define OS_WINDOW   UINT32_C(0x80000000)
enum {
    OS_WINDOW_SIZE = 0x10000000,
    CHUNK = 128, /* blocks: a configuration is one command */
    VERSION_MAX = 28,
    VERSIONS = 4,         /* as many as there are configuration copies */
    HOST_IDLE_MS = 60000, /* a host that has sent nothing for so long is gone */
    BLINK_MS = 100,
    CONFIG_BLOCKS = AW_BOOTCFG_MAX / AW_EMMC_BLOCK
};

static struct {
    bool begun;
    enum update_by by;
    uint64_t at; /* of the last part */
    enum aw_component component;
    uint32_t n; /* bytes of the file */
    struct aw_bootcfg config;
} update;

static struct aw_policy trusted;
static struct aw_verdict verdict;
static uint8_t evidence[AW_BOOTCFG_MAX];
static DMA_ALIGNED uint8_t record[AW_BOOTCFG_MAX];
static DMA_ALIGNED uint8_t back[CHUNK * AW_EMMC_BLOCK];

static struct slots *slots_of(struct os *os)
{
    return update.component == AW_TRUSTED_OS ? &os->installed.os
                                             : &os->installed.applet;
}

static bool host_sends(void)
{
    return update.begun && update.by == UPDATE_BY_HOST &&
           time_now() - update.at < (uint64_t)HOST_IDLE_MS * TIME_PER_MS;
}

bool update_begun(enum update_by by)
{
    return update.begun && update.by == by;
}

aw_err update_begin(struct os *os, enum update_by by,
                    enum aw_component component, aw_bytes bytes,
                    struct aw_diag *diag)
{
    struct aw_bootcfg config;

    if (by == UPDATE_BY_APPLET && host_sends()) {
        return aw_fail(diag, AW_ERR_PRECONDITION, "update: the host's", 0);
    }
    update.begun = false;
    if (!os->installed.known || os->reboot_at != 0 ||
        installed_on_trial(os, component)) {
        return aw_fail(diag, AW_ERR_PRECONDITION, "update: not now", 0);
    }
    if (bytes.n > sizeof(evidence)) {
        return aw_fail(diag, AW_ERR_SPACE, "update: evidence", bytes.n);
    }
    if (bytes.n > 0) {
        memcpy(evidence, bytes.p, bytes.n);
    }
    aw_err err = aw_bootcfg_parse((aw_bytes){evidence, bytes.n}, &config, diag);

    if (err == AW_OK) {
        update.begun = true;
        update.by = by;
        update.at = time_now();
        update.component = component;
        update.n = 0;
        update.config = config;
    }
    return err;
}

static aw_err check_begun(enum update_by by, enum aw_component component,
                          struct aw_diag *diag)
{
    return update_begun(by) && update.component == component
               ? AW_OK
               : aw_fail(diag, AW_ERR_PRECONDITION, "update: not begun", 0);
}

aw_err update_part(enum update_by by, enum aw_component component,
                   aw_bytes bytes, struct aw_diag *diag)
{
    aw_err err = check_begun(by, component, diag);

    if (err != AW_OK || bytes.n == 0) {
        return err;
    }
    if (bytes.n > UPDATE_FILE_MAX - update.n) {
        update.begun = false;
        return aw_fail(diag, AW_ERR_SPACE, "update: file", bytes.n);
    }
    memcpy((uint8_t *)dma_pointer(UPDATE_FILE) + update.n, bytes.p, bytes.n);
    update.n += (uint32_t)bytes.n;
    update.at = time_now();
    return AW_OK;
}

/* Not older than what runs, than the record, or too long for that. */
static aw_err check_version(const struct os *os, struct aw_diag *diag)
{
    const struct installed *in = &os->installed;
    const struct aw_semver *version = &verdict.release.version;
    char text[VERSION_MAX];
    struct aw_wr w = aw_wr_init(text, sizeof(text));
    bool older = update.component == AW_TRUSTED_OS
                     ? aw_semver_compare(version, &in->os_version) < 0
                     : in->applet_copy != 0 &&
                           aw_semver_compare(version, &in->applet_version) < 0;

    aw_semver_write(version, &w);
    if (w.failed) {
        return aw_fail(diag, AW_ERR_SPACE, "update: version", 0);
    }
    aw_err err = older
                     ? AW_ERR_ROLLBACK
                     : rollback_check(&os->rollback, update.component, version);

    return err == AW_OK ? err
                        : aw_fail(diag, err, "update: version", version->major);
}

/* Would it start? */
static aw_err check_program(aw_bytes elf, struct aw_diag *diag)
{
    static const struct load_window window = {OS_WINDOW, OS_WINDOW_SIZE};
    struct load_plan plan;
    struct program program;

    return update.component == AW_TRUSTED_OS
               ? load_check(elf, &window, &plan, diag)
               : program_check(elf, &program, diag);
}

/* Log, signatures, inclusion; the digest where the image is there. */
static aw_err judge_evidence(const struct aw_bootcfg *config,
                             enum aw_component component, aw_bytes image,
                             struct aw_diag *diag)
{
    const struct aw_expect expect = {.component = component};
    struct aw_wr work = aw_wr_init(dma_pointer(UPDATE_WORK), AW_MANIFEST_WORK);
    struct aw_bundle bundle;
    aw_err err = trust_load_applet(&trusted, diag);

    if (err == AW_OK) {
        err = aw_bundle_from_config(config, &bundle, diag);
    }
    if (err != AW_OK) {
        return err;
    }
    bundle.has_firmware = image.n > 0;
    bundle.firmware = image;
    err = aw_bundle_verify(&bundle, &trusted, &expect, &work, &verdict, diag);
    wdog_service();
    return err;
}

static aw_err judge(const struct os *os, struct aw_diag *diag)
{
    const aw_bytes file = {dma_pointer(UPDATE_FILE), update.n};
    aw_err err = file.n > 0 ? judge_evidence(&update.config, update.component,
                                             file, diag)
                            : aw_fail(diag, AW_ERR_SHORT, "update: file", 0);

    if (err == AW_OK) {
        err = check_version(os, diag);
    }
    return err == AW_OK ? check_program(verdict.release.firmware, diag) : err;
}

/* Signatures take a while, and a host asks often. */
const char *update_version(const struct copy *copy, enum aw_component component)
{
    static struct {
        uint8_t config[AW_SHA256_SIZE];
        char text[VERSION_MAX + 1];
    } seen[VERSIONS];
    static unsigned next;
    unsigned i = 0;

    while (i < VERSIONS &&
           memcmp(seen[i].config, copy->digest, sizeof(seen[i].config)) != 0) {
        i++;
    }
    if (i == VERSIONS) {
        i = next;
        next = (next + 1) % VERSIONS;
        memcpy(seen[i].config, copy->digest, sizeof(seen[i].config));
        memset(seen[i].text, 0, sizeof(seen[i].text));
        if (judge_evidence(&copy->config, component, (aw_bytes){NULL, 0},
                           NULL) == AW_OK) {
            struct aw_wr w = aw_wr_init(seen[i].text, VERSION_MAX);

            aw_semver_write(&verdict.release.version, &w);
        }
    }
    return seen[i].text;
}

/* White at 5 Hz. */
static void blink(void)
{
    led_set(LED_WHITE,
            time_now() / ((uint64_t)BLINK_MS * TIME_PER_MS) % 2 == 0);
    wdog_service();
}

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* Writes blocks, waits until they are kept, reads them back.
 * AW_ERR_DIGEST: they came back as others. */
static aw_err put(struct card *card, uint32_t lba, const uint8_t *from,
                  uint32_t blocks, struct aw_diag *diag)
{
    aw_err err = AW_OK;

    for (uint32_t at = 0; at < blocks && err == AW_OK; at += CHUNK) {
        err = card_write(card, lba + at, from + (size_t)at * AW_EMMC_BLOCK,
                         least(CHUNK, blocks - at), diag);
        blink();
    }
    if (err == AW_OK) {
        err = card_flush(card, diag);
    }
    for (uint32_t at = 0; at < blocks && err == AW_OK; at += CHUNK) {
        uint32_t n = least(CHUNK, blocks - at);

        err = slots_blocks(card, lba + at, back, n, diag);
        if (err == AW_OK && memcmp(back, from + (size_t)at * AW_EMMC_BLOCK,
                                   (size_t)n * AW_EMMC_BLOCK) != 0) {
            err = aw_fail(diag, AW_ERR_DIGEST, "update: read back", lba + at);
        }
        blink();
    }
    return err;
}

/* One command a copy, the last one being what makes the update. */
static aw_err put_config(struct os *os, unsigned copy, const uint8_t *bytes,
                         struct aw_diag *diag)
{
    const struct aw_emmc_region *r =
        aw_emmc_find(AW_EMMC_CONFIG, update.component, copy);

    return put(os->card, (uint32_t)r->first, bytes, CONFIG_BLOCKS, diag);
}

/* The slot that does not hold what runs. */
static const struct aw_emmc_region *free_slot(const struct os *os)
{
    const struct installed *in = &os->installed;
    bool is_os = update.component == AW_TRUSTED_OS;
    unsigned slot = is_os ? in->os_slot : in->applet_slot;

    /* Without an applet that runs, the one that copy 1 does not name. */
    if (!is_os && in->applet_copy == 0) {
        slot = in->applet.copy[0].usable ? in->applet.copy[0].slot : 1;
    }
    return aw_emmc_find(AW_EMMC_SLOT, update.component, 1 - slot);
}

static aw_err make_record(const struct aw_emmc_region *slot)
{
    struct aw_wr w = aw_wr_init(record, sizeof(record));
    struct aw_bootcfg config = update.config;

    memset(record, 0, sizeof(record));
    config.offset = (int64_t)aw_emmc_offset(slot);
    config.size = (int64_t)update.n;
    return aw_bootcfg_write(&config, &w);
}

/* The copy that runs stays whole somewhere at every moment: image, then copy 2
 * where copy 1 is what runs, then copy 1. */
static aw_err install(struct os *os, struct aw_diag *diag)
{
    const struct aw_emmc_region *slot = free_slot(os);
    struct slots *slots = slots_of(os);
    uint32_t blocks = (update.n + AW_EMMC_BLOCK - 1) / AW_EMMC_BLOCK;
    unsigned running = update.component == AW_TRUSTED_OS
                           ? os->installed.os_copy
                           : os->installed.applet_copy;
    uint8_t *file = dma_pointer(UPDATE_FILE);
    aw_err err = blocks <= slot->blocks ? make_record(slot) : AW_ERR_SPACE;

    if (err != AW_OK) {
        return aw_fail(diag, err, "update: slot", update.n);
    }
    memset(file + update.n, 0, (size_t)blocks * AW_EMMC_BLOCK - update.n);
    err = put(os->card, (uint32_t)slot->first, file, blocks, diag);
    if (err == AW_OK && running == 1 && slots->copy[0].usable) {
        err = put_config(os, 1, slots->records, diag);
    }
    return err == AW_OK ? put_config(os, 0, record, diag) : err;
}

aw_err update_end(struct os *os, enum update_by by, enum aw_component component,
                  struct aw_diag *diag)
{
    aw_err err = check_begun(by, component, diag);

    if (err != AW_OK) {
        return err;
    }
    update.begun = false;
    err = judge(os, diag);
    if (err == AW_OK) {
        print("update: %s\n", aw_component_name(component));
        err = install(os, diag);
    }
    if (err == AW_OK) {
        print("update: done\n");
        os_reboot_soon(os);
    }
    return err;
}
