/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/sim/store.c - the simulated disk, and the place where reservations are
 * kept: what is there, and what a power cut leaves of it.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "tests/sim/sim.h"
#include "tests/sim/spare.h"

/* ---- the medium ---- */

/* Blank ones, for the next run: they cost more to get and to give back than
 * many a fuzzer's whole run. */
static struct sim_medium *media_spare;

static struct sim_medium *
medium_alloc(void)
{
	struct sim_medium *m = calloc(1, sizeof(*m));

	assert(m != NULL);
	m->written = calloc(SIM_BLOCKS_MAX, 512);
	m->durable = calloc(SIM_BLOCKS_MAX, 512);
	m->dirty = calloc(SIM_BLOCKS_MAX, 1);
	m->lost = calloc(SIM_BLOCKS_MAX, 1);
	m->touched = calloc(SIM_BLOCKS_MAX, 1);
	assert(m->written != NULL && m->durable != NULL);
	assert(m->dirty != NULL && m->lost != NULL && m->touched != NULL);
	return m;
}

struct sim_medium *
sim_medium_new(uint64_t blocks)
{
	struct sim_medium *m = media_spare;

	if (m != NULL)
		media_spare = m->next_spare;
	else
		m = medium_alloc();
	ASAN_UNPOISON_MEMORY_REGION(m->written, 512 * SIM_BLOCKS_MAX);
	ASAN_UNPOISON_MEMORY_REGION(m->durable, 512 * SIM_BLOCKS_MAX);
	m->blocks = blocks;
	return m;
}

static void
medium_blank(struct sim_medium *m)
{
	uint64_t i;

	for (i = 0; i < SIM_BLOCKS_MAX; i++) {
		if (!m->touched[i])
			continue;
		memset(m->written + 512 * i, 0, 512);
		memset(m->durable + 512 * i, 0, 512);
		m->dirty[i] = m->lost[i] = m->touched[i] = 0;
	}
}

void
sim_medium_free(struct sim_medium *m)
{
	unsigned i;

	medium_blank(m);
	for (i = 0; i < KEPT_KINDS; i++) {
		free(m->kept[i].text);
		m->kept[i] = (struct sim_text){ 0 };
	}
	m->next_spare = media_spare;
	media_spare = m;
	ASAN_POISON_MEMORY_REGION(m->written, 512 * SIM_BLOCKS_MAX);
	ASAN_POISON_MEMORY_REGION(m->durable, 512 * SIM_BLOCKS_MAX);
}

/* Blocks are on the platter now; but what a failed sync has dropped. */
static void
medium_settle(struct sim_medium *m, uint64_t first, uint64_t count)
{
	uint64_t i;

	for (i = first; i < first + count; i++) {
		if (!m->dirty[i] || m->lost[i])
			continue;
		memcpy(m->durable + 512 * i, m->written + 512 * i, 512);
		m->dirty[i] = 0;
	}
}

static void
medium_touch(struct sim_medium *m, uint64_t offset, uint64_t length)
{
	memset(m->dirty + offset / 512, 1, length / 512);
	memset(m->lost + offset / 512, 0, length / 512);
	memset(m->touched + offset / 512, 1, length / 512);
}

static void
medium_lose(struct sim_medium *m)
{
	uint64_t i;

	for (i = 0; i < m->blocks; i++)
		m->lost[i] |= m->dirty[i];
}

/* ---- the store ---- */

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

static const struct bs_ops store_ops_without_fua = {
	.name = "sim-without-fua",
	.kind = BS_ASYNC,
	.submit = store_submit,
};

static void
store_save(struct lu_store *store, struct lu_save *save)
{
	struct sim_keeper *k = container_of(store, struct sim_keeper, lu_store);

	assert(k->saving == NULL);
	k->saving = save;
}

void
sim_store_init(struct sim_store *s, struct sim_medium *m, bool fua)
{
	unsigned i;

	memset(s, 0, sizeof(*s));
	s->medium = m;
	/* Who opens it anew is told nothing of what failed before: no target
	 * could know that what it reads is not written again. */
	memset(m->lost, 0, SIM_BLOCKS_MAX);
	for (i = 0; i < KEPT_KINDS; i++)
		s->keepers[i].lu_store.save = store_save;
	s->bs.ops = fua ? &store_ops : &store_ops_without_fua;
	s->bs.info = (struct bs_info){
		.size_bytes = m->blocks * 512,
		.min_block_bytes = 512,
		.physical_block_bytes = 4096,
		.discard_granularity = 512,
		.discard_zeroes = true,
		.maps = true,
		.thin = true,
		.volatile_cache = true,
		.atomic_write_bytes = SIM_ATOMIC * 512,
		.atomic_write_unit = 512,
	};
	pthread_mutex_init(&s->bs.flush_mutex, NULL);
	atomic_store(&s->bs.size, m->blocks * 512);
}

void
sim_store_check_idle(const struct sim_store *s)
{
	unsigned i;

	assert(s->pending == NULL);
	for (i = 0; i < KEPT_KINDS; i++)
		assert(s->keepers[i].saving == NULL);
	assert(backstore_in_flight(&s->bs) == 0);
}

static void
store_move(struct sim_store *s, struct bs_io *io)
{
	uint8_t *at = s->medium->written + io->offset;
	int i;

	for (i = 0; i < io->iovcnt; i++) {
		if (io->op == BS_READ)
			memcpy(io->iov[i].iov_base, at, io->iov[i].iov_len);
		else
			memcpy(at, io->iov[i].iov_base, io->iov[i].iov_len);
		at += io->iov[i].iov_len;
	}
}

