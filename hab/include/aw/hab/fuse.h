/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_HAB_FUSE_H
#define AW_HAB_FUSE_H

#include "aw/bytes.h"

/*
 * Fuses of a system on chip by name, and their values as words. One-time
 * programmable memory is words in banks; a register is one word with a name, a
 * fuse is a run of bits that begins in a register and may go on through the
 * words that follow. Sources: IMX6ULRM and IMX6ULLRM, chapters "Fusemap" and
 * "OCOTP"; the file format is docs/formats/fuse-map.md.
 */
enum {
    AW_FUSE_BITS_MAX = 512,
    AW_FUSE_BYTES_MAX = AW_FUSE_BITS_MAX / 8,
    /* Words of the longest fuse; with words of 8 bits there are more. */
    AW_FUSE_WORDS_MAX = AW_FUSE_BYTES_MAX + 1,
    AW_FUSE_NAME_MAX = 64, /* bytes of a name */
    AW_FUSE_REGISTERS_MAX = 256,
    AW_FUSES_MAX = 1024,
    AW_FUSE_GAPS_MAX = 8,
    AW_FUSE_LOCKS_MAX = 2,      /* locks of one word */
    AW_FUSEMAP_MAX = 128 << 10, /* bytes of a map's text */
    AW_FUSE_NONE = 0xffff       /* no index */
};

/* How the words are reached through Linux; fixes the size of a word. */
enum aw_fuse_driver {
    AW_FUSE_OCOTP, /* nvmem-imx-ocotp: words of 32 bits */
    AW_FUSE_IIM    /* nvmem-imx-iim: words of 8 bits, reading only */
};

/* One word with a name. */
struct aw_fuse_register {
    aw_bytes name; /* borrowed from the map's text */
    uint8_t bank;
    uint8_t word; /* in its bank */
    /* Fuses that lock this word; AW_FUSE_NONE where there is none. */
    uint16_t lock[AW_FUSE_LOCKS_MAX];
};

/* One fuse. Bit 0 of its value is bit `offset` of its first word. */
struct aw_fuse {
    aw_bytes name; /* borrowed from the map's text */
    uint8_t bank;
    uint8_t word;
    uint8_t offset; /* bits, below the size of a word */
    uint16_t len;   /* bits, 1 to AW_FUSE_BITS_MAX */
    bool board;     /* meaning given by a board, not by the chip */
};

/* From this word on, addresses of the NVMEM device are larger than the number
 * of the word says, because the driver does not know of a hole between the
 * shadow registers. */
struct aw_fuse_gap {
    uint16_t from;  /* number of a word: bank times words of a bank + word */
    uint16_t bytes; /* of the NVMEM device */
    bool read;
    bool write;
};

/* All fuses of a part. */
struct aw_fusemap {
    aw_bytes part;      /* "IMX6UL"; borrowed from the text */
    aw_bytes reference; /* revision of the manual; borrowed from the text */
    bool overlay;       /* adds to the map of a part, is none of its own */
    enum aw_fuse_driver driver;
    unsigned bank_words; /* words of a bank */
    uint32_t shadow;     /* address of the first shadow register; 0: unknown */
    size_t n_gaps;
    struct aw_fuse_gap gaps[AW_FUSE_GAPS_MAX];
    size_t n_registers;
    struct aw_fuse_register registers[AW_FUSE_REGISTERS_MAX];
    size_t n_fuses;
    struct aw_fuse fuses[AW_FUSES_MAX];
};

/**
 * Reads a map in the format of docs/formats/fuse-map.md.
 *
 * @param text  whole file, untrusted; must outlive the map, whose names are
 *              borrowed from it
 * @param map   too large for a second copy: cleared on failure
 * @param diag  may be NULL; `at` is a line number, or for a fuse that runs out
 *              its number, from 0
 *
 * @return AW_OK; AW_ERR_FORMAT for a line of another form, a line that is
 *         missing, or a lock that is no fuse above it; AW_ERR_RANGE when a
 *         number is out of its range, a word lies outside its bank, or a fuse
 *         runs into a word without a register;
 *         AW_ERR_DUPLICATE when a name or the place of a register is there
 *         twice; AW_ERR_SPACE when there are more entries than the struct
 *         holds or the text is longer than AW_FUSEMAP_MAX.
 */
AW_MUST_CHECK aw_err aw_fusemap_parse(aw_bytes text, struct aw_fusemap *map,
                                      struct aw_diag *diag);

/**
 * Adds the fuses that a board gives a meaning to.
 *
 * @param map      untouched on failure
 * @param overlay  map of the same part and reference, whose text must outlive
 *                 `map` too
 * @param diag     may be NULL; `at` is the number of a register or fuse in
 *                 the overlay
 *
 * @return AW_OK; AW_ERR_TYPE for another part, reference, driver or size of
 *         banks;
 *         AW_ERR_NOT_FOUND for a register that map does not have at that
 *         place; AW_ERR_RANGE when a fuse runs into a word that map does not
 *         have; AW_ERR_DUPLICATE for a name that map has; AW_ERR_SPACE.
 */
