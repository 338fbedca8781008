/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "aw/emmc.h"
#include "fw/print.h"
#include "fw/slots.h"
#include "fw/wdog.h"

void fault_print(const struct fault *fault)
{
    print("%s: %s at %08" PRIx32 "\n",
          fault->diag.where != NULL ? fault->diag.where : "boot",
          aw_err_name(fault->diag.err), (uint32_t)fault->diag.at);
}

void fault_image(struct fault *fault, aw_err err)
{
    fault->code = PANIC_IMAGE;
    fault->detail = err == AW_ERR_RANGE    ? IMAGE_PLACE
                    : err == AW_ERR_POLICY ? IMAGE_ACCESS
                                           : IMAGE_FORM;
    fault->diag.err = err;
}

/* Reads the image that a usable copy names. Its offset and size were checked
 * against the map. */
static aw_err read_image(struct card *card, const struct aw_bootcfg *config,
                         uint8_t *to, aw_bytes *image, struct aw_diag *diag)
{
    uint32_t size = (uint32_t)config->size;
    uint32_t lba = (uint32_t)(config->offset / AW_EMMC_BLOCK);
    uint32_t blocks = (size + AW_EMMC_BLOCK - 1) / AW_EMMC_BLOCK;
    aw_err err = slots_blocks(card, lba, to, blocks, diag);

    if (err == AW_OK) {
        *image = (aw_bytes){to, size};
        print("image: %u blocks\n", (unsigned)blocks);
    }
    return err;
}

/* Log, signatures, inclusion, digest. */
static aw_err judge_bundle(const struct judging *judging,
                           const struct aw_bootcfg *config, aw_bytes image,
                           struct aw_verdict *verdict, struct aw_diag *diag)
{
    struct aw_wr work = aw_wr_init(judging->work, AW_MANIFEST_WORK);
    struct aw_bundle bundle;
    aw_err err = aw_bundle_from_config(config, &bundle, diag);

    if (err != AW_OK) {
        verdict->step = AW_STEP_INCLUSION;
        return err;
    }
    bundle.has_firmware = true;
    bundle.firmware = image;
    return aw_bundle_verify(&bundle, judging->policy, judging->expect, &work,
                            verdict, diag);
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
static unsigned detail_of(const struct aw_verdict *verdict, aw_err err)
{
    bool log = verdict->step == AW_STEP_CHECKPOINT;

    if (err == AW_ERR_ORIGIN) {
        return EVIDENCE_ORIGIN;
    }
    if (err == AW_ERR_NO_SIG) {
        return log ? EVIDENCE_LOG_KEY : EVIDENCE_UNSIGNED;
    }
    return (err == AW_ERR_POLICY ? AW_STEP_POLICY : verdict->step) + 1U;
}

bool slots_judge(const struct slots *slots, unsigned n,
                 const struct judging *judging, struct aw_verdict *verdict,
                 struct fault *fault)
{
    const struct copy *c = &slots->copy[n - 1];
    const struct aw_emmc_region *slot = NULL;
    aw_bytes image = {NULL, 0};

    if (!c->usable || aw_emmc_check(slots->component, c->config.offset,
                                    c->config.size, &slot) != AW_OK) {
        *fault = c->fault;
        return false;
    }
    aw_err err = read_image(slots->card, &c->config, judging->file, &image,
                            &fault->diag);

    if (err != AW_OK) {
        return fail(fault, PANIC_CARD, CARD_READ, err);
    }
    wdog_service();
    err = judge_bundle(judging, &c->config, image, verdict, &fault->diag);
    wdog_service();
    if (err != AW_OK) {
        return fail(fault, PANIC_EVIDENCE, detail_of(verdict, err), err);
    }
    AW_BUG_ON(!aw_release_sealed(&verdict->release) ||
              !verdict->release.has_firmware);
    return true;
}
