/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * backstores/tcmu.c - a handler module of tcmu-runner, in a process of its own.
 *
 * One thread for each store talks to that process.  When the process dies it is
 * started again, and what was under way is asked once more, which changes
 * nothing, because nobody was told that it had ended; what it dies of twice
 * fails.  Writes that had ended and were not flushed may be gone with it: then
 * every later flush fails.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "backstores/tcmu.h"
#include "common/bytes.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/thread.h"

#define TCMU_HEALTHY_MS 60000 /* that it must serve to be forgiven */
#define TCMU_GIVE_UP_MS 25000 /* then what waits fails */

_Atomic unsigned tcmu_retry_ms = 200;

/* ---- what the thread is given ---- */

static void
tcmu_take(struct job *job)
{
	struct bs_io *io = container_of(job, struct bs_io, job);
	struct tcmu_op *op = calloc(1, sizeof(*op));

	if (op == NULL) {
		bs_io_complete(io, -ENOMEM);
		return;
	}
	op->io = io;
	tcmu_op_start(io->bs->priv, op);
}

static void
tcmu_submit(struct backstore *bs, struct bs_io *io)
{
	struct tcmu *t = bs->priv;

	if (io->op == BS_MAP) {
		bs_map_as_data(io);
		bs_io_complete(io, 0);
		return;
	}
	io->job.fn = tcmu_take;
	inbox_post(&t->inbox, &io->job);
}

/* ---- without a host ---- */

static void
tcmu_fail_waiting(struct tcmu *t)
{
	int error = backstore_state(t->bs) == BS_LOST ? -ESHUTDOWN : -EIO;
	struct tcmu_op *op;

	while ((op = TAILQ_FIRST(&t->waiting)) != NULL) {
		TAILQ_REMOVE(&t->waiting, op, link);
		tcmu_op_end(op, error);
	}
}

/* What was with it waits, unless it was with one before that died. */
static void
tcmu_take_back(struct tcmu *t, struct tcmu_ops *ops, bool sent)
{
	struct tcmu_op *op;

	while ((op = TAILQ_FIRST(ops)) != NULL) {
		TAILQ_REMOVE(ops, op, link);
		if (sent && op->again && op->io->op != BS_FLUSH) {
			tcmu_op_end(op, -EIO);
			continue;
		}
		op->again |= sent;
		tcmu_op_start(t, op);
	}
}

/* When to start it (again), from now on: an attempt takes its time. */
static void
tcmu_plan_start(struct tcmu *t)
{
	t->retry_ms = clock_now_ms() + ((uint64_t)tcmu_retry_ms << t->deaths);
	if (++t->deaths < TCMU_DEATHS_MAX)
		return;
	bs_set_state(t->bs, BS_LOST,
	    "the module's process has ended too often, or does not start");
	tcmu_fail_waiting(t);
}

static void
tcmu_host_gone(struct tcmu *t)
{
	uint64_t now = clock_now_ms();

	log_error("tcmu host has ended store=%s pid=%u unflushed-writes=%s",
	    t->bs->name, t->hello.pid, t->writes != t->flushed ? "yes" : "no");
	t->lost |= t->writes != t->flushed;
	tcmu_host_stop(t);
	tcmu_take_back(t, &t->running, true);
	tcmu_take_back(t, &t->queued, false);
	if (now - t->since_ms > TCMU_HEALTHY_MS)
		t->deaths = 0;
	t->down_ms = now;
	tcmu_plan_start(t);
}

static void
tcmu_go_on(struct tcmu *t)
{
	struct tcmu_ops again = TAILQ_HEAD_INITIALIZER(again);
	struct tcmu_op *op;

	log_notice("tcmu host is there again store=%s", t->bs->name);
	t->since_ms = clock_now_ms();
	TAILQ_CONCAT(&again, &t->waiting, link);
	while ((op = TAILQ_FIRST(&again)) != NULL) {
		TAILQ_REMOVE(&again, op, link);
		tcmu_op_start(t, op);
	}
}

/* One that has become smaller meanwhile is not what was served. */
static int
tcmu_start_again(struct tcmu *t, char *why, size_t why_size)
{
	int error = tcmu_host_start(t, why, why_size);

	if (error != 0 || atomic_load(&t->size) >= backstore_size(t->bs))
		return error;
	tcmu_host_stop(t);
	return bs_refuse(
	    why, why_size, ESTALE, "%s has become smaller", t->bs->name);
}

static void
tcmu_try_again(struct tcmu *t)
{
	char why[512];

	if (backstore_state(t->bs) != BS_LOST &&
	    clock_now_ms() >= t->retry_ms) {
		if (tcmu_start_again(t, why, sizeof(why)) == 0) {
			tcmu_go_on(t);
			return;
		}
		log_error("tcmu host does not start reason=\"%s\"", why);
		tcmu_plan_start(t);
	}
	if (clock_now_ms() - t->down_ms > TCMU_GIVE_UP_MS ||
	    atomic_load(&t->stop) || backstore_state(t->bs) == BS_LOST)
		tcmu_fail_waiting(t);
}

/* ---- the thread ---- */

