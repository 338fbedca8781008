/* SPDX-License-Identifier: Apache-2.0 */
/*
 * romd DIR [SRK_HASH]: a board in serial download behind the USB socket of a
 * twin's folder, without the rest of a twin; see wire_server.h. With the SRK
 * hash in hex the part is closed. Unique id 89ABCDEF and 01234567.
 */
#include "aw/text.h"
#include "rom_board.h"
#include "usb/direct.h"
#include "wire_server.h"

int main(int argc, char **argv)
{
    static struct rom_board board;
    const struct wire_server device = {.clock = &board.clock,
                                       .host = &board.host,
                                       .ctx = &board.clock,
                                       .run = tw_usb_run_clock};

    if (argc < 2) {
        return 2;
    }
    rom_board_init(&board);
    if (argc > 2) {
        uint8_t hash[AW_SHA256_SIZE];
        struct aw_wr w = aw_wr_init(hash, sizeof(hash));

        if (aw_hex_decode(aw_text(argv[2]), &w) != AW_OK || w.n != w.cap) {
            return 2;
        }
        rom_board_close(&board, aw_wr_done(&w));
    }
    rom_board_boot(&board, 1);
    return wire_serve(argv[1], &device) ? 0 : 1;
}
