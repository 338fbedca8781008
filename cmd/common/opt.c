/* SPDX-License-Identifier: Apache-2.0 */
#include "common/opt.h"

#include <inttypes.h>
#include <string.h>

#include "aw/text.h"
#include "common/value.h"

aw_bytes aw_word_next(const char **list)
{
    const char *p = *list + strspn(*list, " |");
    size_t n = strcspn(p, " |");

    *list = p + n;
    return (aw_bytes){(const uint8_t *)p, n};
}

static bool same_name(const char *name, size_t n, aw_bytes other)
{
    if (n != other.n) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        uint8_t c = (uint8_t)(name[i] == '_' ? '-' : name[i]);
        uint8_t o = other.p[i] == '_' ? (uint8_t)'-' : other.p[i];

        if (c != o) {
            return false;
        }
    }
    return true;
}

static bool has_name(const struct aw_opt *opt, const char *name, size_t n)
{
    if (same_name(name, n, aw_text(opt->name))) {
        return true;
    }
    const char *list = opt->alias == NULL ? "" : opt->alias;

    for (aw_bytes w = aw_word_next(&list); w.n > 0; w = aw_word_next(&list)) {
        if (same_name(name, n, w)) {
            return true;
        }
    }
    return false;
}

const struct aw_opt *aw_opt_find(const struct aw_opt *opt, size_t n_opt,
                                 const char *name, size_t n)
{
    for (size_t i = 0; i < n_opt; i++) {
        if (has_name(&opt[i], name, n)) {
            return &opt[i];
        }
    }
    return NULL;
}

/* A found option: its table and its place there. */
struct slot {
    const struct aw_opt_table *table;
    const struct aw_opt *opt;
};

static bool find_slot(const struct aw_opts *opts, const char *name, size_t n,
                      struct slot *slot)
{
    for (size_t i = 0; i < AW_OPT_TABLES; i++) {
        const struct aw_opt_table *t = &opts->table[i];
        const struct aw_opt *opt = aw_opt_find(t->opt, t->n, name, n);

        if (opt != NULL) {
            *slot = (struct slot){.table = t, .opt = opt};
            return true;
        }
    }
    return false;
}

static unsigned char *source_of(const struct slot *slot)
{
    return &slot->table->source[slot->opt - slot->table->opt];
}

static void *value_of(const struct slot *slot)
{
    return (uint8_t *)slot->table->values + slot->opt->at;
}

static void append(struct aw_pool *pool, struct aw_list *list, const char *text)
{
    const char **item = aw_pool_alloc(pool, list->n + 1, sizeof(*item));

    if (list->n > 0) {
        memcpy(item, list->item, list->n * sizeof(*item));
    }
    item[list->n] = text;
    list->item = item;
    list->n++;
}

static aw_err set_duration(aw_bytes text, uint64_t *ms)
{
    uint64_t v = 0;
    aw_err err = aw_value_duration(text, &v);

    if (err == AW_OK && v == 0) {
        return AW_ERR_RANGE;
    }
    if (err == AW_OK) {
        *ms = v;
    }
    return err;
}

/* Stores a value that lives as long as the pool. */
static aw_err store(struct aw_pool *pool, const struct slot *slot,
                    const char *value)
{
    aw_bytes text = aw_text(value);
    void *at = value_of(slot);

    switch (slot->opt->type) {
    case AW_OPT_FLAG:
        return aw_value_bool(text, at);
    case AW_OPT_TEXT:
        if (text.n == 0) {
            return AW_ERR_SHORT;
        }
        *(const char **)at = value;
        return AW_OK;
    case AW_OPT_LIST:
        if (text.n == 0) {
            return AW_ERR_SHORT;
        }
        append(pool, at, value);
        return AW_OK;
    case AW_OPT_U64:
    case AW_OPT_LEVEL:
        return aw_dec_parse(text, at);
    case AW_OPT_DURATION:
        return set_duration(text, at);
    case AW_OPT_SIZE:
        return aw_value_size(text, at);
    case AW_OPT_CHOICE:
        return aw_value_choice(text, slot->opt->arg, at);
    }
    return AW_ERR_TYPE;
}

