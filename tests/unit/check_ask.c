/* SPDX-License-Identifier: Apache-2.0 */
#include "common/ask.h"

#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "common/stop.h"
#include "suites.h"
#include "support.h"

/* Standard input is a pipe from here on. @return its other end */
static int type(const char *text)
{
    int ends[2];

    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
    ck_assert_int_eq(close(ends[0]), 0);
    ck_assert_int_eq(write(ends[1], text, strlen(text)), (ssize_t)strlen(text));
    return ends[1];
}

START_TEST(test_lines)
{
    char line[8];
    int keys = type("yes\n\r\n1234567\n");

    ck_assert(aw_ask_line(line, sizeof(line)));
    ck_assert_str_eq(line, "yes");
    ck_assert(aw_ask_line(line, sizeof(line)));
    ck_assert_str_eq(line, "");
    ck_assert(aw_ask_line(line, sizeof(line)));
    ck_assert_str_eq(line, "1234567");
    (void)close(keys);
    ck_assert(!aw_ask_line(line, sizeof(line)));
}
END_TEST

START_TEST(test_no_line)
{
    static const char *const texts[] = {"", "yes", "12345678\n"};

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        char line[8] = "old";

        (void)close(type(texts[i]));
        ck_assert(!aw_ask_line(line, sizeof(line)));
        ck_assert_str_eq(line, "");
    }
}
END_TEST

/* A signal that came before the wait began ends it all the same. */
START_TEST(test_stopped_before)
{
    char line[8];
    int keys = type("");

    aw_stop_init();
    ck_assert_int_eq(raise(SIGINT), 0);
    ck_assert(!aw_ask_line(line, sizeof(line)));
    (void)close(keys);
}
END_TEST

START_TEST(test_stopped_meanwhile)
{
    const struct itimerval soon = {.it_value = {.tv_usec = 20000}};
    char line[8];
    int keys = type("half");

    aw_stop_init();
    ck_assert_int_eq(setitimer(ITIMER_REAL, &soon, NULL), 0);
    ck_assert(!aw_ask_line(line, sizeof(line)));
    ck_assert(aw_cancelled());
    (void)close(keys);
}
END_TEST

Suite *suite_ask(void)
{
    Suite *s = suite_create("ask");
    TCase *tc = tcase_create("ask");

    tcase_add_test(tc, test_lines);
    tcase_add_test(tc, test_no_line);
    tcase_add_test(tc, test_stopped_before);
    tcase_add_test(tc, test_stopped_meanwhile);
    suite_add_tcase(s, tc);
    return s;
}
