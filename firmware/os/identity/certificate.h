/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CERTIFICATE_H
#define CERTIFICATE_H

#include "aw/signer.h"

/**
 * Writes the certificate that a bastion's client shows: self-signed Ed25519,
 * X.509 version 3 in DER, "Bastion backend", serial number 1, digitalSignature
 * and clientAuth, as upstream's applet makes it.
 *
 * @param now  seconds since 1970; valid from an hour before to a day after
 *
 * @return AW_OK; AW_ERR_RANGE if that is not within 1970 to 2049; AW_ERR_SPACE;
 *         errors of the signer.
 */
AW_MUST_CHECK aw_err certificate_write(const uint8_t key[AW_ED25519_PUBLIC],
                                       uint64_t now, const struct aw_signer *by,
                                       struct aw_wr *w);

#endif
