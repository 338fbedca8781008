/* SPDX-License-Identifier: Apache-2.0 */
#include <glob.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aw/hostio/file.h"
#include "doctor/doctor.h"

enum { FILE_MAX = 1 << 20, GROUPS = 256 };

static const char rules_name[] = "70-armored-witness.rules";
/* In order of priority: a file hides files of its name further down. */
static const char *const folders[] = {
    "etc/udev/rules.d", "run/udev/rules.d", "usr/local/lib/udev/rules.d",
    "usr/lib/udev/rules.d", "lib/udev/rules.d"};

enum { FOLDERS = sizeof(folders) / sizeof(folders[0]) };

/* Text of a file, or NULL. */
static const char *read_text(struct doctor *d, const char *path)
{
    struct aw_blob blob = {.p = NULL};

    if (aw_file_read(path, FILE_MAX, &blob, NULL) != AW_OK) {
        return NULL;
    }
    const char *text = aw_pool_bytes(&d->ctx->pool, aw_blob_bytes(&blob));

    aw_blob_free(&blob);
    return text == NULL ? "" : text;
}

/* Rules without their comments, or NULL. */
static const char *read_rules(struct doctor *d, const char *path)
{
    const char *text = read_text(d, path);
    char *rules = text == NULL ? NULL : aw_pool_text(&d->ctx->pool, text);

    for (char *p = rules; p != NULL && *p != '\0';) {
        size_t n = strcspn(p, "\n");

        if (p[strspn(p, " \t")] == '#') {
            memset(p, ' ', n);
        }
        p += n;
        p += *p == '\n' ? 1 : 0;
    }
    return rules;
}

static bool covers(const char *text)
{
    return strstr(text, "15a2") != NULL && strstr(text, "1209") != NULL &&
           strstr(text, "2702") != NULL;
}

static const char *base_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL ? path : slash + 1;
}

/* True when a folder of higher priority has a file of the same name. */
static bool is_hidden(struct doctor *d, const char *path, size_t folder)
{
    for (size_t i = 0; i < folder; i++) {
        const char *above = aw_pool_printf(&d->ctx->pool, "%s/%s/%s", d->root,
                                           folders[i], base_of(path));

        if (access(above, F_OK) == 0) {
            return true;
        }
    }
    return false;
}

/* Rules that are in force. */
struct rules {
    const char *path; /* NULL: none */
    const char *text;
    const char *hidden; /* ours, behind another file of its name */
};

static void look_at(struct doctor *d, const char *found, size_t folder,
                    struct rules *rules)
{
    const char *path = aw_pool_text(&d->ctx->pool, found);
    const char *text = read_rules(d, path);

    if (text == NULL || !covers(text)) {
        return;
    }
    if (is_hidden(d, path, folder)) {
        rules->hidden = path;
    } else {
        rules->path = path;
        rules->text = text;
    }
}

static void look_in(struct doctor *d, size_t folder, struct rules *rules)
{
    glob_t found = {.gl_pathc = 0};
    const char *pattern = aw_pool_printf(&d->ctx->pool, "%s/%s/*.rules",
                                         d->root, folders[folder]);

    if (glob(pattern, 0, NULL, &found) == 0) {
        for (size_t i = 0; i < found.gl_pathc && rules->path == NULL; i++) {
            look_at(d, found.gl_pathv[i], folder, rules);
        }
    }
    globfree(&found);
}

/* Value of the first GROUP="..." of a rules file; NULL without one. */
static const char *group_of(struct doctor *d, const char *text)
{
    static const char key[] = "GROUP=\"";
    const char *p = strstr(text, key);

    if (p == NULL) {
        return NULL;
    }
    p += sizeof(key) - 1;
    return aw_pool_bytes(&d->ctx->pool,
                         (aw_bytes){(const uint8_t *)p, strcspn(p, "\"\n")});
}

/* Field of a line of passwd or group; "" when there are fewer. */
static const char *field(struct doctor *d, const char *line, unsigned n)
{
    const char *p = line;

    for (unsigned i = 0; i < n; i++) {
        p += strcspn(p, ":\n");
        p += *p == ':' ? 1 : 0;
    }
    return aw_pool_bytes(&d->ctx->pool,
                         (aw_bytes){(const uint8_t *)p, strcspn(p, ":\n")});
}

static const char *next_line(const char *line)
{
    size_t n = strcspn(line, "\n");

    return line[n] == '\0' ? NULL : line + n + 1;
}

/* Line of a file whose field n is `value`; NULL without one. */
static const char *line_with(struct doctor *d, const char *text, unsigned n,
                             const char *value)
{
    for (const char *p = text; p != NULL && *p != '\0'; p = next_line(p)) {
        if (strcmp(field(d, p, n), value) == 0) {
            return p;
        }
    }
    return NULL;
}

static bool is_listed(const char *members, const char *user)
{
    size_t n = strlen(user);
    const char *p = members;

    while (*p != '\0') {
        size_t length = strcspn(p, ",");

        if (length == n && strncmp(p, user, n) == 0) {
            return true;
        }
        p += length;
        p += *p == ',' ? 1 : 0;
    }
    return false;
}

