/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CMD_TWIN_TWIN_H
#define CMD_TWIN_TWIN_H

#include "aw/json.h"
#include "aw/twin/twin.h"
#include "common/cmd.h"

extern const struct aw_cmd aw_cmd_twin;

extern const struct aw_cmd twin_cmd_create;
extern const struct aw_cmd twin_cmd_start;
extern const struct aw_cmd twin_cmd_stop;
extern const struct aw_cmd twin_cmd_switch;
extern const struct aw_cmd twin_cmd_power;
extern const struct aw_cmd twin_cmd_plug;
extern const struct aw_cmd twin_cmd_unplug;
extern const struct aw_cmd twin_cmd_status;
extern const struct aw_cmd twin_cmd_console;
extern const struct aw_cmd twin_cmd_fuses;
extern const struct aw_cmd twin_cmd_leds;
extern const struct aw_cmd twin_cmd_snapshot;
extern const struct aw_cmd twin_cmd_restore;
extern const struct aw_cmd twin_cmd_fault;
extern const struct aw_cmd twin_cmd_run;
extern const struct aw_cmd twin_cmd_list;
extern const struct aw_cmd twin_cmd_attach;
extern const struct aw_cmd twin_cmd_pause;
extern const struct aw_cmd twin_cmd_resume;
extern const struct aw_cmd twin_cmd_registers;
extern const struct aw_cmd twin_cmd_memory;
extern const struct aw_cmd twin_cmd_backtrace;
extern const struct aw_cmd twin_cmd_trace;
extern const struct aw_cmd twin_cmd_until;
extern const struct aw_cmd twin_cmd_profile;

/* A request to a running twin: members are added to an object of one line,
 * then it is asked. */
struct twin_ask {
    struct aw_ctx *ctx;
    const char *path;
    struct aw_twin_link link;
    struct aw_json_out out;
    struct aw_wr line;
    char text[16384];
    unsigned timeout_ms; /* for the reply; 0: no limit */
    aw_json reply;       /* after twin_ask_send */
};

/** Connects and begins {"do":what. @return exit code, reported */
int twin_ask_begin(struct twin_ask *ask, struct aw_ctx *ctx, const char *path,
                   const char *what);
/** Sends it and waits for the reply. @return exit code, reported */
int twin_ask_send(struct twin_ask *ask);
/** Disconnects; the reply stays. */
void twin_ask_end(struct twin_ask *ask);

/** One request with at most one text member. @return exit code */
int twin_ask_once(struct aw_ctx *ctx, const char *path, const char *what,
                  const char *key, const char *value, struct twin_ask *ask);

/** Ends a twin's process, and returns when it has ended. @return exit code,
 *  reported */
int twin_stop(struct aw_ctx *ctx, const char *path);

/** Members of a reply, for output; absent ones are empty or 0. */
const char *twin_text(struct aw_ctx *ctx, aw_json object, const char *key);
uint64_t twin_number(aw_json object, const char *key);
bool twin_flag(aw_json object, const char *key);

/** What --net and --forward say. @return exit code, reported */
int twin_net(struct aw_ctx *ctx, const char *net,
             const struct aw_list *forwards, struct aw_twin_start *how);

/** Reports a failure of the library about a twin. @return exit code */
int twin_report(struct aw_ctx *ctx, aw_err err, const char *path,
                const struct aw_host_diag *host);

/** Absolute form of a path given by the user: the twin's process may have
 *  another working directory. NULL: reported, see *code. */
const char *twin_absolute(struct aw_ctx *ctx, const char *path, int *code);

#endif
