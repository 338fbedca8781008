/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/hostio/agent.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "scratch.h"
#include "suites.h"
#include "support.h"

enum { IDENTITIES = 12, SIGNED = 14, REFUSED = 5, BLOB = 4 + 11 + 4 + 32 };

static const uint8_t seed[AW_ED25519_SEED] = {7};

static void put_string(struct aw_wr *w, aw_bytes b)
{
    aw_wr_be32(w, (uint32_t)b.n);
    aw_wr_put(w, b);
}

/* The test key in ssh's form, of a type. */
static aw_bytes key_blob(const char *type)
{
    static uint8_t buf[128];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));
    uint8_t key[AW_ED25519_PUBLIC];

    aw_ed25519_public(seed, key);
    put_string(&w, aw_text(type));
    put_string(&w, (aw_bytes){key, sizeof(key)});
    return aw_wr_done(&w);
}

static void fingerprint_of(aw_bytes blob, uint8_t digest[AW_SHA256_SIZE])
{
    aw_sha256(blob, digest);
}

static const char *address_of(aw_bytes blob)
{
    static char text[128];
    uint8_t digest[AW_SHA256_SIZE];
    struct aw_wr w = aw_wr_init(text, sizeof(text));

    aw_sha256(blob, digest);
    aw_wr_text(&w, "ssh-agent:SHA256:");
    aw_wr_base64(&w, (aw_bytes){digest, sizeof(digest)});
    text[w.n - 1] = '\0'; /* no padding */
    return text;
}

/* A list of another key and the test key. */
static aw_bytes list_of(const char *type, const char *comment)
{
    static uint8_t buf[1024];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));

    aw_wr_u8(&w, IDENTITIES);
    aw_wr_be32(&w, 2);
    put_string(&w, aw_text("another"));
    put_string(&w, aw_text("comment of it"));
    put_string(&w, key_blob(type));
    put_string(&w, aw_text(comment));
    return aw_wr_done(&w);
}

static const struct {
    const char *text;
    aw_err want;
} addresses[] = {
    {"ssh-agent:SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", AW_OK},
    {"ssh-agent:SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB",
     AW_ERR_FORMAT}, /* unused bits */
    {"ssh-agent:SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
     AW_ERR_FORMAT},
    {"ssh-agent:SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
     AW_ERR_FORMAT},
    {"ssh-agent:sha256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
     AW_ERR_FORMAT},
    {"ssh-agent:SHA256:", AW_ERR_FORMAT},
    {"ssh-agent:", AW_ERR_FORMAT},
    {"", AW_ERR_FORMAT},
};

START_TEST(address)
{
    uint8_t digest[AW_SHA256_SIZE] = {1};
    aw_err got = aw_agent_address(addresses[_i].text, digest, NULL);

    ck_assert_msg(got == addresses[_i].want, "%s", addresses[_i].text);
    ck_assert_uint_eq(digest[0], got == AW_OK ? 0 : 1);
    ck_assert(aw_agent_is_address(addresses[_i].text) ==
              (addresses[_i].text[0] != '\0'));
}
END_TEST

START_TEST(find)
{
    uint8_t digest[AW_SHA256_SIZE];
    uint8_t want[AW_ED25519_PUBLIC];
    struct aw_agent_key key;
    aw_bytes list = list_of("ssh-ed25519", "alice");

    fingerprint_of(key_blob("ssh-ed25519"), digest);
    aw_ed25519_public(seed, want);
    ck_assert_int_eq(aw_agent_find(list, digest, &key, NULL), AW_OK);
    ck_assert_mem_eq(key.public_key, want, sizeof(want));
    CK_ASSERT_BYTES(((aw_bytes){key.comment, key.comment_n}), aw_text("alice"));
    digest[0] ^= 1;
    ck_assert_int_eq(aw_agent_find(list, digest, &key, NULL), AW_ERR_NOT_FOUND);
    fingerprint_of(key_blob("ssh-ed25518"), digest);
    ck_assert_int_eq(
        aw_agent_find(list_of("ssh-ed25518", "x"), digest, &key, NULL),
        AW_ERR_KEY);
}
END_TEST