static void set_default(struct aw_pool *pool, const struct slot *slot)
{
    aw_err err = AW_OK;

    if (slot->opt->fallback != NULL) {
        err = store(pool, slot, slot->opt->fallback);
    }
    AW_BUG_ON(err != AW_OK);
}

void aw_opts_bind(struct aw_opts *opts, size_t i, const struct aw_opt *opt,
                  size_t n, void *values)
{
    struct aw_opt_table *t = &opts->table[i];

    *t = (struct aw_opt_table){.opt = opt, .n = n, .values = values};
    t->source = aw_pool_alloc(opts->pool, n, 1);
    for (size_t k = 0; k < n; k++) {
        set_default(opts->pool, &(struct slot){.table = t, .opt = &opt[k]});
    }
}

static const char *expected_of(struct aw_pool *pool, const struct aw_opt *opt)
{
    switch (opt->type) {
    case AW_OPT_FLAG:
        return "true or false";
    case AW_OPT_TEXT:
    case AW_OPT_LIST:
        return aw_pool_printf(pool, "%s, not empty", opt->arg);
    case AW_OPT_U64:
    case AW_OPT_LEVEL:
        return "a decimal number from 0 to 18446744073709551615";
    case AW_OPT_DURATION:
        return "a duration above zero, such as 1h2m, 90s or 300ms";
    case AW_OPT_SIZE:
        return "a number of bytes, such as 4096, 64KiB or 10MB";
    case AW_OPT_CHOICE:
        return aw_pool_printf(pool, "one of %s", opt->arg);
    }
    return opt->arg;
}

static struct aw_finding usage(const struct aw_opts *opts, const char *what,
                               const char *subject)
{
    return (struct aw_finding){
        .err = AW_ERR_USAGE,
        .on = AW_ON_INPUT,
        .what = what,
        .subject = subject,
        .remedy = aw_pool_printf(opts->pool, "see %s --help", opts->command),
    };
}

static bool wrong_value(const struct aw_opts *opts, const struct slot *slot,
                        const char *value, struct aw_finding *wrong)
{
    const char *name = aw_pool_printf(opts->pool, "--%s", slot->opt->name);

    *wrong = usage(opts, aw_pool_printf(opts->pool, "wrong value for %s", name),
                   name);
    wrong->expected = expected_of(opts->pool, slot->opt);
    wrong->got = value[0] == '\0' ? "an empty value" : value;
    return false;
}

/* Sets what was found; a repeated single value is wrong on the command line. */
static bool assign(struct aw_opts *opts, const struct slot *slot,
                   const char *value, enum aw_opt_source source,
                   struct aw_finding *wrong)
{
    unsigned char *from = source_of(slot);
    bool list = slot->opt->type == AW_OPT_LIST;

    if (*from > (unsigned char)source) {
        return true;
    }
    if (*from == (unsigned char)source && !list) {
        const char *name = aw_pool_printf(opts->pool, "--%s", slot->opt->name);

        *wrong = usage(
            opts, aw_pool_printf(opts->pool, "%s is given twice", name), name);
        wrong->expected = "one value";
        wrong->got = aw_pool_printf(opts->pool, "a second one, %s", value);
        return false;
    }
    if (list && *from < (unsigned char)source) {
        *(struct aw_list *)value_of(slot) = (struct aw_list){.n = 0};
    }
    if (store(opts->pool, slot, value) != AW_OK) {
        return wrong_value(opts, slot, value, wrong);
    }
    *from = (unsigned char)source;
    return true;
}

bool aw_opts_set(struct aw_opts *opts, const char *name, const char *value,
                 enum aw_opt_source source, bool *found,
                 struct aw_finding *wrong)
{
    struct slot slot;

