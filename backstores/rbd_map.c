/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * backstores/rbd_map.c - which parts of an image hold data.
 *
 * librbd tells it by a call that waits for the cluster, so a thread of the
 * store makes it.  What it tells goes by objects: one that has data somewhere
 * counts from its beginning to the end of what is in it.
 */
#ifdef HAVE_RBD

#include <errno.h>
#include <poll.h>

#include "backstores/rbd.h"
#include "common/bytes.h"
#include "common/thread.h"

/* Looked at for one operation: each that is there may be a question to the
 * cluster. */
#define RBD_MAP_OBJECTS 256
#define RBD_MAP_FULL    (-ENOBUFS)

struct rbd_map {
	struct bs_io *io;
	uint64_t at, end; /* bytes; known up to at */
};

/* False: there is no room for it. */
static bool
rbd_map_add(struct rbd_map *m, uint64_t to, enum bs_extent_kind kind)
{
	struct bs_io *io = m->io;
	struct bs_extent *last = io->extents + io->extents_found - 1;

	if (to <= m->at)
		return true;
	if (io->extents_found > 0 && last->kind == kind) {
		last->length += to - m->at;
	} else if (io->extents_found == io->max_extents) {
		return false;
	} else {
		last[1] = (struct bs_extent){ m->at, to - m->at, kind };
		io->extents_found++;
	}
	m->at = to;
	return true;
}

/* Of librbd, in the order of the image. */
static int
rbd_map_found(uint64_t offset, size_t length, int exists, void *arg)
{
	struct rbd_map *m = arg;
	uint64_t end = min_u64(offset + length, m->end);

	if (!exists || end <= m->io->offset || offset >= m->end)
		return 0;
	if (end <= m->at)
		return -EPROTO; /* it has been told as a hole */
	return rbd_map_add(m, offset, BS_EXTENT_HOLE) &&
		       rbd_map_add(m, end, BS_EXTENT_DATA)
		   ? 0
		   : RBD_MAP_FULL;
}

static int
rbd_map_range(struct rbd *r, struct bs_io *io)
{
	uint64_t from = io->offset - io->offset % r->object_bytes;
	uint64_t most = r->object_bytes * RBD_MAP_OBJECTS;
	struct rbd_map m = { .io = io,
		.at = io->offset,
		.end = min_u64(io->offset + io->length, from + most) };
	int error;

	io->extents_found = 0;
	if (io->max_extents == 0)
		return 0;
	error = r->lib->rbd_diff_iterate2(
	    r->image, NULL, from, m.end - from, 1, 0, rbd_map_found, &m);
	if (error == RBD_MAP_FULL)
		return 0;
	if (error == 0)
		rbd_map_add(&m, m.end, BS_EXTENT_HOLE);
	return error;
}

/* ---- the thread ---- */

static void
rbd_map_here(struct job *job)
{
	struct bs_io *io = container_of(job, struct bs_io, job);

	bs_io_complete(io, rbd_result(io, rbd_map_range(io->bs->priv, io)));
}

void
rbd_map(struct bs_io *io)
{
	struct rbd *r = io->bs->priv;

	io->job.fn = rbd_map_here;
	inbox_post(&r->mapper.inbox, &io->job);
}

static void *
rbd_mapper_run(void *arg)
{
	struct rbd_mapper *m = arg;
	struct pollfd p = { .fd = m->inbox.event_fd, .events = POLLIN };

	while (!m->stop) {
		poll(&p, 1, -1);
		inbox_run(&m->inbox);
	}
	return NULL;
}

int
rbd_mapper_start(struct rbd_mapper *m)
{
	int error = inbox_init(&m->inbox);

	if (error != 0)
		return error;
	error = thread_start(&m->thread, rbd_mapper_run, m);
	if (error != 0)
		inbox_destroy(&m->inbox);
	return error;
}

struct rbd_mapper_stop {
	struct job job;
	struct rbd_mapper *mapper;
};

static void
rbd_mapper_end(struct job *job)
{
	container_of(job, struct rbd_mapper_stop, job)->mapper->stop = true;
}

void
rbd_mapper_stop(struct rbd_mapper *m)
{
	struct rbd_mapper_stop stop = { .job.fn = rbd_mapper_end, .mapper = m };

	inbox_post(&m->inbox, &stop.job);
	pthread_join(m->thread, NULL);
	inbox_destroy(&m->inbox);
}

#endif
