/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SUPPORT_HAB_H
#define SUPPORT_HAB_H

#include <openssl/evp.h>

#include "aw/bytes.h"

/*
 * Vectors of secure boot. Certificates and keys are read with OpenSSL, so
 * that tests have a second opinion beside the library's own readers.
 */

/** File below tests/vectors/hab. */
aw_bytes hab_file(const char *path);
/** A CSF of csf/, by its stem: "flash.cst331". */
aw_bytes hab_csf(const char *stem);
/** DER of pki/crts/NAME_crt.pem. */
aw_bytes hab_cert(const char *name);
/** Private key pki/keys/TEST-NAME_key.pem; lives until the process ends. */
EVP_PKEY *hab_key(const char *name);
/** Image, CSF and zeros up to `pad` bytes of CSF. */
void hab_join(struct aw_wr *w, const char *image, aw_bytes csf, size_t pad);

#endif
