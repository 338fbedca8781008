/* SPDX-License-Identifier: Apache-2.0 */
#include "os/activate.h"

#include <inttypes.h>
#include <string.h>

#include "aw/hab/event.h"
#include "aw/hab/plan.h"
#include "aw/text.h"
#include "fw/ocotp.h"
#include "fw/policy.h"
#include "fw/print.h"
#include "fw/soc.h"
#include "os/self.h"
#include "os/text.h"

enum {
    HASH_DIGITS = 2 * AW_PLAN_SRK_SIZE,
    LOG_HEAD = 0x0c, /* record that begins HAB's log */
    COLD = 1         /* SRC_SRSR: power came, and nothing else since */
};

/* As upstream's host shows it. */
static const char reboot[] = "SRK hash fused, reboot, check, repeat";

void activation_init(struct activation *a, struct os *os)
{
    memset(a, 0, sizeof(*a));
    a->os = os;
}

static bool is_cold(const struct activation *a)
{
    const struct os *os = a->os;

    return os->told && os->handover.reset == COLD && !a->wrote;
}

/* Records of a log: AW_ERR_NOT_FOUND when it was read to its end. */
static aw_err count_events(aw_bytes log, size_t *events)
{
    struct aw_hab_record record;
    size_t at = 0;
    aw_err err = aw_hab_log_next(log, &at, &record, NULL);

    *events = 0;
    if (err == AW_OK && record.tag != LOG_HEAD) {
        return AW_ERR_FORMAT;
    }
    while (err == AW_OK) {
        *events += record.tag == AW_HAB_EVENT_TAG ? 1 : 0;
        err = aw_hab_log_next(log, &at, &record, NULL);
    }
    return err;
}

/* What HAB logged when the bootloader was started. Its verdict comes from the
 * ROM itself, so that the log need not prove that the ROM has judged. */
static enum aw_otp_hab image_log(const struct os *os)
{
    const struct hab_report *hab = &os->handover.hab;
    size_t events = 0;

    if (!os->told || !hab->present ||
        count_events((aw_bytes){hab->log, sizeof(hab->log)}, &events) !=
            AW_ERR_NOT_FOUND) {
        return AW_OTP_HAB_UNKNOWN;
    }
    return events == 0 && hab->status == AW_HAB_SUCCESS ? AW_OTP_HAB_CLEAN
                                                        : AW_OTP_HAB_EVENTS;
}

/* The seam that plans take: the driver, and what is known of the boot. Of
 * recovery's the host has to know. */
static aw_err program(void *ctx, unsigned bank, unsigned word, uint32_t bits,
                      struct aw_diag *diag)
{
    struct activation *a = ctx;

    a->wrote = true;
    print("hab: fuse %u/%u bits %08" PRIx32 "\n", bank, word, bits);
    return ocotp_program(bank, word, bits, diag);
}

static aw_err boot(void *ctx, struct aw_otp_boot *said, struct aw_diag *diag)
{
    const struct activation *a = ctx;

    (void)diag;
    said->cold = is_cold(a);
    said->image = image_log(a->os);
    said->recovery = AW_OTP_HAB_UNKNOWN;
    return AW_OK;
}

static struct aw_otp device(struct activation *a)
{
    struct aw_otp otp = ocotp_seam();

    otp.ctx = a;
    otp.program = program;
    otp.boot = boot;
    return otp;
}

/* The compiled-in hash; false unless it is 64 hex digits, not all 0. */
static bool read_hash(uint8_t hash[AW_PLAN_SRK_SIZE])
{
    aw_bytes text = aw_text(policy.srk_hash);
    struct aw_wr w = aw_wr_init(hash, AW_PLAN_SRK_SIZE);
    uint8_t any = 0;

    if (text.n != HASH_DIGITS || aw_hex_decode(text, &w) != AW_OK) {
        return false;
    }
    for (size_t i = 0; i < AW_PLAN_SRK_SIZE; i++) {
        any |= hash[i];
    }
    return any != 0;
}

