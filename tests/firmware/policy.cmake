# SPDX-License-Identifier: Apache-2.0
# What images trust that are built without keys: those of the tests. Their
# secret halves are no secret: the seed of ROLE is the SHA-256 of
# "aw firmware test key: ROLE" (tests/scenario/release.c).
set(AW_TEST_LOG_ORIGIN "example.com/aw-test/firmware/0")
set(AW_TEST_LOG_PUBLIC_KEY
    "example.com-aw-test-log+dfd3eacf+ASARELCysJPkazAYJ5w4AzQcaLAbGd9C7qbFiofOS8j0")
set(AW_TEST_OS_PUBLIC_KEY1
    "example.com-aw-test-os1+2c2edc2f+AbR1ZATgdFzUi2CNCohHe0iyQ6OWDYjaYZZupfg/EkKt")
set(AW_TEST_OS_PUBLIC_KEY2
    "example.com-aw-test-os2+6125f1cb+AdAyLk0Wx42HTHnH6SZlpx2RL5ZZRoC2arcilwiGkhZB")
set(AW_TEST_APPLET_PUBLIC_KEY
    "example.com-aw-test-applet+c10b49d5+AZz9IhZ6S3AefIQqvbToz3GynPTZAg0M8UaaJHEtWeH1")
set(AW_TEST_SRK_HASH "")
set(AW_TEST_GIT_SEMVER_TAG "0.0.0")
set(AW_TEST_REV "0000000000000000000000000000000000000000")
