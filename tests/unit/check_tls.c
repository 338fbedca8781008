/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "aw/hostio/store.h"
#include "faulty.h"
#include "scratch.h"
#include "suites.h"
#include "support.h"

/*
 * Certificates, against "openssl s_server -HTTP": each file holds a whole
 * answer with its head.
 */

enum { START_TRIES = 500, START_MS = 10, TIMEOUT_S = 60 };

/* Ends the child; the parent's death ends it too. */
AW_NORETURN static void become(const char *const *argv, const char *output)
{
    char *copy[32];
    size_t n = 0;

    for (; argv[n] != NULL; n++) {
        copy[n] = strdup(argv[n]);
    }
    copy[n] = NULL;
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (freopen(output, "w", stdout) != NULL &&
        freopen("/dev/null", "w", stderr) != NULL) {
        (void)execvp(copy[0], copy);
    }
    _exit(127);
}

static bool run(const char *const *argv)
{
    int status = 0;
    pid_t pid = fork();

    if (pid == 0) {
        become(argv, "/dev/null");
    }
    return waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
           WEXITSTATUS(status) == 0;
}

struct tls {
    pid_t pid;
    const char *cert;
    const char *url;
};

static bool make_certificate(const char *cert, const char *key)
{
    const char *const argv[] = {"openssl",
                                "req",
                                "-x509",
                                "-newkey",
                                "ec",
                                "-pkeyopt",
                                "ec_paramgen_curve:P-256",
                                "-nodes",
                                "-subj",
                                "/CN=test",
                                "-addext",
                                "subjectAltName=IP:127.0.0.1",
                                "-days",
                                "2",
                                "-out",
                                cert,
                                "-keyout",
                                key,
                                NULL};

    return run(argv);
}

/* Port from the line "ACCEPT 127.0.0.1:PORT"; 0 when it does not come. */
static unsigned port_from(const char *output)
{
    static const char sign[] = "ACCEPT 127.0.0.1:";
    const struct timespec pause = {0, START_MS * 1000000L};

    for (int i = 0; i < START_TRIES; i++) {
        const char *text = access(output, R_OK) == 0
                               ? (const char *)scratch_read(output).p
                               : "";
        const char *at = strstr(text, sign);

        if (at != NULL && strchr(at, '\n') != NULL) {
            return (unsigned)strtoul(at + sizeof(sign) - 1, NULL, 10);
        }
        (void)nanosleep(&pause, NULL);
    }
    return 0;
}

/* False, with a word why, when there is no such server on this machine. */
static bool tls_start(struct tls *tls)
{
    const char *key = scratch_path("key.pem");
    const char *output = scratch_path("server.out");
    char url[64];

    tls->cert = scratch_path("cert.pem");
    if (!make_certificate(tls->cert, key)) {
        (void)fprintf(stderr, "skipped: no openssl program\n");
        return false;
    }
    const char *const argv[] = {"openssl", "s_server", "-accept", "127.0.0.1:0",
                                "-cert",   tls->cert,  "-key",    key,
                                "-HTTP",   NULL};

    ck_assert_int_eq(chdir(scratch_dir()), 0);
    tls->pid = fork();
    if (tls->pid == 0) {
        become(argv, output);
    }
    unsigned port = port_from(output);

    ck_assert_uint_ne(port, 0);
    (void)snprintf(url, sizeof(url), "https://127.0.0.1:%u/", port);
    tls->url = vec_cstr(aw_text(url));
    return true;
}

static void tls_stop(const struct tls *tls)
{
    ck_assert_int_eq(kill(tls->pid, SIGKILL), 0);
    ck_assert_int_eq(waitpid(tls->pid, NULL, 0), tls->pid);
}

static struct aw_host_store *open_store(const char *url, const char *ca_file)
{
    struct aw_store_options options = {
        .attempts = 2, .pause_ms = 1, .request_ms = 15000, .ca_file = ca_file};
    struct aw_host_store *store = NULL;

    ck_assert_int_eq(unsetenv("https_proxy"), 0);
    ck_assert_int_eq(unsetenv("http_proxy"), 0);
    ck_assert_int_eq(unsetenv("all_proxy"), 0);
    ck_assert_int_eq(aw_store_open(url, &options, &store, NULL), AW_OK);
    return store;
}

static aw_err get(const struct aw_host_store *store, const char *path,
                  struct aw_wr *w)
{
    const struct aw_store *face = aw_store_face(store);

    return face->get(face->ctx, path, w, NULL);
}

START_TEST(certificates_are_checked)
{
    struct tls tls = {0};
    uint8_t buf[64];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));

    (void)scratch_file("f", aw_text("HTTP/1.1 200 OK\r\n"
                                    "Content-Length: 5\r\n\r\nhello"));
    if (!tls_start(&tls)) {
        return;
    }
    struct aw_host_store *store = open_store(tls.url, NULL);

    ck_assert_int_eq(get(store, "f", &w), AW_ERR_NET);
    ck_assert_msg(strstr(aw_store_why(store)->text, "certificate") != NULL,
                  "%s", aw_store_why(store)->text);
    /* No second try: it would end the same way. */
    ck_assert_ptr_null(strstr(aw_store_why(store)->text, "attempts"));
    aw_store_close(store);
    store = open_store(tls.url, tls.cert);
    ck_assert_msg(get(store, "f", &w) == AW_OK, "%s",
                  aw_store_why(store)->text);
    CK_ASSERT_BYTES(aw_wr_done(&w), aw_text("hello"));
    aw_store_close(store);
    tls_stop(&tls);
}
END_TEST

START_TEST(no_way_back_to_http)
{
    struct tls tls = {0};
    struct faulty plain = faulty_start(NULL);
    char answer[256];
    uint8_t buf[64];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));

    (void)scratch_file("www/f", aw_text("from http"));
    (void)snprintf(answer, sizeof(answer),
                   "HTTP/1.1 302 Found\r\nLocation: %sf\r\n"
                   "Content-Length: 0\r\n\r\n",
                   plain.url);
    (void)scratch_file("f", aw_text(answer));
    if (tls_start(&tls)) {
        struct aw_host_store *store = open_store(tls.url, tls.cert);

        ck_assert_int_eq(get(store, "f", &w), AW_ERR_NET);
        ck_assert_msg(strstr(aw_store_why(store)->text, "refused") != NULL,
                      "%s", aw_store_why(store)->text);
        ck_assert_uint_eq(faulty_hits(&plain, NULL), 0);
        aw_store_close(store);
        tls_stop(&tls);
    }
    faulty_stop(&plain);
}
END_TEST

Suite *suite_tls(void)
{
    Suite *s = suite_create("tls");
    TCase *tc = tcase_create("all");

    tcase_set_timeout(tc, TIMEOUT_S);
    tcase_add_test(tc, certificates_are_checked);
    tcase_add_test(tc, no_way_back_to_http);
    suite_add_tcase(s, tc);
    return s;
}
