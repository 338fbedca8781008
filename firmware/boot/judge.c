/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/emmc.h"
#include "boot.h"
#include "fw/dma.h"
#include "fw/print.h"
#include "fw/time.h"
#include "fw/wdog.h"

static struct aw_verdict verdict;

/* Reads the image that a usable copy names. Its offset and size were checked
 * against the map. */
static aw_err read_image(struct boot *boot, const struct aw_bootcfg *config,
                         aw_bytes *image, struct aw_diag *diag)
{
    uint8_t *to = dma_pointer(BOOT_FILE);
    uint32_t size = (uint32_t)config->size;
    uint32_t lba = (uint32_t)(config->offset / AW_EMMC_BLOCK);
    uint32_t blocks = (size + AW_EMMC_BLOCK - 1) / AW_EMMC_BLOCK;
    aw_err err = medium_read(&boot->card, lba, to, blocks, diag);

    if (err == AW_OK) {
        *image = (aw_bytes){to, size};
        print("image: %u blocks\n", (unsigned)blocks);
    }
    return err;
}

/* Log, signatures, inclusion, digest. */
static aw_err judge_bundle(struct boot *boot, const struct aw_bootcfg *config,
                           aw_bytes image, struct aw_diag *diag)
{
    const struct aw_expect expect = {.component = AW_TRUSTED_OS};
    struct aw_wr work = aw_wr_init(dma_pointer(BOOT_WORK), AW_MANIFEST_WORK);
    struct aw_bundle bundle;
    aw_err err = aw_bundle_from_config(config, &bundle, diag);

    if (err != AW_OK) {
        verdict.step = AW_STEP_INCLUSION;
        return err;
    }
    bundle.has_firmware = true;
    bundle.firmware = image;
    return aw_bundle_verify(&bundle, &boot->policy, &expect, &work, &verdict,
                            diag);
}

static bool fail(struct fault *fault, enum panic_code code, unsigned detail,
                 aw_err err)
{
    fault->code = code;
    fault->detail = detail;
    fault->diag.err = err;
    return false;
}

/* Whom a manifest is of shows in who signed it, too. */
static unsigned detail_of(aw_err err)
{
    return (err == AW_ERR_POLICY ? AW_STEP_POLICY : verdict.step) + 1U;
}

bool judge(struct boot *boot, unsigned n, struct start *start,
           struct fault *fault)
{
    static const struct load_window window = {OS_WINDOW, OS_WINDOW_SIZE};
    const struct copy *c = &boot->copy[n - 1];
    const struct aw_emmc_region *slot = NULL;
    aw_bytes image = {NULL, 0};

    if (!c->usable || aw_emmc_check(AW_TRUSTED_OS, c->config.offset,
                                    c->config.size, &slot) != AW_OK) {
        *fault = c->fault;
        return false;
    }
    aw_err err = read_image(boot, &c->config, &image, &fault->diag);

    if (err != AW_OK) {
        return fail(fault, PANIC_CARD, CARD_READ, err);
    }
    wdog_service();
    err = judge_bundle(boot, &c->config, image, &fault->diag);
    wdog_service();
    if (err != AW_OK) {
        return fail(fault, PANIC_EVIDENCE, detail_of(err), err);
    }
    const struct aw_release *release = &verdict.release;

    AW_BUG_ON(!aw_release_sealed(release) || !release->has_firmware);
    if (!rollback_check(boot, release, fault)) {
        return false;
    }
    err = load_check(release->firmware, &window, &start->plan, &fault->diag);
    if (err != AW_OK) {
        return fail(fault, PANIC_IMAGE, 0, err);
    }
    start->copy = n;
    start->slot = (uint8_t)slot->copy;
    return true;
}
