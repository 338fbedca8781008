/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AW_RELEASE_H
#define AW_RELEASE_H

#include "aw/bytes.h"
#include "aw/semver.h"

enum aw_component {
    AW_BOOTLOADER,
    AW_RECOVERY,
    AW_TRUSTED_OS,
    AW_TRUSTED_APPLET
};
enum { AW_COMPONENTS = 4 };

/* Largest image, in bytes: every slot is larger, but hosts and devices hold
 * an image in memory. */
enum { AW_FIRMWARE_MAX = 64 * 1024 * 1024 };

/** Name in manifests, as in "TRUSTED_OS"; static. */
const char *aw_component_name(enum aw_component component);

/**
 * Component of a name in a manifest.
 *
 * @param text       untrusted
 * @param component  untouched on failure
 *
 * @return AW_OK; AW_ERR_NOT_FOUND for any other text.
 */
AW_MUST_CHECK aw_err aw_component_parse(aw_bytes text,
                                        enum aw_component *component);

/** True for the components that the boot ROM verifies: bootloader and
 *  recovery. Their manifests have a HAB section. */
bool aw_component_has_hab(enum aw_component component);

/*
 * A release whose every signature, proof and digest has been checked. Only
 * aw_bundle_verify makes one; whoever flashes, boots or loads takes this
 * type and tests the seal once more. Spans are borrowed from the bundle.
 */
struct aw_release {
    uint32_t seal; /* private */
    enum aw_component component;
    struct aw_semver version;
    uint64_t index;    /* leaf in the log */
    aw_bytes manifest; /* whole signed note */
    bool has_firmware; /* false: the image itself was not checked */
    aw_bytes firmware; /* ELF, or IMX without CSF */
    bool has_hab_signature;
    aw_bytes hab_signature; /* CSF that follows the IMX */
    uint8_t firmware_sha256[32];
};

/** True for a release that aw_bundle_verify made and nobody wiped. */
bool aw_release_sealed(const struct aw_release *release);

#endif
