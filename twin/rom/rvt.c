/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "rom/rom_priv.h"

/*
 * HAB's vector table, by which running software asks for the verdict. Only
 * the functions that report do something: they are a few instructions that
 * read what the boot left in the window. All others fail, as HAB does when it
 * is called out of sequence.
 */
enum {
    RVT_TAG = 0xdd,
    RVT_SIZE = 0x34,
    CODE = 0x140,
    CODE_FAIL = CODE,
    CODE_VERSION = CODE + 0x08,
    CODE_STATUS = CODE + 0x10,
    CODE_EVENT = CODE + 0x34,
    STATUS = 0x400, /* configuration, state, status: one byte each */
    EVENTS = 0x410, /* records; ends where the tag is another */
    EVENTS_MAX = AW_HAB_LOG_SIZE
};

/* fail: r0 = 0x33. version: r0 = 0x42.
 * report_status(r0 = config *, r1 = state *): both may be NULL.
 * report_event(r0 = status or 0, r1 = index, r2 = event or NULL,
 *              r3 = size *). */
static const uint32_t code[] = {
    0xe3a00033, /* fail:    mov   r0, #0x33 */
    0xe12fff1e, /*          bx    lr */
    0xe3a00042, /* version: mov   r0, #0x42 */
    0xe12fff1e, /*          bx    lr */
    0xe3a02b01, /* status:  mov   r2, #STATUS */
    0xe5d23000, /*          ldrb  r3, [r2] */
    0xe3500000, /*          cmp   r0, #0 */
    0x15c03000, /*          strbne r3, [r0] */
    0xe5d23001, /*          ldrb  r3, [r2, #1] */
    0xe3510000, /*          cmp   r1, #0 */
    0x15c13000, /*          strbne r3, [r1] */
    0xe5d20002, /*          ldrb  r0, [r2, #2] */
    0xe12fff1e, /*          bx    lr */
    0xe92d4070, /* event:   push  {r4, r5, r6, lr} */
    0xe3a04e41, /*          mov   r4, #EVENTS */
    0xe5d45000, /* record:  ldrb  r5, [r4] */
    0xe35500db, /*          cmp   r5, #0xdb */
    0x1a00001b, /*          bne   none */
    0xe5d45001, /*          ldrb  r5, [r4, #1] */
    0xe5d46002, /*          ldrb  r6, [r4, #2] */
    0xe1865405, /*          orr   r5, r6, r5, lsl #8    its length */
    0xe3500000, /*          cmp   r0, #0 */
    0x0a000002, /*          beq   count                 any status */
    0xe5d46004, /*          ldrb  r6, [r4, #4] */
    0xe1560000, /*          cmp   r6, r0 */
    0x1a000001, /*          bne   next */
    0xe2511001, /* count:   subs  r1, r1, #1 */
    0x3a000003, /*          bcc   found */
    0xe0844005, /* next:    add   r4, r4, r5 */
    0xe2844003, /*          add   r4, r4, #3 */
    0xe3c44003, /*          bic   r4, r4, #3 */
    0xeaffffee, /*          b     record */
    0xe3530000, /* found:   cmp   r3, #0 */
    0x0a00000b, /*          beq   none */
    0xe5936000, /*          ldr   r6, [r3]              room */
    0xe5835000, /*          str   r5, [r3] */
    0xe3520000, /*          cmp   r2, #0 */
    0x0a000005, /*          beq   done */
    0xe1560005, /*          cmp   r6, r5 */
    0x3a000005, /*          bcc   none */
    0xe2555001, /* copy:    subs  r5, r5, #1 */
    0xe7d46005, /*          ldrb  r6, [r4, r5] */
    0xe7c26005, /*          strb  r6, [r2, r5] */
    0x1afffffb, /*          bne   copy */
    0xe3a000f0, /* done:    mov   r0, #0xf0 */
    0xe8bd8070, /*          pop   {r4, r5, r6, pc} */
    0xe3a00033, /* none:    mov   r0, #0x33 */
    0xe8bd8070, /*          pop   {r4, r5, r6, pc} */
};

void tw_rvt_write(uint8_t image[TW_ROM_SIZE])
{
    static const uint32_t entry[] = {
        CODE_FAIL,   /* entry */
        CODE_FAIL,   /* exit */
        CODE_FAIL,   /* check_target */
        CODE_FAIL,   /* authenticate_image */
        CODE_FAIL,   /* run_dcd */
        CODE_FAIL,   /* run_csf */
        CODE_FAIL,   /* assert */
        CODE_EVENT,  /* report_event */
        CODE_STATUS, /* report_status */
        CODE_FAIL,   /* failsafe */
        CODE_FAIL,   /* authenticate_image_no_dcd */
        CODE_VERSION /* get_version */
    };
    struct aw_wr w = aw_wr_init(image, TW_ROM_SIZE);

    aw_wr_zeros(&w, TW_ROM_RVT);
    aw_wr_u8(&w, RVT_TAG);
    aw_wr_be16(&w, RVT_SIZE);
    aw_wr_u8(&w, AW_HAB_EVENT_VERSION);
    for (size_t i = 0; i < sizeof(entry) / sizeof(entry[0]); i++) {
        aw_wr_le32(&w, entry[i]);
    }
    aw_wr_zeros(&w, CODE - w.n);
    for (size_t i = 0; i < sizeof(code) / sizeof(code[0]); i++) {
        aw_wr_le32(&w, code[i]);
    }
}

void tw_rvt_report(uint8_t image[TW_ROM_SIZE], uint8_t config, uint8_t state,
                   uint8_t status, aw_bytes events)
{
    image[STATUS] = config;
    image[STATUS + 1] = state;
    image[STATUS + 2] = status;
    memset(&image[EVENTS], 0, EVENTS_MAX + 4);
    if (events.n > 0 && events.n <= EVENTS_MAX) {
        memcpy(&image[EVENTS], events.p, events.n);
    }
}
