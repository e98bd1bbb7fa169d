/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/http.h - HTTP/1.1 and JSON on the main thread's loop, by one table of
 * routes.
 *
 * A call is answered exactly once, at once or later; the answer frees it.  A
 * client that has gone meanwhile changes nothing.
 */
#ifndef SERVER_HTTP_H
#define SERVER_HTTP_H

#include <stdbool.h>
#include <sys/queue.h> /* before libevent has its own */

#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <jansson.h>

#define HTTP_NO_GROUP ((unsigned)-1)

struct server;
struct http_call;

/* A query parameter or a member of the body. */
struct http_field {
	const char *name; /* NULL ends the list */
	const char *type; /* "string", "integer", "boolean" */
	const char *text; /* what it is */
	bool required, in_body;
};

struct http_route {
	enum evhttp_cmd_type method;
	const char *path; /* "/v1/sessions/{tsih}": the last part is taken */
	const char *summary;
	void (*handle)(struct http_call *call);
	const struct http_field *fields; /* NULL: none */
};

struct http_call {
	struct evhttp_request *request;
	struct server *server;
	const struct http_route *route;
	char *argument;         /* what stands for {...}; or NULL */
	struct evkeyvalq query; /* as in the address */
	json_t *body;           /* an object; NULL: none was sent */
};

struct http;

/* Who may ask: 0; or the status of the refusal, and its words in *why. */
typedef int http_gate(
    struct server *server, struct evhttp_request *request, const char **why);

/* Of an answer. */
struct http_header {
	const char *name, *value; /* NULL ends the list */
};

/*
 * Answer on a listening socket (which is taken) by these routes, which end with
 * a path of NULL.  guarded: only to root, our own user and the members of that
 * group (HTTP_NO_GROUP: none).  NULL: out of memory.
 */
struct http *http_new(struct server *server, int fd,
    const struct http_route *routes, bool guarded, unsigned group);
/* Before the first request: pages are for everybody, the routes of http_new()
 * for whom gate admits; headers go with every answer. */
void http_publish(struct http *h, const struct http_route *pages,
    http_gate *gate, const struct http_header *headers);
/* Every call was answered. */
void http_free(struct http *h);

/* Both free the call; the body's reference is taken. */
void http_reply(struct http_call *call, int status, json_t *body);
void http_fail(struct http_call *call, int status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Text that is not JSON. */
void http_reply_text(
    struct http_call *call, const char *type, const char *text, size_t bytes);

/* Does its If-Match, if it has one, name what is in force?  It was so when the
 * call began; who changes something later asks again. */
bool http_is_up_to_date(const struct http_call *call);
#define HTTP_OUT_OF_DATE /* with 412 */                                        \
	"the configuration is not what If-Match names any more"

/* Frees the call, but the request: what is sent goes on. */
struct evhttp_request *http_detach(struct http_call *call);

/* NULL: not given. */
const char *http_query(const struct http_call *call, const char *name);

/* The routes as an OpenAPI 3.1 document. */
json_t *http_describe(const struct http_route *routes, const char *version);

#endif
