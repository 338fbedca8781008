/* SPDX-License-Identifier: Apache-2.0 */
/* The messages by nanopb, whose structs (control.proto) stay in here. */
#include "aw/control.h"

#include <string.h>

#include "control_pb.h"
#include "pb_decode.h"
#include "pb_encode.h"

_Static_assert(sizeof(((aw_pb_Status *)0)->Serial) == AW_CTL_TEXT, "one size");
_Static_assert(sizeof(((aw_pb_Information *)0)->SecureBoot.Log.bytes) ==
                   AW_CTL_HAB_LOG,
               "one size");
_Static_assert(sizeof(((aw_pb_Information *)0)->Fuses) / sizeof(aw_pb_Fuse) ==
                   AW_CTL_FUSES,
               "one size");
_Static_assert(sizeof(((aw_pb_Information *)0)->Slots) / sizeof(aw_pb_Slot) ==
                   AW_CTL_SLOTS,
               "one size");

static void encode(const pb_msgdesc_t *what, const void *message,
                   struct aw_wr *w)
{
    if (w->failed) {
        return;
    }
    pb_ostream_t out = pb_ostream_from_buffer(w->p + w->n, w->cap - w->n);

    if (pb_encode(&out, what, message)) {
        w->n += out.bytes_written;
    } else {
        w->failed = true;
    }
}

static aw_err decode(const pb_msgdesc_t *what, aw_bytes bytes, void *message)
{
    static const uint8_t nothing[1];
    pb_istream_t in =
        pb_istream_from_buffer(bytes.n == 0 ? nothing : bytes.p, bytes.n);

    return pb_decode(&in, what, message) ? AW_OK : AW_ERR_FORMAT;
}

/* Between two texts of one size; what is behind the end becomes zero. */
static void copy(char *to, const char *from, size_t size)
{
    size_t n = 0;

    while (n + 1 < size && from[n] != '\0') {
        to[n] = from[n];
        n++;
    }
    memset(to + n, 0, size - n);
}
#define COPY(to, from)                                              \
    do {                                                            \
        _Static_assert(sizeof(to) == sizeof(from), "texts differ"); \
        copy((to), (from), sizeof(to));                             \
    } while (0)

void aw_ctl_status_write(const struct aw_ctl_status *s, struct aw_wr *w)
{
    aw_pb_Status message;
    aw_pb_Status *m = &message;

    *m = (aw_pb_Status){.HAB = s->hab,
                        .Link = s->link,
                        .has_Witness = s->has_witness,
                        .IdentityCounter = s->identity_counter};
    COPY(m->Serial, s->serial);
    COPY(m->Revision, s->revision);
    COPY(m->Build, s->build);
    COPY(m->Version, s->version);
    COPY(m->Runtime, s->runtime);
    COPY(m->SRKHash, s->srk_hash);
    COPY(m->MAC, s->mac);
    COPY(m->Witness.Identity, s->witness.identity);
    COPY(m->Witness.IP, s->witness.ip);
    COPY(m->Witness.IDAttestPublicKey, s->witness.attestation_key);
    COPY(m->Witness.AttestedID, s->witness.attested_id);
    COPY(m->Witness.AttestedBastionID, s->witness.attested_bastion_id);
    encode(aw_pb_Status_fields, m, w);
}

aw_err aw_ctl_status_read(aw_bytes bytes, struct aw_ctl_status *s)
{
    aw_pb_Status message;
    aw_pb_Status *m = &message;
    aw_err err = decode(aw_pb_Status_fields, bytes, m);

    if (err != AW_OK) {
        return err;
    }
    *s = (struct aw_ctl_status){.hab = m->HAB,
                                .link = m->Link,
                                .has_witness = m->has_Witness,
                                .identity_counter = m->IdentityCounter};
    COPY(s->serial, m->Serial);
    COPY(s->revision, m->Revision);
    COPY(s->build, m->Build);
    COPY(s->version, m->Version);
    COPY(s->runtime, m->Runtime);
    COPY(s->srk_hash, m->SRKHash);
    COPY(s->mac, m->MAC);
    COPY(s->witness.identity, m->Witness.Identity);
    COPY(s->witness.ip, m->Witness.IP);
    COPY(s->witness.attestation_key, m->Witness.IDAttestPublicKey);
    COPY(s->witness.attested_id, m->Witness.AttestedID);
    COPY(s->witness.attested_bastion_id, m->Witness.AttestedBastionID);
    return AW_OK;
}

