/* SPDX-License-Identifier: Apache-2.0 */
/* Names of witnesses: goombaio/namegenerator over the additive lagged Fibonacci
 * generator of Go's math/rand, of whose 607 words two outputs need four. */
#include "aw/bytes.h"
#include "fw/derive.h"

enum { WORDS = 64, SKIPPED = 20, STEPS_A_WORD = 3 };

static const char *const adjectives[WORDS] = {
    "autumn",    "hidden",    "bitter",    "misty",     "silent",   "empty",
    "dry",       "dark",      "summer",    "icy",       "delicate", "quiet",
    "white",     "cool",      "spring",    "winter",    "patient",  "twilight",
    "dawn",      "crimson",   "wispy",     "weathered", "blue",     "billowing",
    "broken",    "cold",      "damp",      "falling",   "frosty",   "green",
    "long",      "late",      "lingering", "bold",      "little",   "morning",
    "muddy",     "old",       "red",       "rough",     "still",    "small",
    "sparkling", "throbbing", "shy",       "wandering", "withered", "wild",
    "black",     "young",     "holy",      "solitary",  "fragrant", "aged",
    "snowy",     "proud",     "floral",    "restless",  "divine",   "polished",
    "ancient",   "purple",    "lively",    "nameless"};

/* Some stand twice there, too. */
static const char *const nouns[WORDS] = {
    "waterfall",  "river",   "breeze",   "moon",      "rain",    "wind",
    "sea",        "morning", "snow",     "lake",      "sunset",  "pine",
    "shadow",     "leaf",    "dawn",     "glitter",   "forest",  "hill",
    "cloud",      "meadow",  "sun",      "glade",     "bird",    "brook",
    "butterfly",  "bush",    "dew",      "dust",      "field",   "fire",
    "flower",     "firefly", "feather",  "grass",     "haze",    "mountain",
    "night",      "pond",    "darkness", "snowflake", "silence", "sound",
    "sky",        "shape",   "surf",     "thunder",   "violet",  "water",
    "wildflower", "wave",    "water",    "resonance", "sun",     "wood",
    "dream",      "cherry",  "tree",     "fog",       "frost",   "voice",
    "paper",      "frog",    "smoke",    "star"};

/* The words of the generator's table that the first two outputs add. */
enum { FIRST_A = 333, FIRST_B = 606, SECOND_A = 332, SECOND_B = 605 };
#define COOKED_FIRST_A  UINT64_C(0xbfb2f4d968b759c3)
#define COOKED_FIRST_B  UINT64_C(0x39a00a3a31c025c6)
#define COOKED_SECOND_A UINT64_C(0x3b7fc3ad0d1cd36b)
#define COOKED_SECOND_B UINT64_C(0x7e57a19b735ef03b)

#define MODULUS INT64_C(0x7fffffff)

static uint64_t step(uint64_t x)
{
    return x * 48271 % (uint64_t)MODULUS;
}

static uint64_t begin(int64_t seed)
{
    int64_t x = seed % MODULUS;

    if (x < 0) {
        x += MODULUS;
    }
    return x == 0 ? 89482311 : (uint64_t)x;
}

/* Word i of the table after seeding. */
static uint64_t word(int64_t seed, unsigned i, uint64_t cooked)
{
    uint64_t x = begin(seed);

    for (unsigned n = 0; n < SKIPPED + STEPS_A_WORD * i; n++) {
        x = step(x);
    }
    uint64_t one = step(x);
    uint64_t two = step(one);
    uint64_t three = step(two);

    return (one << 40 ^ two << 20 ^ three) ^ cooked;
}

/* Six bits of an output choose. */
static unsigned choice(uint64_t output)
{
    return (unsigned)(output >> 32) % WORDS;
}

void derive_name(int64_t seed, char name[DERIVE_NAME_MAX])
{
    uint64_t first = word(seed, FIRST_A, COOKED_FIRST_A) +
                     word(seed, FIRST_B, COOKED_FIRST_B);
    uint64_t second = word(seed, SECOND_A, COOKED_SECOND_A) +
                      word(seed, SECOND_B, COOKED_SECOND_B);
    struct aw_wr w = aw_wr_init(name, DERIVE_NAME_MAX);

    aw_wr_text(&w, adjectives[choice(first)]);
    aw_wr_u8(&w, '-');
    aw_wr_text(&w, nouns[choice(second)]);
    aw_wr_u8(&w, '\0');
}
