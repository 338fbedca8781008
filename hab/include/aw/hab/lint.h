/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_HAB_LINT_H
#define AW_HAB_LINT_H

#include "aw/hab/rom.h"

/*
 * What is dangerous about a signed image though the ROM's verifier may take
 * it. Append only: programs match on the names.
 *
 *   X(name, text, remedy)
 */
#define AW_HAB_LINT_LIST(X)                                                    \
    X(EXT_KEY_USAGE,                                                           \
      "certificate with extendedKeyUsage: closed parts are reported not to "   \
      "boot",                                                                  \
      "issue the certificate without it")                                      \
    X(CA_LEAF, "CSF or IMG certificate of a certificate authority",            \
      "issue it with CA:FALSE")                                                \
    X(LONG_KEY_USAGE,                                                          \
      "keyUsage longer than two bytes: overflows a buffer in old ROMs",        \
      "issue the certificate with keyUsage digitalSignature")                  \
    X(NO_SIGNING_USAGE, "keyUsage without digitalSignature",                   \
      "issue the certificate with keyUsage digitalSignature")                  \
    X(CRITICAL_EXTENSION, "critical extension that the ROM may not know",      \
      "issue a plain certificate, as aw hab pki does")                         \
    X(KEY_SIZE, "key is not of 2048 bits: not proven to work on these parts",  \
      "use keys of 2048 bits")                                                 \
    X(SHARED_KEY, "CSF and image are signed with the same key",                \
      "use a key for each")                                                    \
    X(ENGINE_DCP,                                                              \
      "DCP engine: fails while the ROM's MMU is on, and the i.MX6UL has "      \
      "none",                                                                  \
      "sign with the software engine, or blow BT_MMU_DISABLE")                 \
    X(ENGINE_CAAM, "CAAM engine: the i.MX6ULL and ULZ have none",              \
      "sign with the software engine")                                         \
    X(ENGINE_BLOCKS,                                                           \
      "blocks that the engine cannot hash: too many, or one before the last "  \
      "is no multiple of 64 bytes",                                            \
      "sign with the software engine, or as one block")                        \
    X(UNCOVERED, "bytes of the image that no signature covers",                \
      "sign the whole image as one block")                                     \
    X(DCD_RANGE, "DCD writes where the ROM does not allow it",                 \
      "keep to clocks, pads, DDR controller, free OCRAM and DDR")              \
    X(DCD_ENDLESS, "DCD waits for a register without a limit",                 \
      "give the wait a count, or make sure that the register changes")         \
    X(UNLOCKS_REVOKE,                                                          \
      "CSF leaves the revocation fuses writable: the software that boots may " \
      "revoke keys",                                                           \
      "sign without it once the revocation is done")                           \
    X(UNLOCKS_RETURN,                                                          \
      "CSF leaves the field return fuse writable: the part can be opened "     \
      "for good",                                                              \
      "never ship such an image")                                              \
    X(PLUGIN, "boot data asks for a plugin: the entry runs before the image",  \
      "set the plugin flag to 0")                                              \
    X(WRONG_FORM,                                                              \
      "the signature is right for the other way of booting: medium and "       \
      "serial download need different forms",                                  \
      "sign again for the way this image is to boot")                          \
    X(OTHER_SRK, "the SRK table is of another hash than the one asked for",    \
      "check which keys the part was fused with")

#define AW_HAB_LINT_ENUM(name, text, remedy) AW_LINT_##name,
enum aw_hab_lint_kind { AW_HAB_LINT_LIST(AW_HAB_LINT_ENUM) AW_LINT_KINDS };
#undef AW_HAB_LINT_ENUM

/* One warning. */
struct aw_hab_lint {
    enum aw_hab_lint_kind kind;
    const char *what; /* "CSF certificate", "image"; static */
    uint32_t address; /* of what it is about; 0: nothing in memory */
    uint32_t length;  /* bytes; 0: unknown */
};

/** "EXT_KEY_USAGE"; what is wrong; what to do. Static texts. */
const char *aw_hab_lint_name(enum aw_hab_lint_kind kind);
const char *aw_hab_lint_text(enum aw_hab_lint_kind kind);
const char *aw_hab_lint_remedy(enum aw_hab_lint_kind kind);

/* Where warnings go. */
struct aw_hab_lint_sink {
    void *ctx;
    void (*put)(void *ctx, const struct aw_hab_lint *lint);
};

/**
 * Looks for what is dangerous.
 *
 * @param in   the image as given to aw_hab_rom_verify
 * @param rom  its verdict
 */
void aw_hab_lint(const struct aw_rom_input *in, const struct aw_rom *rom,
                 const struct aw_hab_lint_sink *sink);

/**
 * Next run of the image that no verified signature covers.
 *
 * @param at   address to look from on
 * @param end  first address behind the image
 * @param gap  untouched when false
 *
 * @return false when there is none
 */
AW_MUST_CHECK bool aw_rom_next_gap(const struct aw_rom *rom, uint32_t at,
                                   uint32_t end, struct aw_csf_block *gap);

#endif
