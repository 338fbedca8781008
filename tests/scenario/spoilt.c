/* SPDX-License-Identifier: Apache-2.0 */
#include "spoilt.h"

#include "boot_support.h"
#include "os_support.h"
#include "support.h"

static void older(struct making *how)
{
    how->version = "0.9.9";
}

static void too_long(struct making *how)
{
    how->version = "1.1.0-rc.0123456789.0123456789";
}

static void other_component(struct making *how)
{
    how->component = how->applet ? AW_TRUSTED_OS : AW_TRUSTED_APPLET;
}

static void other_key(struct making *how)
{
    how->os_key[0] = "other";
}

static void bad_checkpoint(struct making *how)
{
    how->bad_signature = true;
}

static void bad_manifest(struct making *how)
{
    how->bad_manifest = true;
}

static void bad_proof(struct making *how)
{
    how->bad_proof = true;
}

static void bad_digest(struct making *how)
{
    how->bad_digest = true;
}

static void no_program(struct making *how)
{
    how->elf = aw_text("this is no program");
}

/* The wrong kind of program, signed and logged as if it were right. */
static void other_program(struct making *how)
{
    how->elf = device_file(how->applet ? "tests/os_new.elf"
                                       : "tests/applet_update.elf");
}

const struct spoilt spoilt[SPOILT] = {
    {"older OS", older, "update: version", AW_ERR_ROLLBACK, false},
    {"older applet", older, "update: version", AW_ERR_ROLLBACK, true},
    {"long version", too_long, "update: version", AW_ERR_SPACE, true},
    {"long version of OS", too_long, "update: version", AW_ERR_SPACE, false},
    {"an applet for an OS", other_component, "component", AW_ERR_POLICY, false},
    {"an OS for an applet", other_component, "component", AW_ERR_POLICY, true},
    {"foreign key", other_key, "", AW_ERR_NO_SIG, true},
    {"one foreign key of the OS", other_key, "", AW_ERR_NO_SIG, false},
    {"checkpoint", bad_checkpoint, "", AW_ERR_SIG, true},
    {"manifest", bad_manifest, "", AW_ERR_SIG, true},
    {"proof", bad_proof, "", AW_ERR_PROOF, true},
    {"digest", bad_digest, "", AW_ERR_DIGEST, true},
    {"no program", no_program, "", AW_OK, true},
    {"program of an OS", other_program, "", AW_OK, true},
    {"program of an applet", other_program, "", AW_OK, false},
};

struct making spoilt_release(const struct spoilt *s)
{
    struct making how = s->applet ? applet_release("1.2.0", 1)
                                  : os_release("tests/os_new.elf", "1.2.0", 1);

    s->spoil(&how);
    return how;
}