static void config_to(const struct aw_ctl_config *c, aw_pb_Configuration *m)
{
    m->DHCP = c->dhcp;
    COPY(m->IP, c->ip);
    COPY(m->Netmask, c->netmask);
    COPY(m->Gateway, c->gateway);
    COPY(m->Resolver, c->resolver);
    COPY(m->NTPServer, c->ntp_server);
}

static void config_from(const aw_pb_Configuration *m, struct aw_ctl_config *c)
{
    c->dhcp = m->DHCP;
    COPY(c->ip, m->IP);
    COPY(c->netmask, m->Netmask);
    COPY(c->gateway, m->Gateway);
    COPY(c->resolver, m->Resolver);
    COPY(c->ntp_server, m->NTPServer);
}

void aw_ctl_config_write(const struct aw_ctl_config *config, struct aw_wr *w)
{
    aw_pb_Configuration m;

    config_to(config, &m);
    encode(aw_pb_Configuration_fields, &m, w);
}

aw_err aw_ctl_config_read(aw_bytes bytes, struct aw_ctl_config *config)
{
    aw_pb_Configuration m;
    aw_err err = decode(aw_pb_Configuration_fields, bytes, &m);

    if (err == AW_OK) {
        config_from(&m, config);
    }
    return err;
}

void aw_ctl_log_request_write(bool goes_on, struct aw_wr *w)
{
    const aw_pb_LogMessagesRequest m = {.Continue = goes_on};

    encode(aw_pb_LogMessagesRequest_fields, &m, w);
}

aw_err aw_ctl_log_request_read(aw_bytes bytes, bool *goes_on)
{
    aw_pb_LogMessagesRequest m;
    aw_err err = decode(aw_pb_LogMessagesRequest_fields, bytes, &m);

    if (err == AW_OK) {
        *goes_on = m.Continue;
    }
    return err;
}

void aw_ctl_log_write(const struct aw_ctl_log *log, struct aw_wr *w)
{
    aw_pb_LogMessagesResponse m = {.More = log->more};

    AW_BUG_ON(log->n > sizeof(m.Payload.bytes));
    m.Payload.size = (pb_size_t)log->n;
    memcpy(m.Payload.bytes, log->payload, log->n);
    encode(aw_pb_LogMessagesResponse_fields, &m, w);
}

aw_err aw_ctl_log_read(aw_bytes bytes, struct aw_ctl_log *log)
{
    aw_pb_LogMessagesResponse m;
    aw_err err = decode(aw_pb_LogMessagesResponse_fields, bytes, &m);

    if (err == AW_OK) {
        log->more = m.More;
        log->n = m.Payload.size;
        memcpy(log->payload, m.Payload.bytes, m.Payload.size);
    }
    return err;
}

void aw_ctl_response_write(const struct aw_ctl_response *r, struct aw_wr *w)
{
    aw_pb_Response m = {.Error = r->error == 0 ? aw_pb_ErrorCode_NONE
                                               : aw_pb_ErrorCode_GENERIC_ERROR};
    aw_bytes reason = aw_text(r->reason);

    AW_BUG_ON(reason.n > sizeof(m.Payload.bytes));
    m.Payload.size = (pb_size_t)reason.n;
    memcpy(m.Payload.bytes, reason.p, reason.n);
    encode(aw_pb_Response_fields, &m, w);
}

aw_err aw_ctl_response_read(aw_bytes bytes, struct aw_ctl_response *r)
{
    aw_pb_Response m;
    aw_err err = decode(aw_pb_Response_fields, bytes, &m);

    if (err == AW_OK) {
        r->error = (uint32_t)m.Error;
        memcpy(r->reason, m.Payload.bytes, m.Payload.size);
        r->reason[m.Payload.size] = '\0';
    }
    return err;
}

void aw_ctl_arm_write(const struct aw_ctl_arm *arm, struct aw_wr *w)
{
    aw_pb_Arm m;

    COPY(m.Serial, arm->serial);
    COPY(m.SRKHash, arm->srk_hash);
    encode(aw_pb_Arm_fields, &m, w);
}

