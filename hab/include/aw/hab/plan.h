/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_HAB_PLAN_H
#define AW_HAB_PLAN_H

#include "aw/hab/fuse.h"
#include "aw/otp.h"
#include "aw/sha256.h"
#include "aw/sink.h"

/*
 * Fuse plans: which bits to blow, in which order, so that a device reaches a
 * target from any point at which it was interrupted, or is left alone. A plan
 * is a pure function of the part, the unit, the target and the words as they
 * are: written down (docs/formats/fuse-plan.md) it is hashed, and reading it
 * makes it anew and compares.
 *
 * The target hab-closed, on i.MX6UL, 6ULL and 6ULZ: SRK hash, a boot of the
 * signed images with an empty HAB log, SRK lock, hardening, SEC_CONFIG. In
 * this order an interrupted part is either still open or finished.
 */
enum {
    AW_PLAN_SETS_MAX = 16,
    AW_PLAN_WORDS_MAX = 64,
    AW_PLAN_STEPS_MAX = AW_PLAN_WORDS_MAX + 8,
    AW_PLAN_TEXT_MAX = 16 << 10, /* bytes */
    AW_PLAN_UNIT_SIZE = 8,
    AW_PLAN_SRK_SIZE = 32
};

enum aw_plan_target {
    AW_PLAN_HAB_CLOSED, /* only signed images start */
    AW_PLAN_SET         /* single fuses get values */
};

/* Where a part stands on the way to hab-closed. */
enum aw_plan_state {
    AW_PLAN_S0, /* no SRK hash */
    AW_PLAN_S1, /* a part of the hash */
    AW_PLAN_S2, /* whole hash, not locked: must boot without HAB events */
    AW_PLAN_S3, /* locked, not hardened */
    AW_PLAN_S4, /* hardened, open */
    AW_PLAN_S5, /* closed */
    AW_PLAN_SX  /* nothing leads from here to the target */
};

/* Why a plan cannot be made or cannot go on. */
enum aw_plan_why {
    AW_PLAN_FINE,
    AW_PLAN_READ_LOCKED,      /* a word cannot be read */
    AW_PLAN_LOCKED,           /* a word is locked and incomplete */
    AW_PLAN_FOREIGN,          /* a bit is set that must not be */
    AW_PLAN_VANISHED,         /* a bit is gone that was set */
    AW_PLAN_FAB,              /* SEC_CONFIG is 0: no part for the field */
    AW_PLAN_FIELD_RETURN,     /* the part is marked for return */
    AW_PLAN_REVOKED,          /* an SRK of an open part is revoked */
    AW_PLAN_SDP_DISABLED,     /* an open part without serial download */
    AW_PLAN_OTHER_HASH,       /* closed, and not with this hash */
    AW_PLAN_CONFLICT,         /* two values for one bit */
    AW_PLAN_CLOSES,           /* SEC_CONFIG is for hab-closed alone */
    AW_PLAN_NO_UNIT,          /* the unique id is empty */
    AW_PLAN_OTHER_UNIT,       /* another device */
    AW_PLAN_OTHER_GOAL,       /* the plan belongs to another history */
    AW_PLAN_READ_ONLY,        /* this memory cannot be programmed */
    AW_PLAN_NEEDS_BOOT,       /* power-cycle, boot the signed image */
    AW_PLAN_HAB_UNKNOWN,      /* no HAB log of the image's boot */
    AW_PLAN_HAB_EVENTS,       /* the HAB log of the image has events */
    AW_PLAN_RECOVERY_UNKNOWN, /* no HAB log of recovery's boot */
    AW_PLAN_RECOVERY_EVENTS,  /* the HAB log of recovery has events */
    AW_PLAN_REFUSED,          /* the controller refused to program */
    AW_PLAN_NOT_TAKEN,        /* bits were programmed and did not take */
    AW_PLAN_CHANGED           /* another bit changed */
};

