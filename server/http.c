/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/http.c - HTTP/1.1 and JSON by a table of routes.
 */
#include "server/http.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>

#include "common/utf8.h"
#include "server/change.h"
#include "server/http_room.h"
#include "server/server.h"

#define HTTP_HEAD_MAX   (16 << 10)
#define HTTP_BODY_MAX   (256 << 10)
#define HTTP_IDLE_S     60
#define HTTP_GROUPS_MAX 256
#define HTTP_METHODS                                                           \
	(EVHTTP_REQ_GET | EVHTTP_REQ_POST | EVHTTP_REQ_PATCH |                 \
	    EVHTTP_REQ_DELETE)

struct http {
	struct evhttp *evhttp;
	struct server *server;
	const struct http_route *routes;
	bool guarded;
	gid_t group;
	unsigned port;                     /* 0: not TCP */
	const struct http_route *pages;    /* NULL: none */
	const struct http_header *headers; /* NULL: none */
	http_gate *gate;                   /* NULL: all may */
};

/* ---- answers ---- */

static void
http_call_free(struct http_call *call)
{
	evhttp_clear_headers(&call->query);
	json_decref(call->body);
	free(call->argument);
	free(call);
}

static void
http_send(struct evhttp_request *request, int status, const char *type,
    const char *text, size_t bytes)
{
	struct evbuffer *buffer = evhttp_request_get_output_buffer(request);

	evbuffer_add(buffer, text, bytes);
	evhttp_add_header(
	    evhttp_request_get_output_headers(request), "Content-Type", type);
	evhttp_send_reply(request, status, NULL, NULL);
}

static void
http_send_json(struct evhttp_request *request, int status, json_t *body)
{
	char *text = json_dumps(body, JSON_INDENT(2));

	json_decref(body);
	if (text == NULL) {
		evhttp_send_reply(request, 500, NULL, NULL);
		return;
	}
	http_send(request, status, "application/json", text, strlen(text));
	free(text);
}

void
http_reply(struct http_call *call, int status, json_t *body)
{
	struct change_tag tag = change_tag(call->server);

	evhttp_add_header(
	    evhttp_request_get_output_headers(call->request), "ETag", tag.text);
	http_send_json(call->request, status, body);
	http_call_free(call);
}

void
http_reply_text(
    struct http_call *call, const char *type, const char *text, size_t bytes)
{
	http_send(call->request, 200, type, text, bytes);
	http_call_free(call);
}

static json_t *
http_error(const char *text)
{
	json_t *o = json_pack("{s:s}", "error", text);

	return o != NULL ? o : json_pack("{s:s}", "error", "not UTF-8");
}

void
http_fail(struct http_call *call, int status, const char *fmt, ...)
{
	char text[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	utf8_trim(text);
	http_reply(call, status, http_error(text));
}

struct evhttp_request *
http_detach(struct http_call *call)
{
	struct evhttp_request *request = call->request;

	http_call_free(call);
	return request;
}

const char *
http_query(const struct http_call *call, const char *name)
{
	return evhttp_find_header(&call->query, name);
}

/* ---- who asks ---- */

static bool
http_has_group(int fd, gid_t group)
{
	gid_t groups[HTTP_GROUPS_MAX];
	socklen_t length = sizeof(groups);
	unsigned i;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &length) != 0)
		return false;
	for (i = 0; i < length / sizeof(groups[0]); i++) {
		if (groups[i] == group)
			return true;
	}
	return false;
}

static bool
http_admits(const struct http *h, struct evhttp_request *request)
{
	struct evhttp_connection *c = evhttp_request_get_connection(request);
	int fd = bufferevent_getfd(evhttp_connection_get_bufferevent(c));
	struct ucred peer;
	socklen_t length = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0)
		return false;
	if (peer.uid == 0 || peer.uid == geteuid())
		return true;
	return h->group != HTTP_NO_GROUP &&
	       (peer.gid == h->group || http_has_group(fd, h->group));
}

/* ---- routes ---- */