static bool
tcmu_wait(struct tcmu *t)
{
	struct pollfd p[2] = {
		{ .fd = t->inbox.event_fd, .events = POLLIN },
		{ .fd = t->stream, .events = POLLIN },
	};

	if (!TAILQ_EMPTY(&t->queued))
		p[1].events |= POLLOUT;
	poll(p, 2, t->stream < 0 ? (int)(tcmu_retry_ms / 2) : -1);
	if (p[0].revents != 0)
		inbox_run(&t->inbox);
	if (t->stream < 0)
		return true;
	return (p[1].revents == 0 || tcmu_receive(t)) && tcmu_send(t);
}

static void *
tcmu_run(void *arg)
{
	struct tcmu *t = arg;

	while (!atomic_load(&t->stop)) {
		if (!tcmu_wait(t))
			tcmu_host_gone(t);
		if (t->stream < 0)
			tcmu_try_again(t);
	}
	return NULL;
}

/* ---- open, close, size ---- */

static void
tcmu_fill_info(struct tcmu *t, const struct bs_config *config)
{
	t->bs->info = (struct bs_info){
		.size_bytes =
		    config->size != 0 ? config->size : atomic_load(&t->size),
		.min_block_bytes = 512,
		.physical_block_bytes = 4096,
		.optimal_io_bytes = t->hello.optimal_io,
		.discard_granularity = t->hello.discard_granularity,
		.max_discard_bytes = t->hello.max_discard,
		.thin = true,
		.read_only = config->read_only,
		.volatile_cache = t->hello.volatile_cache != 0,
	};
}

static void
tcmu_delete(struct tcmu *t)
{
	tcmu_host_stop(t);
	inbox_destroy(&t->inbox);
	free(t->handler);
	free(t->config);
	free(t->conf);
	free(t->user);
	free(t);
}

static struct tcmu *
tcmu_new(struct backstore *bs, const struct bs_config *config)
{
	const char *slash = strchr(config->path, '/');
	struct tcmu *t = calloc(1, sizeof(*t));

	if (t == NULL || slash == NULL || inbox_init(&t->inbox) != 0) {
		free(t);
		return NULL;
	}
	t->bs = bs;
	t->stream = -1;
	t->read_only = config->read_only;
	t->whole = config->size == 0;
	t->handler = strndup(config->path, (size_t)(slash - config->path));
	t->config = strdup(slash + 1);
	t->conf = strdup(config->conf != NULL ? config->conf : "");
	t->user = strdup(config->user != NULL ? config->user : "");
	TAILQ_INIT(&t->queued);
	TAILQ_INIT(&t->running);
	TAILQ_INIT(&t->waiting);
	if (t->handler != NULL && t->config != NULL && t->conf != NULL &&
	    t->user != NULL)
		return t;
	tcmu_delete(t);
	return NULL;
}

static int
tcmu_open_with(
    struct tcmu *t, const struct bs_config *config, char *why, size_t why_size)
{
	int error = tcmu_host_start(t, why, why_size);

	if (error != 0)
		return error;
	if (config->size > atomic_load(&t->size))
		return bs_refuse(why, why_size, EINVAL,
		    "%s has %" PRIu64 " bytes, fewer than the size of the lun",
		    t->bs->name, atomic_load(&t->size));
	tcmu_fill_info(t, config);
	t->since_ms = clock_now_ms();
	error = thread_start(&t->thread, tcmu_run, t);
	if (error != 0)
		return bs_refuse(why, why_size, -error, "no thread: %m");
	return 0;
}

static int
tcmu_open(struct backstore *bs, const struct bs_config *config, char *why,
    size_t why_size)
{
	struct tcmu *t = tcmu_new(bs, config);
	int error;

	if (t == NULL)
		return bs_refuse(why, why_size, ENOMEM, "no memory");
	bs->priv = t;
	error = tcmu_open_with(t, config, why, why_size);
	if (error != 0)
		tcmu_delete(t);
	return error;
}

static void
tcmu_wake(struct job *job)
{
}

static void
tcmu_close(struct backstore *bs)
{
	struct tcmu *t = bs->priv;
	struct job wake = { .fn = tcmu_wake };

	atomic_store(&t->stop, true);
	inbox_post(&t->inbox, &wake);
	pthread_join(t->thread, NULL);
	tcmu_delete(t);
}

/* It is as large as it was made; the LU may show less of it. */
static int
tcmu_resize(struct backstore *bs, uint64_t bytes)
{
	struct tcmu *t = bs->priv;

	return bytes <= atomic_load(&t->size) ? 0 : -ENOSPC;
}

static int
tcmu_refresh(struct backstore *bs, uint64_t *size_bytes)
{
	struct tcmu *t = bs->priv;

	*size_bytes = atomic_load(&t->size);
	if (!t->whole)
		*size_bytes = min_u64(*size_bytes, backstore_size(bs));
	return 0;
}

const struct bs_ops bs_tcmu_ops = {
	.name = "tcmu",
	.kind = BS_ASYNC,
	.open = tcmu_open,
	.close = tcmu_close,
	.resize = tcmu_resize,
	.refresh = tcmu_refresh,
	.submit = tcmu_submit,
};