/* Each length one short, and one byte too many. */
START_TEST(find_cut)
{
    uint8_t digest[AW_SHA256_SIZE];
    uint8_t buf[1024] = {0};
    struct aw_agent_key key = {.comment_n = 77};
    aw_bytes list = list_of("ssh-ed25519", "alice");

    fingerprint_of(key_blob("ssh-ed25519"), digest);
    memcpy(buf, list.p, list.n);
    for (size_t n = 0; n <= list.n + 1; n++) {
        aw_err got = aw_agent_find((aw_bytes){buf, n}, digest, &key, NULL);

        ck_assert_int_eq(got, n == list.n ? AW_OK : AW_ERR_FORMAT);
        ck_assert_uint_eq(key.comment_n, n < list.n ? 77 : 5);
    }
}
END_TEST

START_TEST(find_limits)
{
    static uint8_t buf[32 * 1024];
    uint8_t digest[AW_SHA256_SIZE];
    struct aw_agent_key key;
    char comment[AW_AGENT_COMMENT_MAX + 2];

    fingerprint_of(key_blob("ssh-ed25519"), digest);
    memset(comment, 'x', sizeof(comment));
    comment[AW_AGENT_COMMENT_MAX + 1] = '\0';
    ck_assert_int_eq(
        aw_agent_find(list_of("ssh-ed25519", comment), digest, &key, NULL),
        AW_OK);
    ck_assert_uint_eq(key.comment_n, 0);
    comment[AW_AGENT_COMMENT_MAX] = '\0';
    ck_assert_int_eq(
        aw_agent_find(list_of("ssh-ed25519", comment), digest, &key, NULL),
        AW_OK);
    ck_assert_uint_eq(key.comment_n, AW_AGENT_COMMENT_MAX);
    for (uint32_t n = AW_AGENT_KEYS_MAX; n <= AW_AGENT_KEYS_MAX + 1; n++) {
        struct aw_wr w = aw_wr_init(buf, sizeof(buf));

        aw_wr_u8(&w, IDENTITIES);
        aw_wr_be32(&w, n);
        aw_wr_zeros(&w, (size_t)n * 8);
        ck_assert_int_eq(aw_agent_find(aw_wr_done(&w), digest, &key, NULL),
                         n == AW_AGENT_KEYS_MAX ? AW_ERR_NOT_FOUND
                                                : AW_ERR_SPACE);
    }
    buf[0] = REFUSED;
    ck_assert_int_eq(aw_agent_find((aw_bytes){buf, 1}, digest, &key, NULL),
                     AW_ERR_IO);
    buf[0] = SIGNED;
    ck_assert_int_eq(aw_agent_find((aw_bytes){buf, 5}, digest, &key, NULL),
                     AW_ERR_FORMAT);
}
END_TEST

static aw_bytes signature_of(aw_bytes message, const char *type)
{
    static uint8_t buf[128];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));
    uint8_t sig[AW_ED25519_SIG];

    aw_ed25519_sign(seed, message, sig);
    aw_wr_u8(&w, SIGNED);
    aw_wr_be32(&w, (uint32_t)(4 + strlen(type) + 4 + sizeof(sig)));
    put_string(&w, aw_text(type));
    put_string(&w, (aw_bytes){sig, sizeof(sig)});
    return aw_wr_done(&w);
}

START_TEST(signature)
{
    uint8_t sig[AW_ED25519_SIG] = {0};
    uint8_t want[AW_ED25519_SIG];
    uint8_t buf[128] = {0};
    aw_bytes answer = signature_of(aw_text("x"), "ssh-ed25519");

    aw_ed25519_sign(seed, aw_text("x"), want);
    memcpy(buf, answer.p, answer.n);
    for (size_t n = 0; n <= answer.n + 1; n++) {
        aw_err got = aw_agent_signature((aw_bytes){buf, n}, sig, NULL);

        ck_assert_int_eq(got, n == answer.n ? AW_OK : AW_ERR_FORMAT);
    }
    ck_assert_mem_eq(sig, want, sizeof(want));
    ck_assert_int_eq(
        aw_agent_signature(signature_of(aw_text("x"), "ssh-rsa"), sig, NULL),
        AW_ERR_FORMAT);
    buf[0] = REFUSED;
    ck_assert_int_eq(aw_agent_signature((aw_bytes){buf, 1}, sig, NULL),
                     AW_ERR_CANCELLED);
}
END_TEST

