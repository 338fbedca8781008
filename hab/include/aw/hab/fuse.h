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
    AW_FUSE_NONE = 0xffff /* no index */
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
    uint8_t word;  /* in its bank */
    uint16_t lock; /* fuse that locks this word, or AW_FUSE_NONE */
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
