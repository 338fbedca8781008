/* SPDX-License-Identifier: Apache-2.0 */
/* aw release publish: the same command again completes it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aw/sha256.h"
#include "scenario.h"

enum { PATHS = 2, PATH_ROOM = 2100 };

/* place/name, one of a few; good until it is asked for again. */
static const char *below(const char *place, const char *name)
{
    static char path[PATHS][PATH_ROOM];
    static size_t next;
    char *p = path[next++ % PATHS];

    (void)snprintf(p, PATH_ROOM, "%.2000s/%.40s", place, name);
    return p;
}

/* An image and its manifest, NAME.img and NAME.json. */
static void make_release(const char *name, const char *component,
                         const char *version, const char *hab)
{
    char text[1024];
    uint8_t digest[AW_SHA256_SIZE];
    struct aw_wr w = aw_wr_init(text, sizeof(text));

    aw_wr_text(&w, "{\"schema_version\": 0, \"component\": \"");
    aw_wr_text(&w, component);
    aw_wr_text(&w, "\", \"git\": {\"tag_name\": \"");
    aw_wr_text(&w, version);
    aw_wr_text(&w, "\", \"commit_fingerprint\": "
                   "\"0123456789abcdef0123456789abcdef01234567\"}, "
                   "\"build\": {\"tamago_version\": \"1.22.0\"}, "
                   "\"output\": {\"firmware_digest_sha256\": \"");
    aw_sha256(aw_text(name), digest);
    aw_wr_base64(&w, (aw_bytes){digest, sizeof(digest)});
    aw_wr_text(&w, "\"}");
    if (hab != NULL) {
        aw_wr_text(&w, ", \"hab\": {\"target\": \"ci\", "
                       "\"signature_digest_sha256\": \"");
        aw_sha256(aw_text(hab), digest);
        aw_wr_base64(&w, (aw_bytes){digest, sizeof(digest)});
        aw_wr_text(&w, "\"}");
        write_file(in_top("csf"), hab, strlen(hab));
    }
    aw_wr_text(&w, "}\n");
    must(!w.failed, "manifest");
    write_file(below(in_top("."), name), name, strlen(name));
    char file[64];

    (void)snprintf(file, sizeof(file), "%s.json", name);
    write_file(below(in_top("."), file), text, w.n);
}

static void make_base(const char *layout)
{
    const char *place = in_top("base");

    must(AW("release", "keygen", in_top("keys"), "--name=example.com",
            "--env=ci", "--policy-out", in_top("policy")) == 0,
         "keygen");
    must(AW("log", "init", below(place, "log"), "--layout", layout, "--key",
            in_top("keys/log.sec")) == 0,
         "init");
    make_release("applet", "TRUSTED_APPLET", "1.0.0", NULL);
    make_release("boot", "BOOTLOADER", "1.0.0", "a HAB signature");
    must(AW("release", "publish", "-q", "--component=TRUSTED_APPLET", "--image",
            in_top("applet"), "--manifest", in_top("applet.json"), "--log",
            below(place, "log"), "--artefacts", below(place, "artefacts"),
            "--policy", in_top("policy"), "--key", in_top("keys/applet.sec"),
            "--key", in_top("keys/log.sec")) == 0,
         "publish");
}

static int run(const char *place)
{
    return AW("release", "publish", "-q", "--component=BOOTLOADER", "--image",
              in_top("boot"), "--hab-sig", in_top("csf"), "--manifest",
              in_top("boot.json"), "--log", below(place, "log"), "--artefacts",
              below(place, "more"), "--policy", in_top("policy"), "--key",
              in_top("keys/boot.sec"), "--key", in_top("keys/log.sec"));
}

static bool holds(const char *place, const char *folder, const char *data)
{
    char text[64];
    char path[PATH_ROOM];
    uint8_t digest[AW_SHA256_SIZE];
    struct aw_wr w = aw_wr_init(path, sizeof(path) - 1);

    aw_wr_text(&w, place);
    aw_wr_text(&w, "/");
    aw_wr_text(&w, folder);
    aw_wr_text(&w, "/");
    aw_sha256(aw_text(data), digest);
    aw_wr_hex(&w, (aw_bytes){digest, sizeof(digest)});
    path[w.n] = '\0';
    return read_file(path, text, sizeof(text)) && strcmp(text, data) == 0;
}

static int check(const char *place)
{
    int code = AW("log", "audit", "-q", below(place, "log"), "--policy",
                  in_top("policy"));

    if (code == 0) {
        code = AW("release", "show", "-q", "--log", below(place, "log"),
                  "--policy", in_top("policy"));
    }
    return code == 0 && holds(place, "more", "boot") &&
                   holds(place, "more", "a HAB signature")
               ? 0
               : 1;
}

static bool same(void)
{
    return same_file(in_top("log/log/checkpoint"),
                     in_top("want/log/checkpoint"));
}

const struct scenario scenario_publish = {
    .name = "publish",
    .least = 60,
    .make_base = make_base,
    .run = run,
    .check = check,
    .same = same,
};