/* An agent that answers each request with the next of its frames, in pieces
 * of `step` bytes, and then hangs until the peer goes. */
struct fake {
    int listener;
    aw_bytes answer[2]; /* messages without length */
    size_t cut;         /* bytes of the last frame that are not sent */
    size_t step;        /* 0: whole */
    bool hang;          /* keeps the connection open at the end */
    pthread_t thread;
};

static bool take_request(int fd)
{
    uint8_t head[4];

    if (recv(fd, head, sizeof(head), MSG_WAITALL) != (ssize_t)sizeof(head)) {
        return false;
    }
    struct aw_rd r = aw_rd_init((aw_bytes){head, sizeof(head)});
    size_t left = aw_rd_be32(&r);

    while (left > 0) {
        static uint8_t sink[4096];
        ssize_t n =
            recv(fd, sink, left < sizeof(sink) ? left : sizeof(sink), 0);

        if (n <= 0) {
            return false;
        }
        left -= (size_t)n;
    }
    return true;
}

static void send_frame(const struct fake *f, int fd, aw_bytes message,
                       size_t cut)
{
    static uint8_t frame[4096];
    struct aw_wr w = aw_wr_init(frame, sizeof(frame));

    put_string(&w, message);
    ck_assert(!w.failed && w.n >= cut);
    for (size_t at = 0; at < w.n - cut;) {
        size_t n = w.n - cut - at;

        n = f->step != 0 && f->step < n ? f->step : n;
        ck_assert_int_eq(send(fd, &frame[at], n, MSG_NOSIGNAL), (ssize_t)n);
        at += n;
    }
}

static void *serve(void *arg)
{
    const struct fake *f = arg;
    int fd = accept(f->listener, NULL, NULL);
    uint8_t byte;

    for (size_t i = 0; i < 2 && f->answer[i].n > 0 && take_request(fd); i++) {
        bool last = i == 1 || f->answer[i + 1].n == 0;

        send_frame(f, fd, f->answer[i], last ? f->cut : 0);
    }
    while (f->hang && recv(fd, &byte, 1, 0) > 0) {
    }
    (void)close(fd);
    return NULL;
}

static void start(struct fake *f)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    const char *path = scratch_path("agent");

    ck_assert(strlen(path) < sizeof(at.sun_path));
    memcpy(at.sun_path, path, strlen(path));
    (void)unlink(path);
    f->listener = socket(AF_UNIX, SOCK_STREAM, 0);
    ck_assert(bind(f->listener, (const struct sockaddr *)&at, sizeof(at)) == 0);
    ck_assert(listen(f->listener, 1) == 0);
    ck_assert(setenv("SSH_AUTH_SOCK", path, 1) == 0);
    ck_assert(pthread_create(&f->thread, NULL, serve, f) == 0);
}

static void stop(struct fake *f)
{
    ck_assert(pthread_join(f->thread, NULL) == 0);
    (void)close(f->listener);
}

static const struct {
    const char *name;
    size_t cut;
    size_t step;
    bool hang;
    aw_err want_open; /* when the list is what is cut */
    aw_err want_sign;
} wires[] = {
    {"whole", 0, 0, true, AW_OK, AW_OK},
    {"byte by byte", 0, 1, true, AW_OK, AW_OK},
    {"cut by one", 1, 0, false, AW_ERR_IO, AW_ERR_IO},
    {"hangs before the last byte", 1, 0, true, AW_ERR_TIMEOUT, AW_ERR_TIMEOUT},
};

static const struct aw_agent_options quick = {200, 200};

START_TEST(wire)
{
    struct fake f = {.cut = wires[_i].cut,
                     .step = wires[_i].step,
                     .hang = wires[_i].hang,
                     .answer = {list_of("ssh-ed25519", "alice")}};
    struct aw_agent *agent = NULL;
    struct aw_agent_key key = {.comment_n = 0};
    uint8_t sig[AW_ED25519_SIG];
    const char *name = address_of(key_blob("ssh-ed25519"));

    start(&f);
    aw_err got = aw_agent_open(name, &quick, &agent, &key, NULL);

    ck_assert_msg(got == wires[_i].want_open, "%s: %s", wires[_i].name,
                  aw_err_text(got));
    ck_assert((agent != NULL) == (got == AW_OK));
    aw_agent_close(agent);
    stop(&f);
    f.answer[1] = signature_of(aw_text("text"), "ssh-ed25519");
    start(&f);
    ck_assert_int_eq(aw_agent_open(name, &quick, &agent, &key, NULL), AW_OK);
    got = aw_agent_sign(agent, aw_text("text"), sig, NULL);
    ck_assert_msg(got == wires[_i].want_sign, "%s: %s", wires[_i].name,
                  aw_err_text(got));
    ck_assert(got != AW_OK ||
              aw_ed25519_verify(key.public_key, aw_text("text"), sig) == AW_OK);
    aw_agent_close(agent);
    stop(&f);
}
END_TEST