/* A value for a fuse. */
struct aw_plan_set {
    struct aw_fuse fuse;              /* name borrowed */
    uint8_t value[AW_FUSE_BYTES_MAX]; /* big-endian, aw_fuse_bytes() of it */
};

/* A word that the plan looks at. */
struct aw_plan_word {
    uint8_t bank;
    uint8_t word;
    uint32_t start; /* as read when the plan was made */
    uint32_t lock;  /* bits of bank 0 word 0 of which any locks this word */
    uint32_t bits;  /* what the plan adds */
};

enum aw_plan_kind {
    AW_PLAN_PROGRAM, /* set bits of a word, read all back */
    AW_PLAN_BOOT,    /* the signed images must have started, see aw/otp.h */
    AW_PLAN_VERIFY   /* all bits but those of the last step read back */
};

struct aw_plan_step {
    enum aw_plan_kind kind;
    uint8_t bank; /* AW_PLAN_PROGRAM alone */
    uint8_t word;
    uint32_t bits;
};

/* Plain values; may be copied. */
struct aw_plan {
    enum aw_plan_target target;
    aw_bytes part;                      /* "IMX6UL"; borrowed */
    uint8_t unit[AW_PLAN_UNIT_SIZE];    /* unique id: the device's serial */
    uint8_t srk_hash[AW_PLAN_SRK_SIZE]; /* AW_PLAN_HAB_CLOSED alone */
    size_t n_sets;
    struct aw_plan_set sets[AW_PLAN_SETS_MAX];
    size_t n_words;
    struct aw_plan_word words[AW_PLAN_WORDS_MAX];
    size_t n_steps; /* 0: the target is reached */
    struct aw_plan_step steps[AW_PLAN_STEPS_MAX];
};

/* How far it went, and at which word it ended. */
struct aw_plan_result {
    enum aw_plan_why why;
    uint8_t bank; /* of the word that stands in the way */
    uint8_t word;
    uint32_t expected; /* bits of it, as `why` says; may be 0 */
    uint32_t got;
    size_t writes; /* words programmed */
};

/**
 * Starts a plan: sets target, part and hash, and the words to look at.
 *
 * @param part  borrowed for the life of the plan
 * @param hash  SHA-256 of the SRK table, in the order of its file
 *
 * @param plan  untouched on failure
 *
 * @return AW_OK; AW_ERR_PRECONDITION when the hash is all zeros or holds a
 *         word that reads as locked; AW_ERR_UNSUPPORTED for a part other than
 *         IMX6UL, IMX6ULL and IMX6ULZ.
 */
AW_MUST_CHECK aw_err aw_plan_begin_closed(aw_bytes part,
                                          const uint8_t hash[AW_PLAN_SRK_SIZE],
                                          struct aw_plan *plan);

/**
 * Starts a plan for single fuses.
 *
 * @param part  borrowed for the life of the plan
 * @param plan  untouched on failure
 *
 * @return AW_OK; AW_ERR_UNSUPPORTED for a part other than those above.
 */
AW_MUST_CHECK aw_err aw_plan_begin_set(aw_bytes part, struct aw_plan *plan);

/**
 * Adds a value for a fuse.
 *
 * @param plan   from aw_plan_begin_set; untouched on failure
 * @param map    map of the plan's part, for the locks
 * @param fuse   name borrowed for the life of the plan
 * @param value  big-endian, exactly aw_fuse_bytes() of it
 *
 * @return AW_OK; AW_ERR_FORMAT for a wrong size of the value; AW_ERR_RANGE
 *         when it needs more bits; AW_ERR_SPACE for too many fuses or words;
 *         AW_ERR_TYPE for the map of another part.
 */
AW_MUST_CHECK aw_err aw_plan_add(struct aw_plan *plan,
                                 const struct aw_fusemap *map,
                                 const struct aw_fuse *fuse, aw_bytes value);

