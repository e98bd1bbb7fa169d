/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/change.h - changes of the configuration file, and then of what runs.
 *
 * One at a time.  The file is edited with its comments kept, checked as a
 * whole, saved and put in force; when that fails, the file is again what it
 * was before.
 */
#ifndef SERVER_CHANGE_H
#define SERVER_CHANGE_H

#include "server/http.h"

/*
 * Main thread: all is done, or refused and as it was before.  status is one of
 * HTTP's; answer has applied, messages and, unless status is 200, error; it is
 * taken.
 */
typedef void change_done(void *ctx, int status, json_t *answer);

/*
 * Main thread: does the If-Match of a request (NULL: there is none) name the
 * configuration in force, and is no change under way that may make it another?
 */
bool change_is_up_to_date(const struct server *s, const char *if_match);
/* The name of the configuration in force, as ETag tells it. */
struct change_tag {
	char text[64];
};
struct change_tag change_tag(const struct server *s);

/* Main thread: write a lun block.  body has the members of POST /v1/luns and
 * lives until done(); with new true, a LUN of that name that once was is
 * forgotten. */
void change_create(
    struct server *s, const json_t *body, change_done *done, void *ctx);
/* Main thread: set statements of a lun block; a limit that is "none" goes. */
void change_set(struct server *s, const char *lun, const json_t *body,
    change_done *done, void *ctx);
/* Main thread: a lun block and its maps go. */
void change_delete(
    struct server *s, const char *lun, change_done *done, void *ctx);

/* Main thread: the resources /v1/targets and /v1/maps; the call is answered
 * when all is done or refused. */
void change_create_target(struct http_call *call);
void change_delete_target(struct http_call *call);
void change_add_map(struct http_call *call);
void change_delete_map(struct http_call *call);

/* Done of a change that is a call: ctx is the call, which is answered. */
void change_answer(void *ctx, int status, json_t *answer);

/* Main thread; the call is answered when all is done or refused. */
void change_set_lun(struct http_call *call);
void change_set_initiator(struct http_call *call);
/* The same: back to the last good configuration. */
void change_rollback(struct http_call *call);

#endif
