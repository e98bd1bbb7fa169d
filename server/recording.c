/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/recording.c - the last PDUs of connections, told and kept.
 */
#include "server/recording.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/bytes.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/whole.h"
#include "server/pcapng.h"
#include "server/server.h"
#include "server/sock.h"

#define RECORDING_PAUSE_MS 1000

static struct server *_Atomic recording_server;
static _Atomic uint64_t recording_last_ms;
static unsigned recording_number; /* the control thread's */

/* What is to be added to monotonic ms for those since 1970. */
static uint64_t
recording_wall_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000 -
	       clock_now_ms();
}

static void
recording_write(FILE *f, const struct conn *c)
{
	struct recorded_pdu pdus[RECORDER_PDUS];
	struct pcapng_ends ends;
	struct conn_info info;
	unsigned count = conn_recording(c, pdus);

	conn_info(c, &info);
	ends.peer = info.peer;
	ends.local = info.local;
	pcapng_add(f, &ends, recording_wall_ms(), pdus, count);
}

/* ---- kept ---- */

struct recording_file {
	struct job job;
	char peer[64];
	char *bytes;
	size_t count;
};

/* Control thread.  0 or -errno. */
static int
recording_save(const struct recording_file *k, const char *name)
{
	const struct server *s = recording_server;
	int state, fd, error;

	if (s == NULL)
		return -ESHUTDOWN;
	state = state_directory(s->state);
	if (mkdirat(state, "recordings", 0700) != 0 && errno != EEXIST)
		return -errno;
	fd = openat(state, name,
	    O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	error = whole_write(fd, k->bytes, k->count, 0);
	close(fd);
	return error;
}

static void
recording_save_here(struct job *job)
{
	struct recording_file *k =
	    container_of(job, struct recording_file, job);
	char name[32];
	int error;

	snprintf(name, sizeof(name), "recordings/%02u.pcapng",
	    recording_number++ % RECORDING_KEPT);
	error = recording_save(k, name);
	if (error == 0)
		log_info("recording kept peer=%s file=%s", k->peer, name);
	else
		log_warning("recording not kept peer=%s file=%s error=\"%s\"",
		    k->peer, name, strerror(-error));
	free(k->bytes);
	free(k);
}

static bool
recording_may_keep(void)
{
	uint64_t last = atomic_load(&recording_last_ms), now = clock_now_ms();

	return (last == 0 || now - last >= RECORDING_PAUSE_MS) &&
	       atomic_compare_exchange_strong(&recording_last_ms, &last, now);
}

void
recording_keep(const struct conn *c)
{
	struct server *server = recording_server;
	struct recording_file *k;
	struct conn_info info;
	FILE *f;

	if (server == NULL || !conn_is_faulty(c) || !recording_may_keep())
		return;
	k = calloc(1, sizeof(*k));
	f = k != NULL ? open_memstream(&k->bytes, &k->count) : NULL;
	if (f == NULL) {
		free(k);
		return;
	}
	conn_info(c, &info);
	snprintf(k->peer, sizeof(k->peer), "%s", info.peer);
	pcapng_begin(f);
	recording_write(f, c);
	k->job.fn = recording_save_here;
	if (fclose(f) == 0 && crew_post(&server->control, &k->job))
		return;
	free(k->bytes);
	free(k);
}

void
recording_start(struct server *s)
{
	recording_server = s;
}

void
recording_stop(void)
{
	recording_server = NULL;
}

/* ---- told ---- */

/* Goes from worker to worker, and home. */
struct recording_tour {
	struct job job;
	struct http_call *call;
	struct server *server;
	uint16_t tsih;
	unsigned worker; /* the next */
	unsigned found;
	FILE *f;
	char *bytes;
	size_t count;
};

static void
recording_tell(struct recording_tour *r)
{
	bool whole = fclose(r->f) == 0;

	if (!whole)
		http_fail(r->call, 503, "no memory");
	else if (r->found == 0)
		http_fail(
		    r->call, 404, "no session has TSIH %u", (unsigned)r->tsih);
	else
		http_reply_text(
		    r->call, "application/x-pcapng", r->bytes, r->count);
	free(r->bytes);
	free(r);
}

static void recording_go_on(struct recording_tour *r);

static void
recording_came_home(struct job *job)
{
	recording_tell(container_of(job, struct recording_tour, job));
}

static void
recording_visit(struct job *job)
{
	struct recording_tour *r =
	    container_of(job, struct recording_tour, job);
	struct conn_info info;
	struct sock *s;

	TAILQ_FOREACH (s, &r->server->workers[r->worker].socks, link) {
		conn_info(s->conn, &info);
		if (!info.full_feature || info.tsih != r->tsih)
			continue;
		recording_write(r->f, s->conn);
		r->found++;
	}
	r->worker++;
	recording_go_on(r);
}

static void
recording_go_on(struct recording_tour *r)
{
	struct home *next = &r->server->loop.home;

	r->job.fn = recording_came_home;
	if (r->worker < r->server->worker_count) {
		next = &r->server->workers[r->worker].loop.home;
		r->job.fn = recording_visit;
	}
	next->post(next, &r->job);
}

void
recording_answer(struct http_call *call)
{
	struct recording_tour *r;
	char *end = NULL;
	unsigned long tsih = strtoul(call->argument, &end, 10);

	if (*end != '\0' || tsih == 0 || tsih > UINT16_MAX) {
		http_fail(call, 400, "a TSIH is a number from 1 to 65535");
		return;
	}
	r = calloc(1, sizeof(*r));
	if (r != NULL)
		r->f = open_memstream(&r->bytes, &r->count);
	if (r == NULL || r->f == NULL) {
		free(r);
		http_fail(call, 503, "no memory");
		return;
	}
	r->call = call;
	r->server = call->server;
	r->tsih = (uint16_t)tsih;
	pcapng_begin(r->f);
	recording_go_on(r);
}