/**
 * Reads unit and words from a device, and works out the steps.
 *
 * @param plan    begun; on failure its words and steps mean nothing
 * @param result  set on refusal
 * @param diag    may be NULL
 *
 * @return AW_OK, also when there is nothing to do; AW_ERR_PRECONDITION with
 *         the reason in result; errors of the device.
 */
AW_MUST_CHECK aw_err aw_plan_make(struct aw_plan *plan,
                                  const struct aw_otp *otp,
                                  struct aw_plan_result *result,
                                  struct aw_diag *diag);

/** State of the words as the plan found them; AW_PLAN_SX for AW_PLAN_SET. */
enum aw_plan_state aw_plan_state(const struct aw_plan *plan);

/** "S0" to "S5", "SX", and what it means; static texts. */
const char *aw_plan_state_name(enum aw_plan_state state);
const char *aw_plan_state_text(enum aw_plan_state state);

/** What stands in the way, an English fragment; static text. */
const char *aw_plan_why_text(enum aw_plan_why why);

/** Names of the fuses that a step sets, separated by commas. */
void aw_plan_step_names(const struct aw_plan *plan,
                        const struct aw_plan_step *step,
                        const struct aw_sink *out);

/** The serial of the plan's unit: 16 upper-case hex digits. */
void aw_plan_serial(const struct aw_plan *plan, struct aw_wr *w);

/** Hash of the plan's text, which stands in its last line. */
void aw_plan_hash(const struct aw_plan *plan, uint8_t hash[AW_SHA256_SIZE]);

/** Writes the plan in the format of docs/formats/fuse-plan.md. */
void aw_plan_write(const struct aw_plan *plan, const struct aw_sink *out);

/**
 * Reads a plan, makes it anew from what it says of part, unit, target and
 * words, and compares: a plan that we would not have made is refused.
 *
 * @param text  whole file, untrusted; must outlive the plan
 * @param plan  untouched on failure
 * @param diag  may be NULL; `at` is a line number
 *
 * @return AW_OK; AW_ERR_FORMAT for a line of another form; AW_ERR_RANGE for a
 *         number out of range; AW_ERR_SPACE for a text longer than
 *         AW_PLAN_TEXT_MAX or too many entries; AW_ERR_DIGEST when the steps
 *         or the hash are not those that follow; AW_ERR_PRECONDITION when
 *         nothing leads from these words to the target.
 */
AW_MUST_CHECK aw_err aw_plan_parse(aw_bytes text, struct aw_plan *plan,
                                   struct aw_diag *diag);

/* Proofs that aw_plan_apply does not ask for. */
enum aw_plan_skip {
    AW_PLAN_SKIP_NOTHING = 0,
    AW_PLAN_SKIP_RECOVERY = 1 /* the boot of recovery */
};

/**
 * Brings a device from where it stands to the goal of the plan. Before the
 * first write it checks unit, words and locks: bits that the plan found must
 * be there, others than the plan adds must not. The steps that are left follow
 * from the words alone, so it does not matter where an earlier run ended.
 * Each word is read back, with all others, before the next is programmed.
 *
 * @param skip    of enum aw_plan_skip
 * @param result  always set
 * @param diag    may be NULL
 *
 * @return AW_OK: all words are exactly at the goal. AW_ERR_PRECONDITION:
 *         refused, with the reason in result; with AW_PLAN_NEEDS_BOOT to
 *         AW_PLAN_RECOVERY_EVENTS after the writes that come before the boot.
 *         AW_ERR_IO with AW_PLAN_NOT_TAKEN; AW_ERR_CONTENT with
 *         AW_PLAN_CHANGED; other errors of the device. After these the
 *         device stands somewhere on the way; applying again resumes.
 */
AW_MUST_CHECK aw_err aw_plan_apply(const struct aw_plan *plan,
                                   const struct aw_otp *otp, unsigned skip,
                                   struct aw_plan_result *result,
                                   struct aw_diag *diag);

#endif
