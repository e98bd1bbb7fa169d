/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * backstores/nbd.c - another server's disk, by libnbd: qcow2, encrypted or
 * remote images through qemu-nbd, qemu-storage-daemon or nbdkit.
 *
 * One thread for each store owns the libnbd handle; operations come to it by
 * an inbox.  When the connection is lost it connects again; what was under way
 * is sent once more, which changes nothing, because nobody was told that it
 * had ended.  Writes that had ended and were not flushed may be gone with the
 * server: then every later flush fails.
 */
#ifdef HAVE_NBD

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>

#include "backstores/nbd.h"
#include "common/bytes.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/thread.h"

#define NBD_RETRY_MS   500   /* between two attempts to connect */
#define NBD_GIVE_UP_MS 25000 /* then what waits fails, and new ones at once */

/* ---- connecting ---- */

static bool
nbd_ask_abilities(struct nbd *n)
{
	struct nbd_handle *h = n->handle;
	int64_t size = nbd_get_size(h);

	if (size < 0)
		return false;
	atomic_store(&n->size, (uint64_t)size);
	n->can_fua = nbd_can_fua(h) == 1;
	n->can_zero = nbd_can_zero(h) == 1;
	n->can_trim = nbd_can_trim(h) == 1;
	n->can_map =
	    nbd_can_meta_context(h, LIBNBD_CONTEXT_BASE_ALLOCATION) == 1;
	return true;
}

/* May block.  False: the text is nbd_get_error()'s. */
static bool
nbd_connect_now(struct nbd *n)
{
	n->handle = nbd_create();
	if (n->handle == NULL)
		return false;
	if (nbd_add_meta_context(n->handle, LIBNBD_CONTEXT_BASE_ALLOCATION) ==
		0 &&
	    nbd_connect_uri(n->handle, n->bs->name) == 0 &&
	    nbd_ask_abilities(n))
		return true;
	nbd_close(n->handle);
	n->handle = NULL;
	return false;
}

static void
nbd_connection_lost(struct nbd *n)
{
	log_error("nbd connection lost store=%s unflushed-writes=%s",
	    n->bs->name, n->writes != n->flushed ? "yes" : "no");
	n->lost |= n->writes != n->flushed;
	nbd_close(n->handle); /* ends what is running, with an error */
	n->handle = NULL;
	n->down_ms = clock_now_ms();
	n->retry_ms = n->down_ms;
}

/* ---- what the thread is given ---- */

static void
nbd_take(struct job *job)
{
	struct bs_io *io = container_of(job, struct bs_io, job);
	struct nbd_op *op = calloc(1, sizeof(*op));

	if (op == NULL) {
		bs_io_complete(io, -ENOMEM);
		return;
	}
	op->nbd = io->bs->priv;
	op->io = io;
	nbd_op_start(op);
}

static void
nbd_submit(struct backstore *bs, struct bs_io *io)
{
	struct nbd *n = bs->priv;

	io->job.fn = nbd_take;
	inbox_post(&n->inbox, &io->job);
}

/* ---- the thread ---- */

static void
nbd_fail_waiting(struct nbd *n)
{
	struct nbd_op *op;

	while ((op = TAILQ_FIRST(&n->waiting)) != NULL) {
		TAILQ_REMOVE(&n->waiting, op, link);
		op->error = -EIO;
		nbd_op_end(op);
	}
}

static void
nbd_go_on(struct nbd *n)
{
	struct nbd_ops again = TAILQ_HEAD_INITIALIZER(again);
	struct nbd_op *op;

	log_notice("nbd connected again store=%s", n->bs->name);
	TAILQ_CONCAT(&again, &n->waiting, link);
	while ((op = TAILQ_FIRST(&again)) != NULL) {
		TAILQ_REMOVE(&again, op, link);
		nbd_op_start(op);
	}
}

static void
nbd_try_again(struct nbd *n)
{
	uint64_t now = clock_now_ms();

	if (now >= n->retry_ms) {
		n->retry_ms = now + NBD_RETRY_MS;
		if (nbd_connect_now(n)) {
			nbd_go_on(n);
			return;
		}
	}
	if (now - n->down_ms > NBD_GIVE_UP_MS || atomic_load(&n->stop))
		nbd_fail_waiting(n);
}

static short
nbd_poll_events(unsigned direction)
{
	return (direction & LIBNBD_AIO_DIRECTION_READ ? POLLIN : 0) |
	       (direction & LIBNBD_AIO_DIRECTION_WRITE ? POLLOUT : 0);
}

static void
nbd_wait(struct nbd *n)
{
	struct pollfd p[2] = { { .fd = n->inbox.event_fd, .events = POLLIN },
		{ .fd = -1 } };
	struct nbd_handle *h = n->handle;

	if (h != NULL) {
		p[1].fd = nbd_aio_get_fd(h);
		p[1].events = nbd_poll_events(nbd_aio_get_direction(h));
	}
	poll(p, 2, h == NULL ? NBD_RETRY_MS : -1);
	if (p[0].revents != 0)
		inbox_run(&n->inbox);
	if (p[1].revents & (POLLIN | POLLHUP | POLLERR) &&
	    nbd_aio_get_direction(h) & LIBNBD_AIO_DIRECTION_READ)
		nbd_aio_notify_read(h);
	else if (p[1].revents & POLLOUT &&
		 nbd_aio_get_direction(h) & LIBNBD_AIO_DIRECTION_WRITE)
		nbd_aio_notify_write(h);
}

