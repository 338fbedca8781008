/* SPDX-License-Identifier: Apache-2.0 */
#include "os/settings.h"

#include <string.h>

#include "aw/emmc.h"
#include "aw/settings.h"
#include "fw/dma.h"
#include "os/text.h"

static DMA_ALIGNED uint8_t buffer[AW_SETTINGS_SIZE];

void settings_default(struct abi_config *config)
{
    memset(config, 0, sizeof(*config));
    config->dhcp = 1;
    text_put(config->ip, sizeof(config->ip), "10.0.0.1");
    text_put(config->netmask, sizeof(config->netmask), "255.255.255.0");
    text_put(config->gateway, sizeof(config->gateway), "10.0.0.2");
    text_put(config->resolver, sizeof(config->resolver), "8.8.8.8:53");
    text_put(config->ntp_server, sizeof(config->ntp_server), "time.google.com");
}

/* A number below 256 at *text, which moves behind it. */
static bool take_number(const char **text)
{
    unsigned number = 0;
    unsigned digits = 0;

    for (; **text >= '0' && **text <= '9' && digits < 4; ++*text, digits++) {
        number = 10 * number + (unsigned)(**text - '0');
    }
    return digits > 0 && digits < 4 && number < 256;
}

/* Four of them with dots between. */
static bool is_address(const char *text)
{
    bool good = take_number(&text);

    for (unsigned i = 0; i < 3 && good; i++) {
        good = *text == '.';
        text += good ? 1 : 0;
        good = good && take_number(&text);
    }
    return good && *text == '\0';
}

/* Characters of host names, addresses and ports. */
static bool is_plain(const char *text)
{
    for (; *text != '\0'; text++) {
        bool letter = (*text >= 'a' && *text <= 'z') ||
                      (*text >= 'A' && *text <= 'Z') ||
                      (*text >= '0' && *text <= '9');

        if (!letter && strchr(".-:[]_", *text) == NULL) {
            return false;
        }
    }
    return true;
}

static bool fits(const char *text, size_t size)
{
    return memchr(text, '\0', size) != NULL;
}

/* Without DHCP the addresses have to be there. */
static bool address_ok(const struct aw_ctl_config *from, const char *text,
                       size_t size)
{
    return fits(text, size) &&
           ((from->dhcp && text[0] == '\0') || is_address(text));
}

bool settings_check(const struct aw_ctl_config *from, struct abi_config *config,
                    const char **why)
{
    struct abi_config c;

    memset(&c, 0, sizeof(c));
    *why = NULL;
    if (!address_ok(from, from->ip, sizeof(c.ip))) {
        *why = "IP is no address";
    } else if (!address_ok(from, from->netmask, sizeof(c.netmask))) {
        *why = "Netmask is no address";
    } else if (!address_ok(from, from->gateway, sizeof(c.gateway))) {
        *why = "Gateway is no address";
    } else if (!fits(from->resolver, sizeof(c.resolver)) ||
               !is_plain(from->resolver)) {
        *why = "Resolver is no host and port";
    } else if (!fits(from->ntp_server, sizeof(c.ntp_server)) ||
               !is_plain(from->ntp_server)) {
        *why = "NTPServer is no host";
    }
    if (*why != NULL) {
        return false;
    }
    c.dhcp = from->dhcp ? 1 : 0;
    text_put(c.ip, sizeof(c.ip), from->ip);
    text_put(c.netmask, sizeof(c.netmask), from->netmask);
    text_put(c.gateway, sizeof(c.gateway), from->gateway);
    text_put(c.resolver, sizeof(c.resolver), from->resolver);
    text_put(c.ntp_server, sizeof(c.ntp_server), from->ntp_server);
    *config = c;
    return true;
}

void settings_show(const struct abi_config *config, struct aw_ctl_config *to)
{
    memset(to, 0, sizeof(*to));
    to->dhcp = config->dhcp != 0;
    text_put(to->ip, sizeof(to->ip), config->ip);
    text_put(to->netmask, sizeof(to->netmask), config->netmask);
    text_put(to->gateway, sizeof(to->gateway), config->gateway);
    text_put(to->resolver, sizeof(to->resolver), config->resolver);
    text_put(to->ntp_server, sizeof(to->ntp_server), config->ntp_server);
}

static uint32_t block_of(unsigned i)
{
    return (uint32_t)aw_emmc_find(AW_EMMC_SETTINGS, AW_TRUSTED_OS, i)->first;
}

/* A record that can be read and makes sense. */
static bool read_record(struct os *os, unsigned i, uint32_t *seq,
                        struct abi_config *config)
{
    struct aw_ctl_config message;
    const char *why = NULL;

    return card_read(os->card, block_of(i), buffer, 1, NULL) == AW_OK &&
           aw_settings_parse(buffer, seq, &message) == AW_OK &&
           settings_check(&message, config, &why);
}

/* The newer record; AW_SETTINGS_COPIES: there is none. */
static unsigned newest(struct os *os, uint32_t *seq, struct abi_config *config)
{
    unsigned at = AW_SETTINGS_COPIES;

    *seq = 0;
    for (unsigned i = 0; i < AW_SETTINGS_COPIES; i++) {
        struct abi_config c;
        uint32_t number = 0;

        if (read_record(os, i, &number, &c) &&
            (at == AW_SETTINGS_COPIES || number > *seq)) {
            at = i;
            *seq = number;
            *config = c;
        }
    }
    return at;
}

void settings_load(struct os *os)
{
    uint32_t seq = 0;

    settings_default(&os->config);
    if (os->card != NULL) {
        (void)newest(os, &seq, &os->config);
    }
}

aw_err settings_store(struct os *os, const struct abi_config *config)
{
    struct aw_ctl_config message;
    struct abi_config found;
    uint32_t seq = 0;

    if (os->card == NULL) {
        return AW_ERR_NOT_FOUND;
    }
    unsigned at = newest(os, &seq, &found) == 0 ? 1 : 0;

    settings_show(config, &message);
    aw_err err = aw_settings_write(seq + 1, &message, buffer);

    if (err == AW_OK) {
        err = card_write(os->card, block_of(at), buffer, 1, NULL);
    }
    if (err == AW_OK) {
        err = card_flush(os->card, NULL);
    }
    memset(buffer, 0, sizeof(buffer));
    if (err == AW_OK && (!read_record(os, at, &seq, &found) ||
                         memcmp(&found, config, sizeof(found)) != 0)) {
        err = AW_ERR_IO;
    }
    if (err == AW_OK) {
        os->config = *config;
    }
    return err;
}
