/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SCENARIO_SUITES_H
#define SCENARIO_SUITES_H

#include <check.h>

Suite *boot_suite(void);
Suite *recovery_fuzz_suite(void);
Suite *panics_suite(void);
Suite *recovery_suite(void);
Suite *boot_refuse_suite(void);
Suite *boot_closed_suite(void);
Suite *boot_fuzz_suite(void);
Suite *boot_secrets_suite(void);
Suite *boot_cut_suite(void);
Suite *card_suite(void);
Suite *crypto_suite(void);
Suite *boot_bench_suite(void);
Suite *os_suite(void);
Suite *control_suite(void);
Suite *control_cut_suite(void);
Suite *control_fuzz_suite(void);
Suite *control_hab_suite(void);
Suite *control_hosts_suite(void);
Suite *control_update_suite(void);
Suite *os_fuzz_suite(void);
Suite *os_life_suite(void);
Suite *os_lockstep_suite(void);
Suite *os_net_suite(void);
Suite *os_watchdog_suite(void);
Suite *os_journal_suite(void);
Suite *os_keys_suite(void);
Suite *os_rpmb_suite(void);
Suite *os_secrets_suite(void);
Suite *os_update_suite(void);
Suite *os_cut_applet_suite(void);
Suite *os_cut_os_suite(void);
Suite *os_world_suite(void);

#endif