static void *
nbd_run(void *arg)
{
	struct nbd *n = arg;

	while (!atomic_load(&n->stop)) {
		nbd_wait(n);
		if (n->handle != NULL && (nbd_aio_is_dead(n->handle) == 1 ||
					     nbd_aio_is_closed(n->handle) == 1))
			nbd_connection_lost(n);
		if (n->handle == NULL)
			nbd_try_again(n);
		nbd_settle(n);
	}
	return NULL;
}

/* ---- open, close ---- */

static bool
nbd_size_fits(uint64_t there, uint64_t wanted)
{
	return wanted == 0 || wanted <= there;
}

static void
nbd_fill_info(struct nbd *n, const struct bs_config *config)
{
	int64_t unit = nbd_get_block_size(n->handle, LIBNBD_SIZE_MINIMUM);
	int64_t best = nbd_get_block_size(n->handle, LIBNBD_SIZE_PREFERRED);

	n->bs->info = (struct bs_info){
		.size_bytes =
		    config->size != 0 ? config->size : atomic_load(&n->size),
		.min_block_bytes = unit > 0 ? (uint32_t)unit : 1,
		.physical_block_bytes = best > 0 ? (uint32_t)best : 4096,
		.discard_granularity =
		    n->can_zero || n->can_trim ? config->block_size : 0,
		.thin = true,
		.discard_zeroes = n->can_zero,
		.read_only = config->read_only,
		.volatile_cache = nbd_can_flush(n->handle) == 1,
		.maps = n->can_map,
	};
}

/* What has to be so before anything is promised with this server. */
static int
nbd_check(
    struct nbd *n, const struct bs_config *config, char *why, size_t why_size)
{
	if (nbd_is_read_only(n->handle) == 1 && !config->read_only)
		return bs_refuse(why, why_size, EROFS,
		    "the server offers %s read-only, the lun is not",
		    n->bs->name);
	if (!config->read_only && nbd_can_flush(n->handle) != 1)
		return bs_refuse(why, why_size, EOPNOTSUPP,
		    "the server of %s has no flush: nothing could be made "
		    "durable",
		    n->bs->name);
	if (!nbd_size_fits(atomic_load(&n->size), config->size))
		return bs_refuse(why, why_size, EINVAL,
		    "%s has %" PRIu64 " bytes, fewer than the size of the lun",
		    n->bs->name, atomic_load(&n->size));
	return 0;
}

static struct nbd *
nbd_new(struct backstore *bs)
{
	struct nbd *n = calloc(1, sizeof(*n));

	if (n == NULL)
		return NULL;
	n->bs = bs;
	TAILQ_INIT(&n->running);
	TAILQ_INIT(&n->ended);
	TAILQ_INIT(&n->waiting);
	if (inbox_init(&n->inbox) == 0)
		return n;
	free(n);
	return NULL;
}

static void
nbd_delete(struct nbd *n)
{
	if (n->handle != NULL)
		nbd_close(n->handle);
	inbox_destroy(&n->inbox);
	free(n);
}

static int
nbd_open_with(
    struct nbd *n, const struct bs_config *config, char *why, size_t why_size)
{
	int error;

	if (!nbd_connect_now(n))
		return bs_refuse(
		    why, why_size, EIO, "%s: %s", n->bs->name, nbd_get_error());
	error = nbd_check(n, config, why, why_size);
	if (error != 0)
		return error;
	nbd_fill_info(n, config);
	error = thread_start(&n->thread, nbd_run, n);
	if (error != 0)
		return bs_refuse(why, why_size, -error, "no thread: %m");
	return 0;
}

static int
nbd_open(struct backstore *bs, const struct bs_config *config, char *why,
    size_t why_size)
{
	struct nbd *n = nbd_new(bs);
	int error;

	if (n == NULL)
		return bs_refuse(why, why_size, ENOMEM, "no memory");
	bs->priv = n;
	error = nbd_open_with(n, config, why, why_size);
	if (error != 0)
		nbd_delete(n);
	return error;
}

struct nbd_stop {
	struct job job;
	struct nbd *nbd;
};

static void
nbd_stop(struct job *job)
{
	struct nbd_stop *s = container_of(job, struct nbd_stop, job);

	atomic_store(&s->nbd->stop, true);
}

static void
nbd_close_store(struct backstore *bs)
{
	struct nbd *n = bs->priv;
	struct nbd_stop stop = { .job.fn = nbd_stop, .nbd = n };

	inbox_post(&n->inbox, &stop.job);
	pthread_join(n->thread, NULL);
	if (n->handle != NULL)
		nbd_shutdown(n->handle, 0);
	nbd_delete(n);
}

/* The export is as large as its server made it; the LU may show less of it. */
static int
nbd_resize(struct backstore *bs, uint64_t bytes)
{
	struct nbd *n = bs->priv;

	return bytes <= atomic_load(&n->size) ? 0 : -ENOSPC;
}

static int
nbd_refresh(struct backstore *bs, uint64_t *size_bytes)
{
	struct nbd *n = bs->priv;

	*size_bytes = min_u64(atomic_load(&n->size), backstore_size(bs));
	return 0;
}

const struct bs_ops bs_nbd_ops = {
	.name = "nbd",
	.kind = BS_ASYNC,
	.open = nbd_open,
	.close = nbd_close_store,
	.resize = nbd_resize,
	.refresh = nbd_refresh,
	.fua = true,
	.submit = nbd_submit,
};

#endif
