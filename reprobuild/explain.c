/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/reprobuild/explain.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "aw/reprobuild/sandbox.h"
#include "elf_place.h"
#include "tasks.h"

/* Image vector table of an IMX file, at its beginning (IMX6ULLRM rev 1, 8.7.1):
 * header, entry, reserved, DCD, boot data, self; addresses in memory. */
enum {
    IVT_TAG = 0xd1,
    IVT_SIZE = 32,
    IVT_DCD = 12,
    IVT_BOOT_DATA = 16,
    IVT_SELF = 20,
    BOOT_DATA_SIZE = 12,
    SECONDS = 20
};

static uint32_t word_at(aw_bytes image, size_t at)
{
    struct aw_rd r = aw_rd_at(image, at);

    return aw_rd_le32(&r);
}

static void name_area(struct aw_rb_place *place, const char *area)
{
    (void)snprintf(place->area, sizeof(place->area), "%s", area);
}

static void imx_area(aw_bytes image, uint64_t at, struct aw_rb_place *place)
{
    uint32_t self = word_at(image, IVT_SELF);
    uint32_t boot_data = word_at(image, IVT_BOOT_DATA) - self;
    uint32_t dcd = word_at(image, IVT_DCD) - self;
    struct aw_rd r = aw_rd_at(image, (size_t)dcd + 1);
    uint16_t dcd_n = aw_rd_be16(&r);

    if (at < IVT_SIZE) {
        name_area(place, "IMX: image vector table");
    } else if (at >= boot_data && at - boot_data < BOOT_DATA_SIZE) {
        name_area(place, "IMX: boot data");
    } else if (!r.failed && at >= dcd && at - dcd < dcd_n) {
        name_area(place, "IMX: DCD");
    } else {
        name_area(place, "IMX: program");
        place->address = self + at;
    }
}

static void explain(aw_bytes image, aw_bytes debug, uint64_t at,
                    struct aw_rb_place *place)
{
    if (at >= image.n) {
        name_area(place, "behind the end");
        return;
    }
    if (rb_elf_is(image)) {
        name_area(place, "an ELF file that cannot be read");
        rb_elf_area(image, at, place);
    } else if (image.n > IVT_SIZE && image.p[0] == IVT_TAG) {
        imx_area(image, at, place);
    } else {
        name_area(place, "neither ELF nor IMX");
    }
    if (place->address != 0 && !rb_elf_symbol(debug, place->address, place)) {
        (void)rb_elf_symbol(image, place->address, place);
    }
}

/* Nothing that breaks while it reads the files may harm us. */
AW_NORETURN static void in_child(aw_bytes image, aw_bytes debug, uint64_t at,
                                 struct aw_rb_place *place)
{
    const struct rlimit time = {SECONDS, SECONDS};
    const struct rlimit none = {0, 0};

    (void)signal(SIGALRM, SIG_DFL);
    (void)alarm(SECONDS + SECONDS);
    bool ok = setrlimit(RLIMIT_CPU, &time) == 0 &&
              setrlimit(RLIMIT_CORE, &none) == 0 &&
              setrlimit(RLIMIT_FSIZE, &none) == 0;

    if (ok && geteuid() == 0) {
        ok = setgroups_none() &&
             setresgid(AW_RB_UID, AW_RB_UID, AW_RB_UID) == 0 &&
             setresuid(AW_RB_UID, AW_RB_UID, AW_RB_UID) == 0;
    }
    if (ok) {
        explain(image, debug, at, place);
    }
    _exit(ok ? 0 : 1);
}

static void clean(char text[AW_RB_NAME_MAX])
{
    text[AW_RB_NAME_MAX - 1] = '\0';
    for (size_t i = 0; text[i] != '\0'; i++) {
        text[i] = (char)(text[i] < ' ' || text[i] > '~' ? '?' : text[i]);
    }
}

void aw_rb_explain(aw_bytes image, aw_bytes debug, uint64_t at,
                   struct aw_rb_place *place)
{
    struct aw_rb_place *shared =
        mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int status = 1;

    memset(place, 0, sizeof(*place));
    if (shared == MAP_FAILED) {
        return;
    }
    memset(shared, 0, sizeof(*shared));
    pid_t pid = fork();

    if (pid == 0) {
        in_child(image, debug, at, shared);
    }
    pid_t got;

    do {
        got = pid > 0 ? waitpid(pid, &status, 0) : 0;
    } while (got < 0 && errno == EINTR);
    if (pid > 0 && status == 0) {
        *place = *shared;
        clean(place->area);
        clean(place->symbol);
        clean(place->source);
    } else {
        (void)snprintf(place->area, sizeof(place->area),
                       "the reader of ELF files failed on it");
    }
    (void)munmap(shared, sizeof(*shared));
}
