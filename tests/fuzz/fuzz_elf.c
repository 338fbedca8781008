/* SPDX-License-Identifier: Apache-2.0 */
/* Executables: every segment that is handed out lies in the file. */
#include "aw/elf.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct aw_elf elf;
    struct aw_elf_segment s;

    if (aw_elf_open((aw_bytes){data, size}, &elf, NULL) != AW_OK) {
        return 0;
    }
    trap_unless(elf.n <= AW_ELF_SEGMENTS_MAX);
    for (size_t i = 0; i < elf.n; i++) {
        if (aw_elf_segment(&elf, i, &s, NULL) == AW_OK) {
            uint8_t sum = 0;

            trap_unless(s.bytes.n <= s.size);
            for (size_t k = 0; k < s.bytes.n; k++) {
                sum ^= s.bytes.p[k];
            }
            trap_unless(sum <= 0xff);
        }
    }
    return 0;
}