/* 0: no; 1: this path; 2: and its last part is the argument. */
static int
http_matches(const char *pattern, const char *path)
{
	size_t fixed = strcspn(pattern, "{");

	if (pattern[fixed] == '\0')
		return strcmp(pattern, path) == 0;
	if (strncmp(pattern, path, fixed) != 0 || path[fixed] == '\0' ||
	    strchr(path + fixed, '/') != NULL)
		return 0;
	return 2;
}

static const struct http_route *
http_find(const struct http_route *routes, enum evhttp_cmd_type method,
    const char *path, bool *other_method)
{
	const struct http_route *r;

	*other_method = false;
	for (r = routes; r != NULL && r->path != NULL; r++) {
		if (http_matches(r->path, path) == 0)
			continue;
		if (r->method == method)
			return r;
		*other_method = true;
	}
	return NULL;
}

static bool
http_take_body(struct http_call *call)
{
	struct evbuffer *buffer =
	    evhttp_request_get_input_buffer(call->request);
	size_t bytes = evbuffer_get_length(buffer);

	if (bytes == 0)
		return true;
	call->body = json_loadb((const char *)evbuffer_pullup(buffer, -1),
	    bytes, JSON_REJECT_DUPLICATES, NULL);
	return json_is_object(call->body);
}

static bool
http_has_type(const json_t *value, const char *type)
{
	if (strcmp(type, "integer") == 0)
		return json_is_integer(value);
	if (strcmp(type, "boolean") == 0)
		return json_is_boolean(value);
	return json_is_string(value);
}

static const struct http_field *
http_find_field(const struct http_field *f, const char *name, bool in_body)
{
	for (; f != NULL && f->name != NULL; f++) {
		if (f->in_body == in_body && strcmp(f->name, name) == 0)
			return f;
	}
	return NULL;
}

/* What the route does not know is refused, so that nothing is ignored. */
static bool
http_check_body(struct http_call *call, char *why, size_t why_size)
{
	const struct http_field *f;
	const char *name;
	json_t *value;

	json_object_foreach(call->body, name, value)
	{
		f = http_find_field(call->route->fields, name, true);
		if (f != NULL && http_has_type(value, f->type))
			continue;
		snprintf(why, why_size, "\"%s\" is %s%s", name,
		    f != NULL ? "no " : "not known here",
		    f != NULL ? f->type : "");
		return false;
	}
	return true;
}

static bool
http_check_query(struct http_call *call, char *why, size_t why_size)
{
	const struct evkeyval *kv;

	TAILQ_FOREACH (kv, &call->query, next) {
		if (!http_find_field(call->route->fields, kv->key, false)) {
			snprintf(
			    why, why_size, "\"%s\" is not known here", kv->key);
			return false;
		}
		if (http_query(call, kv->key) != kv->value) {
			snprintf(
			    why, why_size, "\"%s\" is given twice", kv->key);
			return false;
		}
	}
	return true;
}

static bool
http_check_required(struct http_call *call, char *why, size_t why_size)
{
	const struct http_field *f = call->route->fields;
	bool given;

	for (; f != NULL && f->name != NULL; f++) {
		given = f->in_body
			    ? json_object_get(call->body, f->name) != NULL
			    : http_query(call, f->name) != NULL;
		if (!f->required || given)
			continue;
		snprintf(why, why_size, "\"%s\" is missing", f->name);
		return false;
	}
	return true;
}

bool
http_is_up_to_date(const struct http_call *call)
{
	return call->route->method == EVHTTP_REQ_GET ||
	       change_is_up_to_date(call->server,
		   evhttp_find_header(
		       evhttp_request_get_input_headers(call->request),
		       "If-Match"));
}

static void
http_run(struct http_call *call, bool parsed)
{
	char why[256];

	if (!parsed)
		http_fail(call, 400, "the request cannot be read");
	else if (!http_is_up_to_date(call))
		http_fail(call, 412, HTTP_OUT_OF_DATE);
	else if (!http_check_body(call, why, sizeof(why)) ||
		 !http_check_query(call, why, sizeof(why)) ||
		 !http_check_required(call, why, sizeof(why)))
		http_fail(call, 400, "%s", why);
	else if (call->server->stop_step != STOP_NOT)
		http_fail(call, 503, "tisaned is stopping");
	else
		call->route->handle(call);
}