    *found = find_slot(opts, name, strlen(name), &slot);
    if (!*found) {
        return true;
    }
    return assign(opts, &slot, aw_pool_text(opts->pool, value), source, wrong);
}

enum aw_opt_source aw_opts_source(const struct aw_opts *opts, const char *name)
{
    struct slot slot;
    bool found = find_slot(opts, name, strlen(name), &slot);

    AW_BUG_ON(!found);
    return (enum aw_opt_source) * source_of(&slot);
}

bool aw_opts_given(const struct aw_opts *opts, const char *name)
{
    return aw_opts_source(opts, name) == AW_OPT_COMMAND_LINE;
}

/* First option of a table that is required and has no value. */
static const struct aw_opt *missing_of(const struct aw_opt_table *t)
{
    for (size_t k = 0; k < t->n; k++) {
        if (t->opt[k].required && t->source[k] == AW_OPT_DEFAULT) {
            return &t->opt[k];
        }
    }
    return NULL;
}

bool aw_opts_complete(const struct aw_opts *opts, struct aw_finding *wrong)
{
    const struct aw_opt *opt = missing_of(&opts->table[0]);

    if (opt == NULL) {
        return true;
    }
    const char *name = aw_pool_printf(opts->pool, "--%s", opt->name);

    *wrong =
        usage(opts, aw_pool_printf(opts->pool, "%s is missing", name), name);
    wrong->expected = aw_pool_printf(opts->pool, "%s=%s", name, opt->arg);
    wrong->got = "no such option";
    return false;
}

static void guess_option(struct aw_guess *guess, const struct aw_opt_table *t)
{
    for (size_t k = 0; k < t->n; k++) {
        if (!t->opt[k].hidden) {
            aw_guess_try(guess, t->opt[k].name);
        }
    }
}

static bool unknown(const struct aw_opts *opts, const char *arg, size_t n,
                    struct aw_finding *wrong)
{
    const char *name =
        aw_pool_bytes(opts->pool, (aw_bytes){(const uint8_t *)arg, n});
    struct aw_guess guess = {.word = name + strspn(name, "-")};

    for (size_t i = 0; i < AW_OPT_TABLES; i++) {
        guess_option(&guess, &opts->table[i]);
    }
    *wrong = usage(opts, aw_pool_printf(opts->pool, "unknown option %s", name),
                   name);
    wrong->expected =
        aw_pool_printf(opts->pool, "an option of %s", opts->command);
    wrong->got = name;
    if (guess.best != NULL) {
        wrong->remedy =
            aw_pool_printf(opts->pool, "did you mean --%s? If not, see %s",
                           guess.best, wrong->remedy + strlen("see "));
    }
    return false;
}

/* The arguments, and how far they are read. */
struct args {
    int argc;
    char **argv;
    int at;
};

/* The value of an option that needs one: after `=`, else the next argument. */
static const char *take_value(struct aw_opts *opts, struct args *args,
                              const struct slot *slot, struct aw_finding *wrong)
{
    const char *name = aw_pool_printf(opts->pool, "--%s", slot->opt->name);
    const char *next = args->at < args->argc ? args->argv[args->at] : NULL;
    struct slot other;

    *wrong =
        usage(opts, aw_pool_printf(opts->pool, "%s needs a value", name), name);
    wrong->expected = aw_pool_printf(opts->pool, "%s %s", name, slot->opt->arg);
    wrong->got = "nothing behind it";
    if (next == NULL) {
        return NULL;
    }
    if (next[0] == '-' && next[1] != '\0') {
        const char *word = next + strspn(next, "-");

        if (find_slot(opts, word, strcspn(word, "="), &other)) {
            wrong->got = aw_pool_printf(opts->pool, "the option %s", next);
            return NULL;
        }
    }
    args->at++;
    return next;
}