static bool
store_changes(const struct bs_io *io)
{
	return io->op == BS_WRITE || io->op == BS_DISCARD ||
	       io->op == BS_WRITE_ZEROES;
}

/* What was never written is a hole. */
static void
store_map(const struct sim_medium *m, struct bs_io *io)
{
	uint64_t at = io->offset / 512, end = at + io->length / 512, i = at;

	while (i < end && m->touched[i] == m->touched[at])
		i++;
	io->extents[0] = (struct bs_extent){ .offset = io->offset,
		.length = (i - at) * 512,
		.kind = m->touched[at] ? BS_EXTENT_DATA : BS_EXTENT_HOLE };
	io->extents_found = 1;
}

static void
store_do(struct sim_store *s, struct bs_io *io)
{
	struct sim_medium *m = s->medium;

	if (io->op == BS_READ || io->op == BS_WRITE)
		store_move(s, io);
	if (io->op == BS_DISCARD || io->op == BS_WRITE_ZEROES)
		memset(m->written + io->offset, 0, io->length);
	if (store_changes(io))
		medium_touch(m, io->offset, io->length);
	if (io->op == BS_FLUSH)
		medium_settle(m, 0, m->blocks);
	else if (s->bs.ops->fua && (io->flags & BS_FUA))
		medium_settle(m, io->offset / 512, io->length / 512);
	if (io->op == BS_MAP)
		store_map(m, io);
}

/* What fails, or is under way when the process dies, may have been done in
 * part. */
static void
store_tear(struct sim_store *s, struct choice *choice, const struct bs_io *io)
{
	struct sim_medium *m = s->medium;
	uint64_t at = io->offset, n = 0;
	int i = 0;
	size_t used = 0;

	for (; at < io->offset + io->length; at += 512) {
		if (at == io->offset || (io->flags & BS_ATOMIC) == 0)
			n = choose(choice, 2);
		if (io->op != BS_WRITE && n == 1)
			memset(m->written + at, 0, 512);
		/* Segments of a buffer list are whole blocks. */
		if (io->op == BS_WRITE && n == 1)
			memcpy(m->written + at,
			    (uint8_t *)io->iov[i].iov_base + used, 512);
		if (n == 1)
			medium_touch(m, at, 512);
		used += 512;
		if (io->op == BS_WRITE && used >= io->iov[i].iov_len) {
			used = 0;
			i++;
		}
	}
}

static bool
store_is_in_blocks(const struct bs_io *io)
{
	int i;

	for (i = 0; i < io->iovcnt; i++) {
		if (io->iov[i].iov_len % 512 != 0)
			return false;
	}
	return true;
}

static struct bs_io *
store_take(struct sim_store *s, unsigned nth)
{
	struct bs_io **p = &s->pending;
	struct bs_io *io;

	while (nth-- > 0)
		p = &(*p)->next;
	io = *p;
	*p = io->next;
	s->pending_count--;
	return io;
}

void
sim_store_complete(
    struct sim_store *s, struct choice *choice, unsigned nth, int error)
{
	struct bs_io *io = store_take(s, nth);

	if (s->frozen)
		error = -EIO;
	else if (error == 0)
		store_do(s, io);
	else if (error != -ENOMEM && store_changes(io) &&
		 store_is_in_blocks(io))
		store_tear(s, choice, io);
	else if (io->op == BS_FLUSH && error != -ENOMEM)
		medium_lose(s->medium);
	s->faults += error != 0;
	s->broken |= error != 0 && error != -ENOMEM && io->op != BS_READ;
	bs_io_complete(io, error);
}

/* ---- what is kept ---- */

static void
store_keep(struct sim_text *kept, const char *text, size_t bytes)
{
	struct choice *by = starve_by;

	free(kept->text);
	kept->text = NULL;
	kept->bytes = bytes;
	if (bytes == 0)
		return;
	starve_by = NULL;
	kept->text = malloc(bytes);
	starve_by = by;
	assert(kept->text != NULL);
	memcpy(kept->text, text, bytes);
}

void
sim_store_saved(struct sim_store *s, enum sim_kept what, int error, bool kept)
{
	struct lu_save *save = s->keepers[what].saving;

	s->keepers[what].saving = NULL;
	if (kept && !s->frozen)
		store_keep(&s->medium->kept[what], save->text, save->bytes);
	save->done(save, s->frozen ? -EIO : error);
}

/* ---- the end of the process ---- */

static void
medium_power_cut(struct sim_medium *m, struct choice *choice)
{
	uint64_t i;

	for (i = 0; i < m->blocks; i++) {
		if (!m->dirty[i])
			continue;
		if (!m->lost[i] && choose(choice, 2))
			memcpy(m->durable + 512 * i, m->written + 512 * i, 512);
		m->dirty[i] = m->lost[i] = 0;
	}
	memcpy(m->written, m->durable, SIM_BLOCKS_MAX * 512);
}

void
sim_store_die(struct sim_store *s, struct choice *choice, bool power)
{
	const struct lu_save *save;
	const struct bs_io *io;
	unsigned i;

	for (io = s->pending; io != NULL; io = io->next) {
		if (store_changes(io) && store_is_in_blocks(io))
			store_tear(s, choice, io);
	}
	for (i = 0; i < KEPT_KINDS; i++) {
		save = s->keepers[i].saving;
		if (save != NULL && choose(choice, 2))
			store_keep(
			    &s->medium->kept[i], save->text, save->bytes);
	}
	if (power)
		medium_power_cut(s->medium, choice);
	s->frozen = true;
}