static void
http_start(struct http *h, struct evhttp_request *request,
    const struct http_route *route, const char *path)
{
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request);
	const char *query = evhttp_uri_get_query(uri);
	struct http_call *call = calloc(1, sizeof(*call));
	/* What is behind a zero byte would be ignored. */
	bool parsed = strstr(evhttp_request_get_uri(request), "%00") == NULL;

	if (call == NULL) {
		evhttp_send_reply(request, 503, NULL, NULL);
		return;
	}
	call->request = request;
	call->server = h->server;
	call->route = route;
	TAILQ_INIT(&call->query);
	if (query != NULL && query[0] != '\0')
		parsed &= evhttp_parse_query_str(query, &call->query) == 0;
	if (http_matches(route->path, path) == 2)
		call->argument =
		    evhttp_uridecode(path + strcspn(route->path, "{"), 0, NULL);
	parsed &= http_take_body(call);
	http_run(call, parsed);
}

static void
http_add_headers(const struct http *h, struct evhttp_request *request)
{
	const struct http_header *header;

	for (header = h->headers; header != NULL && header->name != NULL;
	     header++)
		evhttp_add_header(evhttp_request_get_output_headers(request),
		    header->name, header->value);
}

/* False: it was refused. */
static bool
http_pass(const struct http *h, struct evhttp_request *request)
{
	const char *why = "only for root, the daemon's user and the members of "
			  "the socket's group";
	int status = 0;

	if (h->guarded && !http_admits(h, request))
		status = 403;
	else if (h->gate != NULL)
		status = h->gate(h->server, request, &why);
	if (status == 0)
		return true;
	if (status == 401)
		evhttp_add_header(evhttp_request_get_output_headers(request),
		    "WWW-Authenticate", "Bearer");
	http_send_json(request, status, http_error(why));
	return false;
}

static void
http_on_request(struct evhttp_request *request, void *arg)
{
	struct http *h = arg;
	enum evhttp_cmd_type method = evhttp_request_get_command(request);
	const char *path =
	    evhttp_uri_get_path(evhttp_request_get_evhttp_uri(request));
	const struct http_route *route;
	bool other_method;

	loop_stamp(&h->server->loop);
	http_add_headers(h, request);
	if (path == NULL)
		path = "";
	route = http_find(h->pages, method, path, &other_method);
	if (route == NULL) {
		if (!http_pass(h, request))
			return;
		route = http_find(h->routes, method, path, &other_method);
	}
	if (route != NULL)
		http_start(h, request, route, path);
	else
		http_send_json(request, other_method ? 405 : 404,
		    http_error(other_method ? "not by this method"
					    : "no such resource"));
}

/* ---- life ---- */

/* Left to itself libevent takes a socket out of epoll after it has closed it:
 * by then the number may be another thread's. */
static struct bufferevent *
http_buffer(struct event_base *base, void *arg)
{
	const struct http *h = arg;

	if (h->port != 0)
		http_room_make(base, h->port);
	return bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
}

struct http *
http_new(struct server *server, int fd, const struct http_route *routes,
    bool guarded, unsigned group)
{
	struct http *h = calloc(1, sizeof(*h));

	if (h == NULL)
		return NULL;
	h->server = server;
	h->routes = routes;
	h->guarded = guarded;
	h->group = group;
	h->port = http_room_port(fd);
	h->evhttp = evhttp_new(server->loop.base);
	if (h->evhttp == NULL || !http_room_listen(h->evhttp, fd)) {
		http_free(h);
		return NULL;
	}
	evhttp_set_max_headers_size(h->evhttp, HTTP_HEAD_MAX);
	evhttp_set_max_body_size(h->evhttp, HTTP_BODY_MAX);
	evhttp_set_timeout(h->evhttp, HTTP_IDLE_S);
	evhttp_set_allowed_methods(h->evhttp, HTTP_METHODS);
	evhttp_set_bevcb(h->evhttp, http_buffer, h);
	evhttp_set_gencb(h->evhttp, http_on_request, h);
	return h;
}

