/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_SERVING_H
#define COMMON_SERVING_H

#include "aw/hostio/serve.h"
#include "common/cmd.h"

/* What commands that serve over HTTP share. */
struct aw_serving_args {
    const char *listen;
    uint64_t port;
    const char *port_file;
    bool allow_remote;
};

#define AW_SERVING_AT(base, field) \
    .at = (base) + offsetof(struct aw_serving_args, field)

/* Rows of an option table for a struct that holds an aw_serving_args at offset
 * `base`. @param why  a sentence: what others get to see */
#define AW_SERVING_OPTS(base, why)                                            \
    {.name = "listen",                                                        \
     .type = AW_OPT_TEXT,                                                     \
     AW_SERVING_AT(base, listen),                                             \
     .arg = "ADDRESS",                                                        \
     .fallback = "127.0.0.1",                                                 \
     .help = "Numeric address to listen on."},                                \
        {.name = "port",                                                      \
         .type = AW_OPT_U64,                                                  \
         AW_SERVING_AT(base, port),                                           \
         .arg = "N",                                                          \
         .help = "Port to listen on; any that is free by default."},          \
        {.name = "port-file",                                                 \
         .type = AW_OPT_TEXT,                                                 \
         AW_SERVING_AT(base, port_file),                                      \
         .arg = "FILE",                                                       \
         .help = "Write the number of the port to a file when the server is " \
                 "ready."},                                                   \
    {                                                                         \
        .name = "allow-remote", .type = AW_OPT_FLAG,                          \
        AW_SERVING_AT(base, allow_remote),                                    \
        .help = "Let other machines in: needed for an address that is not "   \
                "this machine's own. There is no encryption; " why            \
    }

/** Reports wrong usage. @return exit code */
AW_MUST_CHECK int aw_serving_check(struct aw_ctx *ctx,
                                   const struct aw_serving_args *args);

/**
 * Starts a server at the place that the arguments name and writes the port's
 * file.
 *
 * @param options  address, port and `seen` are filled in
 * @param server   stop it, also after a failure; NULL when it did not start
 */
AW_MUST_CHECK int aw_serving_start(struct aw_ctx *ctx,
                                   const struct aw_serving_args *args,
                                   struct aw_serve_options *options,
                                   struct aw_server **server);

/** Shows the address of a part of the server, at once: text does not wait for
 *  the end; who reads the document finds it in the events. */
void aw_serving_announce(struct aw_ctx *ctx, const struct aw_serving_args *args,
                         const struct aw_server *server, const char *name,
                         const char *path);

/** Waits until the run is to end, which is how a server is meant to end.
 *  @return exit code */
int aw_serving_wait(struct aw_ctx *ctx);

#endif
