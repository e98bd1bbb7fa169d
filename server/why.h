/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/why.h - what would become of a login, and by which line of the file.
 */
#ifndef SERVER_WHY_H
#define SERVER_WHY_H

#include <jansson.h>

#include "server/server.h"

struct why_question {
	const char *initiator; /* its name, normalized */
	const char *address;   /* NULL: not said, any will do */
	const char *user;      /* of CHAP; NULL: none is given */
	const char *target;    /* NULL: every one */
};

/*
 * Main thread.  Walks portal, address, name, proof and LUN map of each target
 * as a login does (iscsi/login.c), with the configuration in force.
 */
json_t *why_answer(const struct server *s, const struct why_question *q);

#endif