void
http_publish(struct http *h, const struct http_route *pages, http_gate *gate,
    const struct http_header *headers)
{
	h->pages = pages;
	h->gate = gate;
	h->headers = headers;
}

void
http_free(struct http *h)
{
	if (h == NULL)
		return;
	if (h->evhttp != NULL)
		evhttp_free(h->evhttp);
	free(h);
}

/* ---- the description ---- */

static const char *
http_method_word(enum evhttp_cmd_type method)
{
	switch (method) {
	case EVHTTP_REQ_POST:
		return "post";
	case EVHTTP_REQ_PATCH:
		return "patch";
	case EVHTTP_REQ_DELETE:
		return "delete";
	default:
		return "get";
	}
}

static json_t *
http_describe_path_part(const char *path)
{
	const char *open = strchr(path, '{');

	return json_pack("{s:s%, s:s, s:b, s:{s:s}}", "name", open + 1,
	    strcspn(open + 1, "}"), "in", "path", "required", 1, "schema",
	    "type", "string");
}

static json_t *
http_describe_parameters(const struct http_route *r)
{
	json_t *list = json_array();
	const struct http_field *f;

	if (strchr(r->path, '{') != NULL)
		json_array_append_new(list, http_describe_path_part(r->path));
	if (r->method != EVHTTP_REQ_GET)
		json_array_append_new(list,
		    json_pack("{s:s, s:s, s:s, s:b, s:{s:s}}", "name",
			"If-Match", "in", "header", "description",
			"ETag of an answer: 412 when another configuration is "
			"in force by now, or a change is under way; of a job, "
			"when it begins",
			"required", 0, "schema", "type", "string"));
	for (f = r->fields; f != NULL && f->name != NULL; f++) {
		if (f->in_body)
			continue;
		json_array_append_new(list,
		    json_pack("{s:s, s:s, s:s, s:b, s:{s:s}}", "name", f->name,
			"in", "query", "description", f->text, "required",
			f->required, "schema", "type", f->type));
	}
	return list;
}

/* NULL: the route takes no body. */
static json_t *
http_describe_body(const struct http_route *r)
{
	json_t *properties = json_object(), *required = json_array();
	const struct http_field *f;

	for (f = r->fields; f != NULL && f->name != NULL; f++) {
		if (!f->in_body)
			continue;
		json_object_set_new(properties, f->name,
		    json_pack(
			"{s:s, s:s}", "type", f->type, "description", f->text));
		if (f->required)
			json_array_append_new(required, json_string(f->name));
	}
	if (json_object_size(properties) == 0) {
		json_decref(properties);
		json_decref(required);
		return NULL;
	}
	return json_pack("{s:{s:{s:{s:s, s:o, s:o}}}}", "content",
	    "application/json", "schema", "type", "object", "properties",
	    properties, "required", required);
}

static json_t *
http_describe_route(const struct http_route *r)
{
	json_t *o = json_pack("{s:s, s:o, s:{s:{s:s}, s:{s:s}}}", "summary",
	    r->summary, "parameters", http_describe_parameters(r), "responses",
	    "200", "description", "done", "default", "description",
	    "refused: an object with the member error");
	json_t *body = http_describe_body(r);

	if (body != NULL)
		json_object_set_new(o, "requestBody", body);
	return o;
}

json_t *
http_describe(const struct http_route *routes, const char *version)
{
	json_t *paths = json_object(), *path;
	const struct http_route *r;

	for (r = routes; r->path != NULL; r++) {
		path = json_object_get(paths, r->path);
		if (path == NULL) {
			path = json_object();
			json_object_set_new(paths, r->path, path);
		}
		json_object_set_new(
		    path, http_method_word(r->method), http_describe_route(r));
	}
	return json_pack("{s:s, s:{s:s, s:s}, s:o}", "openapi", "3.1.0", "info",
	    "title", "tisane", "version", version, "paths", paths);
}