aw_err aw_ctl_arm_read(aw_bytes bytes, struct aw_ctl_arm *arm)
{
    aw_pb_Arm m;
    aw_err err = decode(aw_pb_Arm_fields, bytes, &m);

    if (err == AW_OK) {
        COPY(arm->serial, m.Serial);
        COPY(arm->srk_hash, m.SRKHash);
    }
    return err;
}

static size_t put_digest(const uint8_t *from, size_t n, uint8_t *to)
{
    AW_BUG_ON(n > AW_CTL_DIGEST);
    memset(to, 0, AW_CTL_DIGEST);
    memcpy(to, from, n);
    return n;
}

void aw_ctl_update_write(const struct aw_ctl_update *u, struct aw_wr *w)
{
    aw_pb_Update message;
    aw_pb_Update *m = &message;

    AW_BUG_ON(u->n > sizeof(u->data));
    m->Step = u->step;
    m->Evidence = u->evidence;
    m->File = u->file;
    m->Offset = u->offset;
    COPY(m->Component, u->component);
    m->Digest.size =
        (pb_size_t)put_digest(u->digest, u->digest_n, m->Digest.bytes);
    m->Data.size = (pb_size_t)u->n;
    memcpy(m->Data.bytes, u->data, u->n);
    encode(aw_pb_Update_fields, m, w);
}

aw_err aw_ctl_update_read(aw_bytes bytes, struct aw_ctl_update *u)
{
    aw_pb_Update message;
    aw_pb_Update *m = &message;
    aw_err err = decode(aw_pb_Update_fields, bytes, m);

    if (err != AW_OK) {
        return err;
    }
    u->step = m->Step;
    u->evidence = m->Evidence;
    u->file = m->File;
    u->offset = m->Offset;
    COPY(u->component, m->Component);
    u->digest_n = put_digest(m->Digest.bytes, m->Digest.size, u->digest);
    u->n = m->Data.size;
    memcpy(u->data, m->Data.bytes, m->Data.size);
    return AW_OK;
}

static void incoming_to(const struct aw_ctl_incoming *i, aw_pb_Incoming *m)
{
    COPY(m->Component, i->component);
    m->Received = i->received;
    m->Total = i->total;
    m->Digest.size =
        (pb_size_t)put_digest(i->digest, i->digest_n, m->Digest.bytes);
}

static void incoming_from(const aw_pb_Incoming *m, struct aw_ctl_incoming *i)
{
    COPY(i->component, m->Component);
    i->received = m->Received;
    i->total = m->Total;
    i->digest_n = put_digest(m->Digest.bytes, m->Digest.size, i->digest);
}

static void boot_to(const struct aw_ctl_secure_boot *b, aw_pb_SecureBoot *m)
{
    AW_BUG_ON(b->log_n > sizeof(b->log));
    m->Closed = b->closed;
    m->KeysUsable = b->keys_usable;
    m->Reported = b->reported;
    m->Status = b->status;
    m->Config = b->config;
    m->State = b->state;
    m->Log.size = (pb_size_t)b->log_n;
    memcpy(m->Log.bytes, b->log, b->log_n);
    COPY(m->Plan, b->plan);
    m->Cold = b->cold;
    m->Armed = b->armed;
}

static void boot_from(const aw_pb_SecureBoot *m, struct aw_ctl_secure_boot *b)
{
    b->closed = m->Closed;
    b->keys_usable = m->KeysUsable;
    b->reported = m->Reported;
    b->status = m->Status;
    b->config = m->Config;
    b->state = m->State;
    b->log_n = m->Log.size;
    memcpy(b->log, m->Log.bytes, m->Log.size);
    COPY(b->plan, m->Plan);
    b->cold = m->Cold;
    b->armed = m->Armed;
}

static void slot_to(const struct aw_ctl_slot *s, aw_pb_Slot *m)
{
    *m = (aw_pb_Slot){.Copy = s->copy,
                      .Started = s->started,
                      .Confirmed = s->confirmed,
                      .Attempts = s->attempts};
    COPY(m->Component, s->component);
    COPY(m->Name, s->name);
    COPY(m->Version, s->version);
}

