/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cli/client.h - asking the daemon: HTTP/1.1 and JSON over a Unix socket.
 */
#ifndef CLI_CLIENT_H
#define CLI_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <jansson.h>

struct answer {
	int status;   /* of HTTP */
	json_t *body; /* NULL: not JSON */
};

/*
 * body may be NULL; it is not taken.  0 and *out, whose body is the caller's;
 * or -errno: the daemon cannot be reached, or -EPROTO: it makes no sense.
 */
int client_ask(const char *socket, const char *method, const char *path,
    const json_t *body, struct answer *out);

/* GET what is not JSON: its bytes to a file.  When the daemon refuses, nothing
 * is written, and *out is as above. */
int client_save(
    const char *socket, const char *path, FILE *to, struct answer *out);

/* Call line() for each line of the answer, as long as it lasts and line()
 * returns true.  0 or -errno. */
int client_follow(const char *socket, const char *path,
    bool (*line)(void *ctx, json_t *event), void *ctx);

/* Append text to path, escaped for a query or a part of a path. */
void client_escape(char *path, size_t size, const char *text);

#endif
