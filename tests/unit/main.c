/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "suites.h"

static const struct {
    const char *name;
    Suite *(*make)(void);
} suites[] = {
#define SUITE(name) {#name, suite_##name},
#include "suites.def"
#undef SUITE
};

/* unit [SUITE...]: the named suites, or all. */
int main(int argc, char **argv)
{
    SRunner *runner = srunner_create(NULL);
    int added = 0;

    for (size_t i = 0; i < sizeof(suites) / sizeof(suites[0]); i++) {
        int wanted = argc < 2;

        for (int a = 1; a < argc; a++) {
            wanted |= strcmp(argv[a], suites[i].name) == 0;
        }
        if (wanted) {
            srunner_add_suite(runner, suites[i].make());
            added++;
        }
    }
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 && added > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