const char *activation_arm(struct activation *a, const char *serial,
                           const char *srk_hash)
{
    char own[SELF_SERIAL];
    const char *why = NULL;

    self_serial(own);
    if (strcmp(serial, own) != 0) {
        why = "armed for another device";
    } else if (policy.srk_hash[0] == '\0' ||
               strcmp(srk_hash, policy.srk_hash) != 0) {
        why = "armed for another SRK hash";
    }
    a->armed = why == NULL;
    a->misarmed = why != NULL;
    return why;
}

/* What has to hold before anything is read of the plan. */
static const char *refusal(const struct activation *a,
                           uint8_t hash[AW_PLAN_SRK_SIZE])
{
    if (a->misarmed) {
        return "armed for another device or SRK hash";
    }
    if (snvs_key_usable()) {
        return "HAB already enabled";
    }
    if (!read_hash(hash)) {
        return "invalid SRK hash";
    }
    if (!snvs_otpmk_good()) {
        return "the part's own key is damaged";
    }
    return NULL;
}

static const char *answer(aw_err err, const struct aw_plan_result *result)
{
    print("hab: %s, %s at %u/%u, %u words programmed\n", aw_err_name(err),
          aw_plan_why_text(result->why), (unsigned)result->bank,
          (unsigned)result->word, (unsigned)result->writes);
    if (err == AW_OK) {
        return NULL;
    }
    if (result->why == AW_PLAN_NEEDS_BOOT) {
        return reboot;
    }
    return result->why == AW_PLAN_FINE ? aw_err_text(err)
                                       : aw_plan_why_text(result->why);
}

const char *activation_run(struct activation *a)
{
    /* Large, and never two at a time. */
    static struct aw_plan plan;
    const struct aw_otp otp = device(a);
    struct aw_plan_result result = {.why = AW_PLAN_FINE};
    struct aw_diag diag = {.err = AW_OK};
    uint8_t hash[AW_PLAN_SRK_SIZE];
    const char *why = refusal(a, hash);

    a->armed = false;
    if (why != NULL) {
        print("hab: refused, %s\n", why);
        return why;
    }
    aw_err err = aw_plan_begin_closed(aw_text(self_part()), hash, &plan);

    if (err == AW_OK) {
        err = aw_plan_make(&plan, &otp, &result, &diag);
    }
    if (err == AW_OK) {
        err = aw_plan_apply(&plan, &otp, AW_PLAN_SKIP_RECOVERY, &result, &diag);
    }
    return answer(err, &result);
}

static void put_state(struct activation *a, char *to, size_t size)
{
    static struct aw_plan plan;
    const struct aw_otp otp = device(a);
    struct aw_plan_result result;
    uint8_t hash[AW_PLAN_SRK_SIZE];

    if (read_hash(hash) &&
        aw_plan_begin_closed(aw_text(self_part()), hash, &plan) == AW_OK) {
        enum aw_plan_state state =
            aw_plan_make(&plan, &otp, &result, NULL) == AW_OK
                ? aw_plan_state(&plan)
                : AW_PLAN_SX;

        text_put(to, size, aw_plan_state_name(state));
    }
}

/* Up to the last byte that is not zero. */
static size_t used(const uint8_t *log, size_t n)
{
    while (n > 0 && log[n - 1] == 0) {
        n--;
    }
    return n;
}

void activation_describe(struct activation *a, struct aw_ctl_secure_boot *to)
{
    const struct hab_report *hab = &a->os->handover.hab;

    memset(to, 0, sizeof(*to));
    to->closed = soc_closed();
    to->keys_usable = snvs_key_usable();
    to->cold = is_cold(a);
    to->armed = a->armed;
    put_state(a, to->plan, sizeof(to->plan));
    to->reported = a->os->told && hab->present;
    if (to->reported) {
        to->status = hab->status;
        to->config = hab->config;
        to->state = hab->state;
        to->log_n = used(hab->log, sizeof(hab->log));
        memcpy(to->log, hab->log, to->log_n);
    }
}
