/* SPDX-License-Identifier: Apache-2.0 */
/* Policies of the Armored Witness project: continuous integration and
 * production. Keys and addresses from armored-witness,
 * internal/release/template.go; SRK hashes from its cmd/provision. The project
 * asks for no witnesses. */
#include "aw/ftlog/policy.h"

static const char ci[] =
    "aw-policy 1\n"
    "log "
    "transparency.dev-aw-ftlog-ci-4+30fe79e3+AUDoas+smwQDTlYbTzbEcAW+N6WyvB/"
    "4CysMWjpnRgat "
    "https://api.transparency.dev/armored-witness-firmware/ci/log/4/\n"
    "origin transparency.dev/armored-witness/firmware_transparency/ci/4\n"
    "component BOOTLOADER "
    "transparency.dev-aw-boot-ci+9f62b6ac+"
    "AbnipFmpRltfRiS9JCxLUcAZsbeH4noBOJXbVD3H5Eg4\n"
    "component RECOVERY "
    "transparency.dev-aw-recovery-ci+cc699423+"
    "AarlJMSl0rbTMf31B5o9bqc6PHorwvF1GbwyJRXArbfg\n"
    "component TRUSTED_OS "
    "transparency.dev-aw-os1-ci+7a0eaef3+AcsqvmrcKIbs21H2Bm2fWb6oFWn/"
    "9MmLGNc6NLJty2eQ "
    "transparency.dev-aw-os2-ci+af8e4114+AbBJk5MgxRB+"
    "68KhGojhUdSt1ts5GAdRIT1Eq9zEkgQh\n"
    "component TRUSTED_APPLET "
    "transparency.dev-aw-applet-ci+3ff32e2c+AV1fgxtByjXuPjPfi0/"
    "7qTbEBlPGGCyxqr6ZlppoLOz3\n"
    "hab-target ci\n"
    "srk-hash "
    "b8ba457320663bf006accd3c57e06720e63b21ce5351cb91b4650690bb08d85a\n"
    "binaries "
    "https://api.transparency.dev/armored-witness-firmware/ci/artefacts/4/\n"
    "quorum none\n";

static const char prod[] =
    "aw-policy 1\n"
    "log "
    "transparency.dev-aw-ftlog-prod-1+3e6d87ee+Aa3qdhefd2cc/"
    "98jV3blslJT2L+iFR8WKHeGcgFmyjnt "
    "https://api.transparency.dev/armored-witness-firmware/prod/log/1/\n"
    "origin "
    "transparency.dev/armored-witness/firmware_transparency/prod/1\n"
    "component BOOTLOADER "
    "transparency.dev-aw-boot-prod+2fa9168e+AR+KIx++"
    "GIlMBICxLkf4ZUK5RDlvJuiYUboqX5//RmUm\n"
    "component RECOVERY "
    "transparency.dev-aw-recovery-prod+f3710baa+ATu+HMUuO8ZsgaNwP97XMcb/"
    "+Ve8W1u1KdFQHNzOyLxx\n"
    "component TRUSTED_OS "
    "transparency.dev-aw-os1-prod+985bdfd2+"
    "AV7mmRamQp6VC9CutzSXzqtNhYNyNmQQRcLX07F6qlC1 "
    "transparency.dev-aw-os2-prod+662add8c+"
    "AebLJIKJhx57T3mWmHKe0sasFnXmtIQNTGRaoj2PQLrY\n"
    "component TRUSTED_APPLET "
    "transparency.dev-aw-applet-prod+d45f2a0d+AZSnFa8GxH+"
    "jHV6ahELk6peqVObbPKrYAdYyMjrzNF35\n"
    "hab-target prod\n"
    "srk-hash "
    "77e021cc51b5547fb0c2192fb32710bfa89b4bbaa7dab5f97fc585f673b0b236\n"
    "binaries "
    "https://api.transparency.dev/armored-witness-firmware/prod/artefacts/1/\n"
    "quorum none\n";

aw_err aw_policy_builtin(aw_bytes name, aw_bytes *text)
{
    if (aw_bytes_is(name, "ci")) {
        *text = aw_text(ci);
        return AW_OK;
    }
    if (aw_bytes_is(name, "prod")) {
        *text = aw_text(prod);
        return AW_OK;
    }
    return AW_ERR_NOT_FOUND;
}
