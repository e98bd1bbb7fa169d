/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/events.c - the log's lines as a stream for those who follow.
 */
#include "server/events.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <time.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>

#include "common/bytes.h"
#include "common/log.h"
#include "server/loghub.h"

#define EVENTS_KEPT       512
#define EVENTS_BEHIND_MAX (1u << 20) /* bytes that a follower may lag */

struct event_line {
	uint64_t number; /* from 1; 0: free */
	struct timespec at;
	enum log_level level;
	char text[LOG_LINE_MAX];
};

struct follower {
	LIST_ENTRY(follower) link;
	struct evhttp_request *request;
	uint64_t next; /* number of the event to send */
};

/* One log per process. */
static struct events {
	pthread_mutex_t mutex;
	struct event_line *ring;
	uint64_t last; /* number of the newest */
	bool posted;
	struct job job;
	struct loop *loop;
	/* main thread */
	LIST_HEAD(, follower) followers;
} events = { .mutex = PTHREAD_MUTEX_INITIALIZER };

static const char *const event_levels[] = {
	[LOG_LEVEL_ERROR] = "error",
	[LOG_LEVEL_WARNING] = "warning",
	[LOG_LEVEL_NOTICE] = "notice",
	[LOG_LEVEL_INFO] = "info",
	[LOG_LEVEL_DEBUG] = "debug",
};

/* ---- any thread ---- */

static void
events_watch(enum log_level level, const char *text)
{
	struct event_line *line;
	bool post;

	pthread_mutex_lock(&events.mutex);
	post = events.loop != NULL && !events.posted;
	line = &events.ring[++events.last % EVENTS_KEPT];
	line->number = events.last;
	clock_gettime(CLOCK_REALTIME, &line->at);
	line->level = level;
	strncpy(line->text, text, sizeof(line->text) - 1);
	line->text[sizeof(line->text) - 1] = '\0';
	events.posted |= post;
	if (post)
		events.loop->home.post(&events.loop->home, &events.job);
	pthread_mutex_unlock(&events.mutex);
}

/* ---- main thread ---- */

static json_t *
event_json(const struct event_line *line)
{
	json_t *o = json_pack("{s:f, s:s, s:s}", "time",
	    (double)line->at.tv_sec + (double)line->at.tv_nsec / 1e9, "level",
	    event_levels[line->level], "event", line->text);

	return o != NULL
		   ? o
		   : json_pack("{s:s, s:s}", "level", event_levels[line->level],
			 "event", "a line that is not UTF-8");
}

/* The event of that number or the oldest after it; NULL: none yet. */
static json_t *
events_take(uint64_t *number)
{
	json_t *o = NULL;

	pthread_mutex_lock(&events.mutex);
	if (*number + EVENTS_KEPT <= events.last)
		*number = events.last - EVENTS_KEPT + 1;
	if (*number == 0)
		*number = 1;
	if (*number <= events.last)
		o = event_json(&events.ring[(*number)++ % EVENTS_KEPT]);
	pthread_mutex_unlock(&events.mutex);
	return o;
}

static void
follower_send(struct follower *f, json_t *event)
{
	char *text = json_dumps(event, JSON_COMPACT);
	struct evbuffer *buffer = evbuffer_new();

	json_decref(event);
	if (text != NULL && buffer != NULL) {
		evbuffer_add_printf(buffer, "%s\n", text);
		evhttp_send_reply_chunk(f->request, buffer);
	}
	if (buffer != NULL)
		evbuffer_free(buffer);
	free(text);
}

static void
follower_on_close(struct evhttp_connection *c, void *arg)
{
	struct follower *f = arg;

	LIST_REMOVE(f, link);
	/* When the other side closes libevent leaves a request that is still
	 * being answered to us; else it frees that with the connection. */
	if (evhttp_request_get_connection(f->request) == NULL)
		evhttp_request_free(f->request);
	free(f);
}

static size_t
follower_behind(const struct follower *f)
{
	struct evhttp_connection *c = evhttp_request_get_connection(f->request);

	return evbuffer_get_length(
	    bufferevent_get_output(evhttp_connection_get_bufferevent(c)));
}

static void
follower_serve(struct follower *f)
{
	json_t *event;

	while ((event = events_take(&f->next)) != NULL)
		follower_send(f, event);
	if (follower_behind(f) > EVENTS_BEHIND_MAX)
		evhttp_connection_free(
		    evhttp_request_get_connection(f->request));
}

static void
events_here(struct job *job)
{
	struct follower *f, *after;

	pthread_mutex_lock(&events.mutex);
	events.posted = false;
	pthread_mutex_unlock(&events.mutex);
	for (f = LIST_FIRST(&events.followers); f != NULL; f = after) {
		after = LIST_NEXT(f, link);
		follower_serve(f);
	}
}

static void
events_follow(struct http_call *call)
{
	struct evhttp_request *request = call->request;
	struct evhttp_connection *c = evhttp_request_get_connection(request);
	struct follower *f = calloc(1, sizeof(*f));

	if (f == NULL) {
		http_fail(call, 503, "no memory");
		return;
	}
	f->request = http_detach(call);
	evhttp_connection_set_closecb(c, follower_on_close, f);
	bufferevent_set_timeouts(
	    evhttp_connection_get_bufferevent(c), NULL, NULL);
	evhttp_add_header(evhttp_request_get_output_headers(request),
	    "Content-Type", "application/x-ndjson");
	evhttp_send_reply_start(request, 200, NULL);
	LIST_INSERT_HEAD(&events.followers, f, link);
	follower_serve(f);
}

void
events_answer(struct http_call *call, bool follow)
{
	json_t *list, *event;
	uint64_t number = 0;

	if (follow) {
		events_follow(call);
		return;
	}
	list = json_array();
	while ((event = events_take(&number)) != NULL)
		json_array_append_new(list, event);
	http_reply(call, 200, json_pack("{s:o}", "events", list));
}

int
events_start(struct loop *loop)
{
	if (events.ring != NULL)
		return 0;
	events.ring = calloc(EVENTS_KEPT, sizeof(*events.ring));
	if (events.ring == NULL)
		return -ENOMEM;
	events.loop = loop;
	events.job.fn = events_here;
	LIST_INIT(&events.followers);
	loghub_watch(events_watch);
	return 0;
}

void
events_stop(void)
{
	pthread_mutex_lock(&events.mutex);
	events.loop = NULL;
	pthread_mutex_unlock(&events.mutex);
}
