/* SPDX-License-Identifier: Apache-2.0 */
/* Event buffers, as read from a part over USB or from its memory. */
#include "aw/hab/event.h"
#include "fuzz.h"

static void event(aw_bytes bytes)
{
    static uint8_t buf[65536];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));
    struct aw_hab_event e;
    uint32_t address = 0;
    uint32_t length = 0;

    if (aw_hab_event_parse(bytes, &e, NULL) != AW_OK) {
        return;
    }
    aw_hab_event_write(&e, &w);
    trap_unless(aw_bytes_equal(aw_wr_done(&w), bytes));
    trap_unless(aw_hab_event_advice(&e)->remedy != NULL);
    trap_unless(aw_hab_reason_row(e.reason)->text != NULL);
    trap_unless(aw_hab_context_row(e.context)->text != NULL);
    trap_unless(aw_hab_engine_row(e.engine)->text != NULL);
    trap_unless(aw_hab_status_row(e.status)->text != NULL);
    (void)!aw_hab_event_region(&e, &address, &length);
}

/* A log given as proof, and the text of one. */
static void whole(aw_bytes in)
{
    static uint8_t buf[65536];
    struct aw_wr w = aw_wr_init(buf, sizeof(buf));
    struct aw_hab_log_count count = {0};
    uint32_t address = 0;

    if (aw_hab_log_check(in, &count, NULL) == AW_OK) {
        trap_unless(count.events + count.others >= 2);
    }
    if (aw_hab_dump_parse(in, &address, &w, NULL) == AW_OK) {
        trap_unless(w.n > 0 && 3 * w.n < in.n);
        (void)!aw_hab_log_check(aw_wr_done(&w), &count, NULL);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    aw_bytes in = {data, size};
    struct aw_hab_record rec;
    size_t at = 0;
    size_t before = 0;

    event(in);
    whole(in);
    while (aw_hab_log_next(in, &at, &rec, NULL) == AW_OK) {
        trap_unless(at > before && at <= size);
        trap_unless(aw_hab_record_name(rec.tag) != NULL);
        before = at;
        event(rec.bytes);
    }
    if (size >= 4) {
        struct aw_hab_event e = aw_hab_event_of_word(data);

        trap_unless(aw_hab_event_advice(&e)->cause != NULL);
        (void)aw_hab_config_row(data[0]);
        (void)aw_hab_state_row(data[1]);
    }
    return 0;
}
