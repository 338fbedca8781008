/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FW_ABI_H
#define FW_ABI_H

#include <stdint.h>

/*
 * What the trusted OS does for the trusted applet: SVC #0, number in r0,
 * arguments in r1 to r4, result in r0. Zero and above is success, below is a
 * negative aw_err. Other registers come back unchanged. Structs have a fixed
 * size and layout, are little-endian and copied: nothing is shared. Meaning
 * and errors of each call: docs/formats/applet-abi.md. Numbers are append
 * only; ABI_NUMBER grows when a call or struct changes its meaning.
 */
enum {
    ABI_NUMBER = 1,
    ABI_NOTE_TYPE = 1, /* of the ELF note "AW" that names ABI_NUMBER */
    ABI_TRANSFER_MAX = 32768,
    ABI_NO_LIMIT = -1 /* of WAIT_EVENT's time */
};

/* Names of the Go project's calls where the function is the same. */
enum abi_call {
    ABI_EXIT = 0,       /* code */
    ABI_WRITE = 1,      /* text, n */
    ABI_NANOTIME = 2,   /* uint64_t * */
    ABI_GETRANDOM = 3,  /* buffer, n */
    ABI_WAIT_EVENT = 4, /* enum abi_event, ms -> enum abi_event */
    ABI_READY = 5,

    ABI_RX = 16,      /* buffer, n -> bytes */
    ABI_TX = 17,      /* frame, n */
    ABI_ADDRESS = 18, /* uint8_t[6] */

    ABI_CONFIG = 32,             /* struct abi_config * */
    ABI_STATUS = 33,             /* struct abi_status * */
    ABI_SET_WITNESS_STATUS = 34, /* const struct abi_witness_status * */
    ABI_LED = 35,                /* enum abi_led, on */
    ABI_REBOOT = 36,
    ABI_CONSOLE_LOG = 37, /* buffer, n, offset -> bytes */
    ABI_CRASH_LOG = 38,   /* buffer, n, offset -> bytes */

    ABI_CARD_INFO = 48,    /* struct abi_card * */
    ABI_READ = 49,         /* block, buffer, blocks */
    ABI_WRITE_BLOCKS = 50, /* block, bytes, blocks */
    ABI_READ_RPMB = 51,    /* uint8_t[256] */
    ABI_WRITE_RPMB = 52,   /* bytes, n -> counter */

    ABI_IDENTITY = 64,            /* struct abi_identity * */
    ABI_SIGN_CHECKPOINT = 65,     /* const struct abi_cosign *, uint8_t[64] */
    ABI_ATTEST = 66,              /* enum abi_attestation, buffer, n -> bytes */
    ABI_BASTION_CERTIFICATE = 67, /* buffer, n, uint64_t * -> bytes */
    ABI_SIGN_BASTION = 68,        /* transcript hash, n, uint8_t[64] */

    ABI_GET_INSTALLED_VERSIONS = 80, /* struct abi_versions * */
    ABI_INSTALL_OS = 81,             /* enum abi_install, bytes, n */
    ABI_INSTALL_APPLET = 82          /* enum abi_install, bytes, n */
};

/* Bits of WAIT_EVENT. */
enum abi_event {
    ABI_EVENT_RX = 1,     /* a frame waits */
    ABI_EVENT_TX = 2,     /* a frame can be sent */
    ABI_EVENT_LINK = 4,   /* the link came or went */
    ABI_EVENT_CONFIG = 8, /* a new configuration: ask CONFIG */
    ABI_EVENT_ALL = 15
};

/* White is the OS's. */
enum abi_led { ABI_LED_BLUE = 1, ABI_LED_GREEN = 2, ABI_LED_YELLOW = 3 };

enum abi_attestation { ABI_ATTEST_IDENTITY = 0, ABI_ATTEST_BASTION = 1 };

enum abi_install { ABI_INSTALL_BEGIN = 0, ABI_INSTALL_PART, ABI_INSTALL_END };

/* Texts end with a zero byte, what is behind it is zero too. */
struct abi_config {
    uint32_t dhcp; /* 0 or 1 */
    char ip[16];
    char netmask[16];
    char gateway[16];
    char resolver[64];   /* host:port */
    char ntp_server[64]; /* empty: none */
};

struct abi_status {
    uint32_t hab;  /* 1: secure boot is active */
    uint32_t link; /* 1: the network link is up */
    uint32_t identity_counter;
    char serial[20];   /* 16 hex digits */
    char version[32];  /* of the OS */
    char revision[44]; /* commit of the OS */
    char srk_hash[68]; /* 64 hex digits */
    uint8_t mac[8];    /* the first 6 */
};

struct abi_witness_status {
    char ip[64];
};

struct abi_versions {
    char os[32];
    char applet[32];
};

struct abi_card {
    uint32_t block_size; /* 512 */
    uint32_t blocks;     /* of the applet's area */
    uint8_t cid[16];
};

/* Public halves of the keys that the OS holds, as note keys. */
struct abi_identity {
    uint32_t counter;
    char witness[128];     /* note verifier key, Ed25519 */
    char attestation[128]; /* the same */
    char bastion[68];      /* SHA-256 of the public key, 64 hex digits */
};

/* A checkpoint to cosign: the note's text, that is without signatures. */
struct abi_cosign {
    uint32_t text; /* address */
    uint32_t n;
    uint64_t time; /* seconds since 1970 */
};

_Static_assert(sizeof(struct abi_config) == 180, "one layout");
_Static_assert(sizeof(struct abi_status) == 184, "one layout");
_Static_assert(sizeof(struct abi_witness_status) == 64, "one layout");
_Static_assert(sizeof(struct abi_versions) == 64, "one layout");
_Static_assert(sizeof(struct abi_card) == 24, "one layout");
_Static_assert(sizeof(struct abi_identity) == 328, "one layout");
_Static_assert(sizeof(struct abi_cosign) == 16, "one layout");

#endif