static bool parse_option(struct aw_opts *opts, struct args *args,
                         struct aw_finding *wrong)
{
    const char *arg = args->argv[args->at++];
    const char *name = arg + (arg[1] == '-' ? 2 : 1);
    size_t n = strcspn(name, "=");
    const char *value = name[n] == '=' ? name + n + 1 : NULL;
    struct slot slot;

    if (!find_slot(opts, name, n, &slot)) {
        return unknown(opts, arg, (size_t)(name - arg) + n, wrong);
    }
    if (value == NULL && slot.opt->type == AW_OPT_FLAG) {
        value = "true";
    } else if (value == NULL && slot.opt->type == AW_OPT_LEVEL) {
        value = "1";
    } else if (value == NULL) {
        value = take_value(opts, args, &slot, wrong);
        if (value == NULL) {
            return false;
        }
    }
    return assign(opts, &slot, value, AW_OPT_COMMAND_LINE, wrong);
}

/* True for what is no option: all after "--", and "-" alone. */
static bool is_operand(const char *arg, bool options)
{
    return !options || arg[0] != '-' || arg[1] == '\0';
}

bool aw_opts_parse(struct aw_opts *opts, int argc, char **argv,
                   struct aw_operands *operands, struct aw_finding *wrong)
{
    struct args args = {.argc = argc, .argv = argv};
    bool options = true;
    bool ok = true;

    *operands = (struct aw_operands){
        .item = aw_pool_alloc(opts->pool, (size_t)argc + 1, sizeof(char *))};
    while (ok && args.at < argc) {
        const char *arg = argv[args.at];

        if (is_operand(arg, options)) {
            operands->item[operands->n++] = arg;
            args.at++;
        } else if (strcmp(arg, "--") == 0) {
            options = false;
            args.at++;
        } else {
            ok = parse_option(opts, &args, wrong);
        }
    }
    return ok;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Words longer than this are not guessed. */
enum { GUESS_MAX = 40, GUESS_ROW = GUESS_MAX + 1 };

/* Edits between the first i characters of a and each beginning of b, given
 * the same of i - 1 and i - 2. Optimal string alignment distance. */
static void edit_row(const char *a, const char *b, size_t i,
                     size_t rows[3][GUESS_ROW])
{
    size_t *row = rows[i % 3];
    const size_t *above = rows[(i + 2) % 3];
    const size_t *two_above = rows[(i + 1) % 3];

    row[0] = i;
    for (size_t j = 1; b[j - 1] != '\0'; j++) {
        bool same = a[i - 1] == b[j - 1];
        bool swap =
            i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];

        row[j] = least(above[j], row[j - 1]) + 1;
        row[j] = least(row[j], above[j - 1] + (same ? 0 : 1));
        row[j] = swap ? least(row[j], two_above[j - 2] + 1) : row[j];
    }
}

/* Edits between two words: insert, delete, replace, swap neighbours. */
static size_t edits(const char *a, const char *b)
{
    size_t rows[3][GUESS_ROW] = {{0}};
    size_t na = strlen(a);
    size_t nb = strlen(b);

    if (na > GUESS_MAX || nb > GUESS_MAX) {
        return GUESS_MAX;
    }
    for (size_t j = 0; j <= nb; j++) {
        rows[0][j] = j;
    }
    for (size_t i = 1; i <= na; i++) {
        edit_row(a, b, i, rows);
    }
    return rows[na % 3][nb];
}

void aw_guess_try(struct aw_guess *guess, const char *candidate)
{
    size_t n = strlen(guess->word);
    size_t d = edits(guess->word, candidate);

    /* The beginning of a longer word is a good guess, too. */
    if (n >= 3 && strncmp(guess->word, candidate, n) == 0) {
        d = 1;
    }
    if (d <= 1 + n / 4 && d < n &&
        (guess->best == NULL || d < guess->distance)) {
        guess->best = candidate;
        guess->distance = d;
    }
}