/* True when files say that the user is in a group. */
static bool is_member(struct doctor *d, const char *group, const char **name)
{
    struct aw_pool *pool = &d->ctx->pool;
    const char *users =
        read_text(d, aw_pool_printf(pool, "%s/etc/passwd", d->root));
    const char *groups =
        read_text(d, aw_pool_printf(pool, "%s/etc/group", d->root));
    const char *user =
        users == NULL
            ? NULL
            : line_with(d, users, 2, aw_pool_printf(pool, "%u", d->uid));
    const char *line = groups == NULL ? NULL : line_with(d, groups, 0, group);

    *name = user == NULL ? "USER" : field(d, user, 0);
    if (user == NULL || line == NULL) {
        return false;
    }
    return strcmp(field(d, user, 3), field(d, line, 2)) == 0 ||
           is_listed(field(d, line, 3), *name);
}

/* Whether this process has a group already; files of another system say
 * nothing of that. */
static bool has_group(const struct doctor *d, const char *group)
{
    gid_t list[GROUPS];
    const struct group *entry = d->args->root == NULL ? getgrnam(group) : NULL;
    int n = getgroups(GROUPS, list);

    if (d->args->root != NULL || entry == NULL || getegid() == entry->gr_gid) {
        return true;
    }
    for (int i = 0; i < n; i++) {
        if (list[i] == entry->gr_gid) {
            return true;
        }
    }
    return false;
}

static void check_group(struct doctor *d, const char *group)
{
    struct aw_pool *pool = &d->ctx->pool;
    const char *user = NULL;
    struct doctor_found f = {.check = "group", .subject = group};

    if (!is_member(d, group, &user)) {
        f.verdict = DOCTOR_FAILED;
        f.detail = "the rules give boards to this group, and this user is "
                   "not in it";
        f.remedy = aw_pool_printf(
            pool, "as root: adduser %s %s; then log in again", user, group);
    } else if (!has_group(d, group)) {
        f.verdict = DOCTOR_FAILED;
        f.detail = "this session began before the user came into the group";
        f.remedy = "log out and in again";
    } else {
        f.detail = "this user is in it";
    }
    doctor_put(d, &f);
}

/* Without a group the rules give boards to whoever sits at the machine. */
static void check_seat(struct doctor *d, const struct rules *rules)
{
    const char *seats =
        aw_pool_printf(&d->ctx->pool, "%s/run/systemd/seats", d->root);
    struct doctor_found f = {.check = "seat", .subject = rules->path};

    if (strstr(rules->text, "uaccess") == NULL) {
        f.verdict = DOCTOR_WARNING;
        f.detail = "the rules name neither a group nor uaccess";
        f.remedy = "use the rules that are installed with aw";
    } else if (strcmp(base_of(rules->path), "73") >= 0) {
        f.verdict = DOCTOR_FAILED;
        f.detail = "uaccess is set after 73-seat-late.rules has looked for it";
        f.remedy =
            aw_pool_printf(&d->ctx->pool, "rename the file to %s", rules_name);
    } else if (access(seats, F_OK) != 0) {
        f.verdict = DOCTOR_WARNING;
        f.detail = "nobody sits at this machine: it has no seats, to which "
                   "uaccess would give boards";
        f.remedy = "in the rules, put MODE=\"0660\", GROUP=\"plugdev\" beside "
                   "TAG, and be in that group";
    } else {
        f.detail = "boards are given to the user at the seat; over the net "
                   "use a group";
    }
    doctor_put(d, &f);
}

static void check_user(struct doctor *d, const struct rules *rules)
{
    const char *group = group_of(d, rules->text);

    if (d->uid == 0) {
        return; /* may use every device */
    }
    if (group != NULL) {
        check_group(d, group);
    } else {
        check_seat(d, rules);
    }
}

void doctor_udev(struct doctor *d)
{
    struct rules rules = {.path = NULL};
    struct doctor_found f = {.check = "udev rules"};

    for (size_t i = 0; i < FOLDERS && rules.path == NULL; i++) {
        look_in(d, i, &rules);
    }
    if (rules.path != NULL) {
        f.subject = rules.path;
        f.detail = "boards in all their modes are covered";
        doctor_put(d, &f);
        check_user(d, &rules);
        return;
    }
    /* Root needs none of them, but desktops and modem managers do. */
    f.verdict = d->uid == 0 ? DOCTOR_WARNING : DOCTOR_FAILED;
    f.subject = rules.hidden;
    f.detail = rules.hidden == NULL
                   ? "there are none for boards"
                   : "another file of the same name stands before it";
    f.remedy = rules.hidden == NULL
                   ? "as root: copy 70-armored-witness.rules, which is "
                     "installed below the prefix's lib/udev/rules.d, to "
                     "/etc/udev/rules.d; then udevadm control --reload, and "
                     "plug the board in again"
                   : "remove the file of that name in /etc/udev/rules.d or "
                     "/run/udev/rules.d";
    doctor_put(d, &f);
}