static void slot_from(const aw_pb_Slot *m, struct aw_ctl_slot *s)
{
    *s = (struct aw_ctl_slot){.copy = m->Copy,
                              .started = m->Started,
                              .confirmed = m->Confirmed,
                              .attempts = m->Attempts};
    COPY(s->component, m->Component);
    COPY(s->name, m->Name);
    COPY(s->version, m->Version);
}

static void lists_to(const struct aw_ctl_information *i, aw_pb_Information *m)
{
    AW_BUG_ON(i->n_fuses > AW_CTL_FUSES || i->n_slots > AW_CTL_SLOTS);
    m->Fuses_count = (pb_size_t)i->n_fuses;
    for (size_t k = 0; k < i->n_fuses; k++) {
        m->Fuses[k] = (aw_pb_Fuse){.Bank = i->fuses[k].bank,
                                   .Word = i->fuses[k].word,
                                   .Value = i->fuses[k].value};
    }
    m->Slots_count = (pb_size_t)i->n_slots;
    for (size_t k = 0; k < i->n_slots; k++) {
        slot_to(&i->slots[k], &m->Slots[k]);
    }
}

void aw_ctl_information_write(const struct aw_ctl_information *i,
                              struct aw_wr *w)
{
    aw_pb_Information message;
    aw_pb_Information *m = &message;

    memset(m, 0, sizeof(*m));
    m->Format = i->format;
    m->has_SecureBoot = true;
    m->has_RPMB = true;
    m->has_Configuration = true;
    m->has_Applet = true;
    COPY(m->Serial, i->serial);
    COPY(m->Part, i->part);
    boot_to(&i->secure_boot, &m->SecureBoot);
    COPY(m->RPMB.State, i->rpmb.state);
    COPY(m->RPMB.OSVersion, i->rpmb.os_version);
    COPY(m->RPMB.AppletVersion, i->rpmb.applet_version);
    m->RPMB.Writes = i->rpmb.writes;
    config_to(&i->config, &m->Configuration);
    COPY(m->Applet.State, i->applet.state);
    COPY(m->Applet.LastEnd, i->applet.last_end);
    m->Applet.Starts = i->applet.starts;
    m->Applet.Ready = i->applet.ready;
    m->has_Incoming = i->incoming.component[0] != '\0';
    incoming_to(&i->incoming, &m->Incoming);
    lists_to(i, m);
    encode(aw_pb_Information_fields, m, w);
}

static void lists_from(const aw_pb_Information *m, struct aw_ctl_information *i)
{
    i->n_fuses = m->Fuses_count;
    for (size_t k = 0; k < i->n_fuses; k++) {
        i->fuses[k] = (struct aw_ctl_fuse){.bank = m->Fuses[k].Bank,
                                           .word = m->Fuses[k].Word,
                                           .value = m->Fuses[k].Value};
    }
    i->n_slots = m->Slots_count;
    for (size_t k = 0; k < i->n_slots; k++) {
        slot_from(&m->Slots[k], &i->slots[k]);
    }
}

aw_err aw_ctl_information_read(aw_bytes bytes, struct aw_ctl_information *i)
{
    aw_pb_Information message;
    aw_pb_Information *m = &message;
    aw_err err = decode(aw_pb_Information_fields, bytes, m);

    if (err != AW_OK) {
        return err;
    }
    memset(i, 0, sizeof(*i));
    i->format = m->Format;
    COPY(i->serial, m->Serial);
    COPY(i->part, m->Part);
    boot_from(&m->SecureBoot, &i->secure_boot);
    COPY(i->rpmb.state, m->RPMB.State);
    COPY(i->rpmb.os_version, m->RPMB.OSVersion);
    COPY(i->rpmb.applet_version, m->RPMB.AppletVersion);
    i->rpmb.writes = m->RPMB.Writes;
    config_from(&m->Configuration, &i->config);
    COPY(i->applet.state, m->Applet.State);
    COPY(i->applet.last_end, m->Applet.LastEnd);
    i->applet.starts = m->Applet.Starts;
    i->applet.ready = m->Applet.Ready;
    incoming_from(&m->Incoming, &i->incoming);
    lists_from(m, i);
    return AW_OK;
}
