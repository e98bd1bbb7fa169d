/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/sim/store.c - the simulated disk.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "tests/sim/sim.h"

static void
store_submit(struct backstore *bs, struct bs_io *io)
{
	struct sim_store *s = container_of(bs, struct sim_store, bs);
	struct bs_io **p;

	for (p = &s->pending; *p != NULL; p = &(*p)->next)
		;
	io->next = NULL;
	*p = io;
	s->pending_count++;
}

static const struct bs_ops store_ops = {
	.name = "sim",
	.kind = BS_ASYNC,
	.fua = true,
	.submit = store_submit,
};

void
sim_store_init(struct sim_store *s)
{
	memset(s, 0, sizeof(*s));
	s->written = calloc(SIM_BLOCKS, 512);
	assert(s->written != NULL);
	s->bs.ops = &store_ops;
	s->bs.info = (struct bs_info){
		.size_bytes = SIM_BLOCKS * 512,
		.min_block_bytes = 512,
		.physical_block_bytes = 4096,
		.discard_granularity = 512,
		.discard_zeroes = true,
		.thin = true,
		.volatile_cache = true,
	};
	atomic_store(&s->bs.size, SIM_BLOCKS * 512);
}

void
sim_store_free(struct sim_store *s)
{
	assert(s->pending == NULL);
	free(s->written);
}

static void
store_move(struct sim_store *s, struct bs_io *io)
{
	uint8_t *at = s->written + io->offset;
	int i;

	for (i = 0; i < io->iovcnt; i++) {
		if (io->op == BS_READ)
			memcpy(io->iov[i].iov_base, at, io->iov[i].iov_len);
		else
			memcpy(at, io->iov[i].iov_base, io->iov[i].iov_len);
		at += io->iov[i].iov_len;
	}
}

static void
store_do(struct sim_store *s, struct bs_io *io)
{
	if (io->op == BS_READ || io->op == BS_WRITE)
		store_move(s, io);
	if (io->op == BS_DISCARD || io->op == BS_WRITE_ZEROES)
		memset(s->written + io->offset, 0, io->length);
	if (io->op == BS_MAP) {
		io->extents[0].offset = io->offset;
		io->extents[0].length = io->length;
		io->extents[0].kind = BS_EXTENT_DATA;
		io->extents_found = 1;
	}
}

void
sim_store_complete(struct sim_store *s, unsigned nth, int error)
{
	struct bs_io **p = &s->pending;
	struct bs_io *io;

	while (nth-- > 0)
		p = &(*p)->next;
	io = *p;
	*p = io->next;
	s->pending_count--;
	if (error == 0)
		store_do(s, io);
	else
		s->faults++;
	bs_io_complete(io, error);
}
