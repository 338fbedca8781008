/* SPDX-License-Identifier: Apache-2.0 */
/*
 * diskd DIR [read-only]: the firmware's mass storage behind the USB socket of
 * a twin's folder, without the rest of a twin; see wire_server.h.
 */
#include <string.h>

#include "msc_rig.h"
#include "support.h"
#include "wire_server.h"

static const char *folder;
static bool read_only;

static void start(void)
{
    static uint8_t info[MSC_INFO] =
        "AWDI\2\100\1\0\x01\x23\x45\x67\x89\xab\xcd\xef"
        "0123456789abcde";

    info[64 + 179] = 0x48; /* boots from boot0 */
    mr_start(false);
    mr_set_info(info);
    for (unsigned i = 0; i < MR_UNITS; i++) {
        mr.units[i].read_only = read_only;
    }
    tw_usb_cable(&mr.port, true);
}

/* The rig asserts, and that works in a test only. */
START_TEST(serve_all)
{
    const struct wire_server device = {
        .clock = &mr.rig.clock, .host = &mr.host, .run = mr_run};

    start();
    ck_assert(wire_serve(folder, &device));
}
END_TEST

int main(int argc, char **argv)
{
    Suite *suite = suite_create("diskd");
    TCase *tc = tcase_create("serve");

    if (argc < 2) {
        return 2;
    }
    folder = argv[1];
    read_only = argc > 2 && strcmp(argv[2], "read-only") == 0;
    tcase_add_test(tc, serve_all);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);

    srunner_set_fork_status(runner, CK_NOFORK);
    srunner_run_all(runner, CK_SILENT);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed;
}
