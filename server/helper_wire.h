/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/helper_wire.h - between the daemon and its helper.
 */
#ifndef SERVER_HELPER_WIRE_H
#define SERVER_HELPER_WIRE_H

#include <stdbool.h>
#include <stddef.h>

#define HELPER_WORDS_BYTES 8192
#define HELPER_WORDS_MAX   64

enum helper_what {
	HELPER_OPEN,
	HELPER_UNLINK,
	HELPER_MOVE,
	HELPER_OWN,
	HELPER_RUN,
	HELPER_ATTACH,
};

struct helper_request {
	enum helper_what what;
	int flags;           /* open */
	unsigned mode;       /* open */
	unsigned timeout_ms; /* run */
	unsigned bytes;      /* of words */
	/* A path, two, or the words of a command, each with its NUL. */
	char words[HELPER_WORDS_BYTES];
};

/* Then the output of the command.  There is none to ATTACH: what was started
 * has the stream, or says on it why it was not (backstores/tcmu_wire.h). */
struct helper_answer {
	int error; /* 0 or -errno */
	int status;
	size_t bytes; /* of the output */
	char words[512];
};

/* All of it, and a descriptor unless it is -1. */
bool helper_send(int to, const void *data, size_t bytes, int fd);
/* The helper's side: the next request, checked, and where to answer it. */
bool helper_receive(int from, struct helper_request *r, int *reply);
/* The words as argv, with NULL at its end; how many. */
unsigned helper_split(
    const struct helper_request *r, const char *argv[HELPER_WORDS_MAX + 1]);

/* The daemon's side: ask by this socket from now on. */
void helper_ask_by(int fd);

#endif