AW_MUST_CHECK aw_err aw_fusemap_overlay(struct aw_fusemap *map,
                                        const struct aw_fusemap *overlay,
                                        struct aw_diag *diag);

/**
 * Text of the map of a part that this library knows: imx6ul, imx6ull, imx6ulz,
 * in either case of letters. Empty for other parts.
 */
aw_bytes aw_fusemap_builtin(aw_bytes part);

/** Register by name or by place; NULL when there is none. */
const struct aw_fuse_register *aw_fusemap_register(const struct aw_fusemap *map,
                                                   aw_bytes name);
const struct aw_fuse_register *aw_fusemap_at(const struct aw_fusemap *map,
                                             unsigned bank, unsigned word);

/**
 * Fuse by name; the name of a register stands for all of its bits.
 *
 * @param fuse  name borrowed from the map
 * @return AW_OK; AW_ERR_NOT_FOUND.
 */
AW_MUST_CHECK aw_err aw_fusemap_find(const struct aw_fusemap *map,
                                     aw_bytes name, struct aw_fuse *fuse);

/** Number of a word: bank times words of a bank + word. */
unsigned aw_fusemap_index(const struct aw_fusemap *map, unsigned bank,
                          unsigned word);

/** Offset in bytes of a word in the NVMEM device, for reading or writing. */
uint32_t aw_fusemap_offset(const struct aw_fusemap *map, unsigned bank,
                           unsigned word, bool write);

/**
 * Address of a word's shadow register on i.MX6UL, 6ULL and 6ULZ, whose maps
 * lead to the same. Source: IMX6ULRM and IMX6ULLRM, "OCOTP Memory Map".
 *
 * @param bank  0 to 15; the i.MX6ULL and 6ULZ have 8 banks
 * @param word  0 to 7
 */
uint32_t aw_fuse_shadow(unsigned bank, unsigned word);

/** Bits of word 0 of bank 0 that lock a register: those that make it final
 *  when programmed, of every lock it has. 0: nothing is known to lock it. */
uint32_t aw_fusemap_lock_mask(const struct aw_fusemap *map,
                              const struct aw_fuse_register *reg);

/** Bits of one word: 32 or 8. */
unsigned aw_fuse_word_bits(const struct aw_fusemap *map);

/** Words that a fuse touches, at most AW_FUSE_WORDS_MAX.
 *  @param word_bits  32 or 8 */
size_t aw_fuse_words(const struct aw_fuse *fuse, unsigned word_bits);

/** Bytes of a value: its bits, rounded up. */
size_t aw_fuse_bytes(const struct aw_fuse *fuse);

/** Bits of word k, counted from the fuse's first, that belong to the fuse;
 *  0 when k is behind the last. */
uint32_t aw_fuse_mask(const struct aw_fuse *fuse, unsigned word_bits, size_t k);

/**
 * Cuts a value into words: `value << offset`, lowest word first.
 *
 * @param value  big-endian, exactly aw_fuse_bytes() of it, so that leading
 *               zeros are never lost
 * @param words  receives aw_fuse_words() words; bits of other fuses are 0
 *
 * @return AW_OK; AW_ERR_FORMAT when the number of bytes differs; AW_ERR_RANGE
 *         when the value needs more bits than the fuse has.
 */
AW_MUST_CHECK aw_err aw_fuse_encode(const struct aw_fuse *fuse,
                                    unsigned word_bits, aw_bytes value,
                                    uint32_t *words);

/**
 * The value in words that were read, bits of other fuses left out.
 *
 * @param words  aw_fuse_words() words, lowest first
 * @param value  receives aw_fuse_bytes() bytes, big-endian
 */
void aw_fuse_decode(const struct aw_fuse *fuse, unsigned word_bits,
                    const uint32_t *words, uint8_t *value);

/**
 * Reads a value as a person writes it. Every form has the width of the fuse,
 * leading zeros included:
 *
 *   1f7b, 0x1f7b   big-endian hex, a digit for every four bits begun
 *   0b0101         a digit for every bit
 *   bytes:7b1f     bytes in the order in which the words hold them, lowest
 *                  first: what a file of the SRK hash holds
 *
 * @param value  receives aw_fuse_bytes() bytes, big-endian
 *
 * @return AW_OK; AW_ERR_FORMAT for another number of digits or other
 *         characters; AW_ERR_RANGE when the value needs more bits than the
 *         fuse has.
 */
AW_MUST_CHECK aw_err aw_fuse_value_parse(const struct aw_fuse *fuse,
                                         aw_bytes text, uint8_t *value);

/** Writes a value as hex, a digit for every four bits begun. */
void aw_fuse_value_write(const struct aw_fuse *fuse, const uint8_t *value,
                         struct aw_wr *w);

#endif
