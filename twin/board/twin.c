/* SPDX-License-Identifier: Apache-2.0 */
/* What the rest of the program sees of a twin. */
#include "aw/twin/twin.h"

#include <stdlib.h>

#include "aw/hostio/alloc.h"
#include "aw/text.h"
#include "board/server.h"

aw_err aw_twin_create(const char *path, const char *soc, const char *serial,
                      bool card, const uint8_t seed[AW_TWIN_SEED],
                      struct aw_host_diag *host)
{
    struct tw_config config;
    enum tw_soc which = TW_UL;
    uint64_t unit = 0;

    if (!tw_soc_by_name(aw_text(soc), &which)) {
        return aw_fail(aw_host_say(host, "%s: ul, ull or ulz", soc),
                       AW_ERR_UNSUPPORTED, "twin: SoC", 0);
    }
    if (serial != NULL && !tw_serial_parse(aw_text(serial), &unit)) {
        return aw_fail(
            aw_host_say(host, "%s: 16 hex digits, not all 0", serial),
            AW_ERR_FORMAT, "twin: serial", 0);
    }
    if (card && which != TW_ULZ) {
        return aw_fail(aw_host_say(host, "%s: its board has no slot", soc),
                       AW_ERR_UNSUPPORTED, "twin: card", 0);
    }
    tw_config_make(&config, which, unit, seed);
    config.card = card;
    return tw_folder_create(path, &config, host);
}

aw_err aw_twin_switch(const char *path, bool serial, struct aw_host_diag *host)
{
    struct tw_config config;
    char file[TW_PATH_MAX];
    long pid = 0;

    if (!tw_folder_path(path, TW_FILE_BOARD, file)) {
        return aw_fail(aw_host_say(host, "%s: the path is too long", path),
                       AW_ERR_SPACE, "twin: path", 0);
    }
    if (tw_folder_busy(path, &pid)) {
        return aw_fail(aw_host_say(host, "%s: this twin runs", path),
                       AW_ERR_PRECONDITION, "twin: lock", (uint64_t)pid);
    }
    aw_err err = tw_config_load(file, &config, host);

    if (err != AW_OK) {
        return err;
    }
    config.serial = serial;
    return tw_config_save(file, &config, AW_FILE_REPLACE, host);
}

aw_err aw_twin_run(const struct aw_twin_start *how, bool (*stopped)(void),
                   void (*ready)(void *ctx), void *ctx,
                   struct aw_host_diag *host)
{
    struct tw_server *server = aw_alloc(1, sizeof(*server));
    aw_err err = tw_server_open(server, how, host);

    if (err != AW_OK) {
        free(server);
        return err;
    }
    if (ready != NULL) {
        ready(ctx);
    }
    tw_server_run(server, stopped);
    if (server->trouble) {
        err = aw_fail(aw_host_say(host, "%s", server->why), AW_ERR_RESOURCE,
                      "twin: storage", 0);
    }
    tw_server_close(server);
    free(server);
    return err;
}

bool aw_twin_runs(const char *path, long *pid)
{
    return tw_folder_busy(path, pid);
}
