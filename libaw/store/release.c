/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/release.h"

#include "aw/release_make.h"

/* No value that memory holds by itself: neither 0, all ones nor a text. */
#define SEAL UINT32_C(0x5ac3963c)

static const char *const names[AW_COMPONENTS] = {
    [AW_BOOTLOADER] = "BOOTLOADER",
    [AW_RECOVERY] = "RECOVERY",
    [AW_TRUSTED_OS] = "TRUSTED_OS",
    [AW_TRUSTED_APPLET] = "TRUSTED_APPLET",
};

const char *aw_component_name(enum aw_component component)
{
    AW_BUG_ON((unsigned)component >= AW_COMPONENTS);
    return names[component];
}

aw_err aw_component_parse(aw_bytes text, enum aw_component *component)
{
    for (unsigned i = 0; i < AW_COMPONENTS; i++) {
        if (aw_bytes_is(text, names[i])) {
            *component = (enum aw_component)i;
            return AW_OK;
        }
    }
    return AW_ERR_NOT_FOUND;
}

bool aw_component_has_hab(enum aw_component component)
{
    return component == AW_BOOTLOADER || component == AW_RECOVERY;
}

void aw_release_seal(struct aw_release *release)
{
    release->seal = SEAL;
}

bool aw_release_sealed(const struct aw_release *release)
{
    /* Read anew at every test: a glitch or overwrite since the last one
     * counts. */
    const volatile uint32_t *seal = &release->seal;

    return *seal == SEAL;
}
