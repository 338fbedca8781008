/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/hab/event.h"

#include "aw/hab/cmd.h"

/*
 * Causes and remedies, most special first. A zero in a row matches anything.
 * `cmd` is the tag of the command in the event, `target` byte 7 of an Install
 * Key or byte 4 of an Authenticate Data: the key slot.
 */
enum { ANY_SLOT = 0xff, SLOT_SRK = 0, SLOT_CSF = 1 };

struct row {
    uint8_t reason;
    uint8_t context;
    uint8_t cmd;
    uint8_t slot;
    struct aw_hab_advice advice;
};

static const struct row rows[] = {
    {AW_HAB_INV_SIGNATURE,
     AW_HAB_CTX_COMMAND,
     AW_CMD_AUTH_DATA,
     SLOT_CSF,
     {"the CSF commands were changed after signing, or the CSF key's signature "
      "is of another file",
      "sign the image again; do not edit a signed CSF"}},
    {AW_HAB_INV_SIGNATURE,
     AW_HAB_CTX_COMMAND,
     AW_CMD_AUTH_DATA,
     ANY_SLOT,
     {"the bytes in memory are not the signed ones: image or CSF is of another "
      "build, the image was changed after signing, or a flash form was sent "
      "over serial download (or the reverse)",
      "put image and CSF of one build together; sign with --sdp for serial "
      "download, without it for eMMC"}},
    {AW_HAB_INV_SIGNATURE,
     AW_HAB_CTX_COMMAND,
     AW_CMD_INSTALL_KEY,
     ANY_SLOT,
     {"the certificate is not signed by the super root key that the CSF "
      "selects",
      "select the SRK that issued the CSF and IMG certificates"}},
    {AW_HAB_INV_CERTIFICATE,
     AW_HAB_CTX_COMMAND,
     AW_CMD_INSTALL_KEY,
     SLOT_SRK,
     {"the SRK table is damaged, or its hash is not the one in the fuses",
      "compare the hash that aw hab srk prints with the fuses 3/0 to 3/7, and "
      "sign with the table that was fused"}},
    {AW_HAB_INV_CERTIFICATE,
     AW_HAB_CTX_COMMAND,
     AW_CMD_INSTALL_KEY,
     ANY_SLOT,
     {"the certificate is damaged, at another offset, or of a shape that the "
      "ROM refuses: extendedKeyUsage, a long keyUsage, an issuer that is no CA",
      "issue plain version 3 certificates as aw hab pki does and sign again"}},
    {AW_HAB_INV_INDEX,
     AW_HAB_CTX_COMMAND,
     AW_CMD_INSTALL_KEY,
     SLOT_SRK,
     {"the CSF selects a super root key that the table does not have or that "
      "is revoked in the fuses",
      "sign with a key of the table that is not revoked"}},
    {AW_HAB_INV_INDEX,
     AW_HAB_CTX_COMMAND,
     0,
     ANY_SLOT,
     {"the command uses a key slot that is empty, or fills one that is not",
      "install each key once and before its use"}},
    {AW_HAB_INV_KEY,
     AW_HAB_CTX_COMMAND,
     AW_CMD_INSTALL_KEY,
     SLOT_SRK,
     {"the table holds only the hash of the selected super root key",
      "use a table that holds the whole key"}},
    {AW_HAB_INV_KEY,
     AW_HAB_CTX_COMMAND,
     0,
     ANY_SLOT,
     {"the key is marked as one of a certificate authority",
      "issue the CSF and IMG certificates with CA:FALSE"}},
    {AW_HAB_INV_COMMAND,
     AW_HAB_CTX_COMMAND,
     0,
     ANY_SLOT,
     {"a command is malformed or stands at the wrong place: keys before "
      "authentication, unlocks after it, flags as the manual has them",
      "write the CSF with aw hab sign; leave out Hash Algorithm in Install Key "
      "where NXP's tool is used"}},
    {AW_HAB_INV_ASSERTION,
     0,
     0,
     ANY_SLOT,
     {"a region that must be signed is not covered by one signed block; after "
      "another event it only follows from that one",
      "mend the first event; if this is the only one, sign the whole image"}},
    {AW_HAB_INV_CSF,
     0,
     0,
     ANY_SLOT,
     {"there is no CSF where the IVT points, or none of its commands "
      "authenticates it: an unsigned image, or the CSF was not appended",
      "append the CSF directly behind the image"}},
    {AW_HAB_INV_IVT,
     0,
     0,
     ANY_SLOT,
     {"there is no image vector table at the start of the image",
      "write the image to byte 1024 of the medium, or send it to the address "
      "that its IVT names"}},
    {AW_HAB_INV_DCD,
     0,
     0,
     ANY_SLOT,
     {"the device configuration data is damaged or longer than 1768 bytes",
      "build the image again; over serial download, send the DCD whole"}},
    {AW_HAB_INV_ADDRESS,
     AW_HAB_CTX_TARGET,
     0,
     ANY_SLOT,
     {"the ROM may not load to or read from this address",
      "link the image for DDR; over serial download, use an address in DDR or "
      "free OCRAM"}},
    {AW_HAB_INV_ADDRESS,
     AW_HAB_CTX_COMMAND,
     AW_CMD_WRITE,
     ANY_SLOT,
     {"the DCD writes to an address that is not aligned or not on the ROM's "
      "list",
      "keep to clocks, pads, DDR controller, free OCRAM and DDR"}},
    {AW_HAB_INV_ADDRESS,
     AW_HAB_CTX_COMMAND,
     AW_CMD_CHECK,
     ANY_SLOT,
     {"the DCD reads an address that is not aligned or not on the ROM's list",
      "keep to clocks, pads, DDR controller, free OCRAM and DDR"}},
    {AW_HAB_INV_ADDRESS,
     0,
     0,
     ANY_SLOT,
     {"a pointer of the IVT is zero or lies outside the image",
      "check entry, self, boot data and CSF with aw hab explain; over serial "
      "download, send image and CSF as one file"}},
    {AW_HAB_INV_SIZE,
     0,
     0,
     ANY_SLOT,
     {"a DCD command has an access width that is not 1, 2 or 4, or a value "
      "wider than that",
      "mend the register list"}},
    {AW_HAB_OVR_COUNT,
     0,
     0,
     ANY_SLOT,
     {"a register did not reach the value that the DCD waits for",
      "check the DDR settings against the board's memory"}},
    {AW_HAB_UNS_ALGORITHM,
     0,
     0,
     ANY_SLOT,
     {"a signature uses another digest or scheme than SHA-256 with PKCS #1 "
      "v1.5",
      "sign with SHA-256 and PKCS #1 v1.5"}},
    {AW_HAB_UNS_KEY,
     0,
     0,
     ANY_SLOT,
     {"the key is not RSA or of a size that the ROM does not take",
      "use RSA of 2048 bits"}},
    {AW_HAB_UNS_ENGINE,
     0,
     0,
     ANY_SLOT,
     {"the CSF names an engine that the part does not have",
      "sign with the software engine"}},
    {AW_HAB_UNS_COMMAND,
     0,
     0,
     ANY_SLOT,
     {"CSF or DCD holds a command that HABv4 does not have",
      "build and sign the image again"}},
    {AW_HAB_ENG_FAIL,
     0,
     0,
     ANY_SLOT,
     {"a hardware engine failed; the DCP does when the ROM's MMU is on",
      "sign with the software engine, or blow BT_MMU_DISABLE"}},
    {AW_HAB_UNS_STATE,
     0,
     0,
     ANY_SLOT,
     {"the security state machine is in a failed state: a tamper event",
      "remove power and battery supply, then boot again"}},
    {AW_HAB_INV_CALL,
     0,
     0,
     ANY_SLOT,
     {"software called the ROM's HAB functions out of sequence",
      "call entry, the function, exit, in this order"}},
};

static const struct aw_hab_advice success = {
    "HAB has nothing to report",
    "nothing to do",
};

static const struct aw_hab_advice unknown = {
    "no cause is known for this event",
    "look the command up with aw hab explain",
};

static bool command_matches(const struct row *row,
                            const struct aw_hab_event *event)
{
    struct aw_rd r = aw_rd_init(event->data);
    uint8_t tag = aw_rd_u8(&r);

    if (row->cmd == 0) {
        return true;
    }
    r = aw_rd_at(event->data, tag == AW_CMD_INSTALL_KEY ? 7 : 4);
    uint8_t slot = aw_rd_u8(&r);

    return tag == row->cmd &&
           (row->slot == ANY_SLOT || (!r.failed && slot == row->slot));
}

const struct aw_hab_advice *
aw_hab_event_advice(const struct aw_hab_event *event)
{
    if (event->status == AW_HAB_SUCCESS) {
        return &success;
    }
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].reason == event->reason &&
            (rows[i].context == 0 || rows[i].context == event->context) &&
            command_matches(&rows[i], event)) {
            return &rows[i].advice;
        }
    }
    return &unknown;
}