START_TEST(signs_another_text)
{
    struct fake f = {.hang = true};
    struct aw_agent *agent = NULL;
    struct aw_agent_key key;
    uint8_t sig[AW_ED25519_SIG] = {9};

    f.answer[0] = list_of("ssh-ed25519", "alice");
    f.answer[1] = signature_of(aw_text("text"), "ssh-ed25519");
    start(&f);
    ck_assert_int_eq(aw_agent_open(address_of(key_blob("ssh-ed25519")), &quick,
                                   &agent, &key, NULL),
                     AW_OK);
    ck_assert_int_eq(aw_agent_sign(agent, aw_text("texu"), sig, NULL),
                     AW_ERR_SIG);
    ck_assert_uint_eq(sig[0], 9);
    aw_agent_close(agent);
    stop(&f);
}
END_TEST

/* The longest text that fits into a request, and one byte more. */
START_TEST(longest_text)
{
    enum { AROUND = 1 + 4 + BLOB + 4 + 4 }; /* type, lengths, flags */
    static uint8_t text[AW_AGENT_FRAME_MAX + 2];
    struct fake f = {.hang = true};
    struct aw_agent *agent = NULL;
    struct aw_agent_key key;
    uint8_t sig[AW_ED25519_SIG];
    aw_bytes longest = {text, AW_AGENT_FRAME_MAX - AROUND};

    f.answer[0] = list_of("ssh-ed25519", "alice");
    f.answer[1] = signature_of(longest, "ssh-ed25519");
    start(&f);
    ck_assert_int_eq(aw_agent_open(address_of(key_blob("ssh-ed25519")), NULL,
                                   &agent, &key, NULL),
                     AW_OK);
    for (size_t n = longest.n + 1; n < sizeof(text); n++) {
        ck_assert_int_eq(aw_agent_sign(agent, (aw_bytes){text, n}, sig, NULL),
                         AW_ERR_SPACE);
    }
    ck_assert_int_eq(aw_agent_sign(agent, longest, sig, NULL), AW_OK);
    aw_agent_close(agent);
    stop(&f);
}
END_TEST

START_TEST(no_agent)
{
    const char *name = address_of(key_blob("ssh-ed25519"));
    struct aw_agent *agent = NULL;
    struct aw_agent_key key;

    ck_assert(unsetenv("SSH_AUTH_SOCK") == 0);
    ck_assert_int_eq(aw_agent_open(name, NULL, &agent, &key, NULL),
                     AW_ERR_PRECONDITION);
    ck_assert(setenv("SSH_AUTH_SOCK", "", 1) == 0);
    ck_assert_int_eq(aw_agent_open(name, NULL, &agent, &key, NULL),
                     AW_ERR_PRECONDITION);
    ck_assert(setenv("SSH_AUTH_SOCK", scratch_path("none"), 1) == 0);
    ck_assert_int_eq(aw_agent_open(name, NULL, &agent, &key, NULL),
                     AW_ERR_PRECONDITION);
    aw_agent_close(NULL);
}
END_TEST

Suite *suite_agent(void)
{
    Suite *s = suite_create("agent");
    TCase *tc = tcase_create("all");

    tcase_add_loop_test(tc, address, 0, (int)COUNT(addresses));
    tcase_add_test(tc, find);
    tcase_add_test(tc, find_cut);
    tcase_add_test(tc, find_limits);
    tcase_add_test(tc, signature);
    tcase_add_loop_test(tc, wire, 0, (int)COUNT(wires));
    tcase_add_test(tc, signs_another_text);
    tcase_add_test(tc, longest_text);
    tcase_add_test(tc, no_agent);
    suite_add_tcase(s, tc);
    return s;
}
