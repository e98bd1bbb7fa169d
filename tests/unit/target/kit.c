/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/target/kit.c - homes, a scripted store, a target.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/target/kit.h"

#define KIT_POOL_BYTES (64u << 20)

/* ---- homes ---- */

static void
kit_home_post(struct home *home, struct job *job)
{
	struct kit_home *kh = container_of(home, struct kit_home, home);

	job->next = NULL;
	*kh->last = job;
	kh->last = &job->next;
}

static bool
kit_home_is_here(const struct home *home)
{
	const struct kit_home *kh = container_of(home, struct kit_home, home);

	return kh->kit->here == home->index;
}

static void
kit_home_init(struct kit *k, unsigned i)
{
	struct kit_home *kh = &k->homes[i];

	kh->kit = k;
	kh->last = &kh->first;
	kh->home.post = kit_home_post;
	kh->home.is_here = kit_home_is_here;
	kh->home.pool = buf_pool_new(KIT_POOL_BYTES);
	kh->home.index = i;
	assert(kh->home.pool != NULL);
}

void
kit_enter(struct kit *k, unsigned home)
{
	assert(home < KIT_HOMES);
	k->here = home;
}

unsigned
kit_run_home(struct kit *k, unsigned home)
{
	struct kit_home *kh = &k->homes[home];
	unsigned ran = 0;
	struct job *job;

	kit_enter(k, home);
	while ((job = kh->first) != NULL) {
		kh->first = job->next;
		if (kh->first == NULL)
			kh->last = &kh->first;
		job->fn(job);
		ran++;
	}
	return ran;
}

void
kit_run_homes(struct kit *k)
{
	unsigned i, ran;

	do {
		for (i = 0, ran = 0; i < KIT_HOMES; i++)
			ran += kit_run_home(k, i);
	} while (ran > 0);
	kit_enter(k, 0);
}

/* ---- store ---- */

static struct kit_store *
kit_store_of(struct backstore *bs)
{
	return container_of(bs, struct kit_store, bs);
}

static void
kit_store_transfer(struct kit_store *ks, const struct bs_io *io)
{
	uint8_t *at = ks->image + io->offset;
	int i;

	for (i = 0; i < io->iovcnt; i++) {
		if (io->op == BS_READ)
			memcpy(io->iov[i].iov_base, at, io->iov[i].iov_len);
		else
			memcpy(at, io->iov[i].iov_base, io->iov[i].iov_len);
		at += io->iov[i].iov_len;
	}
	assert(at == ks->image + io->offset + io->length);
}

static void
kit_store_map(struct kit_store *ks, struct bs_io *io)
{
	uint64_t at = io->offset, end = io->offset + io->length;
	struct bs_extent *e = NULL;
	bool hole;

	io->extents_found = 0;
	for (; at < end; at += 512) {
		hole = ks->holes[at / 512] != 0;
		if (e == NULL || hole != (e->kind == BS_EXTENT_HOLE)) {
			if (io->extents_found == io->max_extents)
				return;
			e = &io->extents[io->extents_found++];
			e->offset = at;
			e->length = 0;
			e->kind = hole ? BS_EXTENT_HOLE : BS_EXTENT_DATA;
		}
		e->length += min_u64(512, end - at);
	}
}

static void
kit_store_holes(struct kit_store *ks, const struct bs_io *io, int hole)
{
	memset(ks->holes + io->offset / 512, hole, (io->length + 511) / 512);
}

static void
kit_store_clear(struct kit_store *ks, const struct bs_io *io)
{
	bool hole = io->op == BS_DISCARD || (io->flags & BS_MAY_UNMAP) != 0;

	memset(ks->image + io->offset, 0, io->length);
	kit_store_holes(ks, io, hole && ks->bs.info.discard_granularity > 0);
}

static void
kit_store_clone(struct kit_store *ks, const struct bs_io *io)
{
	const struct kit_store *from = kit_store_of(io->from);

	memcpy(
	    ks->image + io->offset, from->image + io->from_offset, io->length);
	kit_store_holes(ks, io, 0);
}

/* What the operation does to the image. */
static void
kit_store_do(struct kit_store *ks, struct bs_io *io)
{
	switch (io->op) {
	case BS_READ:
		kit_store_transfer(ks, io);
		return;
	case BS_WRITE:
		kit_store_transfer(ks, io);
		kit_store_holes(ks, io, 0);
		break;
	case BS_DISCARD:
	case BS_WRITE_ZEROES:
		kit_store_clear(ks, io);
		break;
	case BS_MAP:
		kit_store_map(ks, io);
		return;
	case BS_FLUSH:
		memcpy(ks->durable, ks->image, ks->bs.info.size_bytes);
		return;
	case BS_CLONE:
		kit_store_clone(ks, io);
		break;
	case BS_SETTLE:
	case BS_OPS:
		assert(!"an operation");
	}
	if (io->flags & BS_FUA)
		memcpy(ks->durable + io->offset, ks->image + io->offset,
		    io->length);
}

static void
kit_store_end(struct kit_store *ks, struct bs_io *io, int error)
{
	if (error == 0)
		error = ks->fail[io->op];
	if (error == 0)
		kit_store_do(ks, io);
	bs_io_complete(io, error);
}

static void
kit_store_submit(struct backstore *bs, struct bs_io *io)
{
	struct kit_store *ks = kit_store_of(bs);
	struct bs_io **last;

	if (ks->logged < KIT_LOG)
		ks->log[ks->logged++] = (struct kit_logged){ io->op, io->flags,
			io->offset, io->length };
	if (!ks->hold) {
		kit_store_end(ks, io, 0);
		return;
	}
	for (last = &ks->held; *last != NULL; last = &(*last)->next)
		;
	io->next = NULL;
	*last = io;
}

static bool
kit_store_can_clone(const struct backstore *bs, const struct backstore *from)
{
	return container_of(bs, struct kit_store, bs)->clones;
}

static const struct bs_ops kit_store_ops = {
	.name = "kit",
	.kind = BS_ASYNC,
	.submit = kit_store_submit,
	.can_clone = kit_store_can_clone,
	.fua = true,
};

static void
kit_store_init(struct kit_store *ks, const struct bs_info *info)
{
	ks->bs.ops = &kit_store_ops;
	ks->bs.info = *info;
	pthread_mutex_init(&ks->bs.flush_mutex, NULL);
	atomic_store(&ks->bs.size, info->size_bytes);
	ks->image = calloc(1, info->size_bytes);
	ks->durable = calloc(1, info->size_bytes);
	ks->holes = calloc(1, info->size_bytes / 512);
	assert(ks->image != NULL && ks->durable != NULL && ks->holes != NULL);
}

unsigned
kit_held(const struct kit *k)
{
	const struct bs_io *io;
	unsigned n = 0;

	for (io = k->store.held; io != NULL; io = io->next)
		n++;
	return n;
}

void
kit_release(struct kit *k, unsigned i, int error)
{
	struct bs_io **at = &k->store.held, *io;
	unsigned home, was = k->here;

	for (; i > 0 && *at != NULL; i--)
		at = &(*at)->next;
	io = *at;
	assert(io != NULL);
	*at = io->next;
	home = io->home->index;
	kit_store_end(&k->store, io, error);
	kit_run_home(k, home);
	kit_enter(k, was);
}

void
kit_release_all(struct kit *k)
{
	kit_run_homes(k);
	while (k->store.held != NULL) {
		kit_release(k, 0, 0);
		kit_run_homes(k);
	}
}

unsigned
kit_logged(const struct kit *k, enum bs_op op)
{
	unsigned i, n = 0;

	for (i = 0; i < k->store.logged; i++)
		n += k->store.log[i].op == op;
	return n;
}

void
kit_log_clear(struct kit *k)
{
	k->store.logged = 0;
}

/* ---- a target ---- */

static void
kit_lu_free_last(struct lu *lu, void *ctx)
{
	struct kit *k = ctx;

	k->lu_freed = true;
	lu_destroy(lu);
}

/* By its fields: padding may hold anything. */
static bool
kit_info_is_empty(const struct bs_info *i)
{
	return i->size_bytes == 0 && i->min_block_bytes == 0 &&
	       i->physical_block_bytes == 0 && i->optimal_io_bytes == 0 &&
	       i->discard_granularity == 0 && i->max_discard_bytes == 0 &&
	       i->atomic_write_bytes == 0 && !i->thin && !i->discard_zeroes &&
	       !i->read_only && !i->volatile_cache && !i->rotational &&
	       !i->maps;
}

static struct bs_info
kit_info(const struct kit_options *o, uint32_t block_size, uint64_t blocks)
{
	struct bs_info info = o->info;

	if (!o->plain && kit_info_is_empty(&info))
		info = (struct bs_info){ .discard_granularity = block_size,
			.thin = true,
			.discard_zeroes = true,
			.volatile_cache = true,
			.maps = true };
	if (info.size_bytes == 0)
		info.size_bytes = blocks * block_size;
	if (info.min_block_bytes == 0)
		info.min_block_bytes = block_size;
	if (info.physical_block_bytes == 0)
		info.physical_block_bytes = block_size;
	return info;
}

static void
kit_lu_make(struct kit *k, const struct kit_options *o)
{
	static const struct lu_identity identity = {
		.name = "disk",
		.uuid = { 0x6b, 0xa7, 0xb8, 0x10, 0x9d, 0xad, 0x41, 0xd1, 0x80,
		    0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8 },
	};
	struct lu_identity id = identity;
	struct lu_options options = o->lu;
	uint64_t blocks = o->blocks != 0 ? o->blocks : KIT_BLOCKS;
	struct bs_info info;

	options.block_size = o->block_size != 0 ? o->block_size : 512;
	info = kit_info(o, options.block_size, blocks);
	kit_store_init(&k->store, &info);
	id.uuid[15] = (uint8_t)(id.uuid[15] + o->number);
	lu_identity_complete(&id);
	k->lu = lu_new(&k->store.bs, &id, &options, kit_lu_free_last, k);
	assert(k->lu != NULL);
}

static void
kit_nexus_make(struct kit *k, unsigned i)
{
	static const uint8_t isid[6] = { 0x80, 0, 0, 0, 0, 1 };
	struct nexus *n;
	char name[64];
	unsigned l;

	kit_enter(k, i);
	snprintf(name, sizeof name, "iqn.2026-01.test:%u", i);
	n = nexus_attach(&k->homes[i].home, k->target, name, isid, 1);
	assert(n != NULL);
	for (l = 0; l < n->lu_count; l++)
		while (!outcome_good(nexus_lu_take_attention(n->lus[l])))
			;
	k->nexus[i] = n;
}

struct kit *
kit_new_with(const struct kit_options *options)
{
	struct kit *k = calloc(1, sizeof *k);
	unsigned i;

	assert(k != NULL);
	k->data_in = calloc(1, KIT_DATA);
	assert(k->data_in != NULL);
	for (i = 0; i < KIT_HOMES; i++)
		kit_home_init(k, i);
	kit_lu_make(k, options);
	k->target = target_new("iqn.2026-01.test:target", "");
	assert(k->target != NULL);
	if (!target_add_lun(k->target, 0, k->lu, false, NULL, 0))
		assert(!"LUN 0");
	for (i = 0; i < KIT_HOMES; i++)
		kit_nexus_make(k, i);
	kit_enter(k, 0);
	return k;
}

struct kit *
kit_new(void)
{
	return kit_new_with(&(struct kit_options){ 0 });
}

void
kit_check(struct kit *k)
{
	unsigned i;

	for (i = 0; i < KIT_HOMES; i++)
		if (k->nexus[i] != NULL)
			nexus_check(k->nexus[i]);
	target_check(k->target);
}

static void
kit_gone(struct nexus *n, void *ctx)
{
	unsigned *gone = ctx;

	(*gone)++;
}

void
kit_detach(struct kit *k, unsigned nexus)
{
	unsigned was = k->here, gone = 0;

	kit_enter(k, nexus);
	nexus_detach(k->nexus[nexus], kit_gone, &gone);
	k->nexus[nexus] = NULL;
	kit_release_all(k);
	assert(gone == 1);
	kit_enter(k, was);
}

void
kit_free(struct kit *k)
{
	unsigned i;

	k->store.hold = false;
	kit_release_all(k);
	for (i = 0; i < KIT_HOMES; i++)
		if (k->nexus[i] != NULL)
			kit_detach(k, i);
	target_unref(k->target);
	lu_unref(k->lu);
	assert(k->lu_freed);
	for (i = 0; i < KIT_HOMES; i++) {
		assert(k->homes[i].first == NULL);
		assert(buf_pool_in_use(k->homes[i].home.pool) == 0);
		buf_pool_free(k->homes[i].home.pool);
	}
	pthread_mutex_destroy(&k->store.bs.flush_mutex);
	free(k->store.image);
	free(k->store.durable);
	free(k->store.holes);
	free(k->data_in);
	free(k);
}

/* ---- running commands ---- */

static void
kit_task_done(struct task *t)
{
	container_of(t, struct kit_task, task)->done++;
}

static void
kit_task_revoked(struct task *t)
{
	container_of(t, struct kit_task, task)->revoked++;
}

static uint64_t
kit_lun_field(uint16_t lun)
{
	return lun < 256 ? (uint64_t)lun << 48 : (uint64_t)(0x4000 | lun) << 48;
}

struct kit_task *
kit_task_new(struct kit *k, unsigned nexus, const uint8_t cdb[16],
    uint32_t out_length, uint32_t in_length)
{
	struct kit_task *kt = calloc(1, sizeof *kt);

	assert(kt != NULL);
	kt->kit = k;
	kt->home = k->nexus[nexus]->home->index;
	task_init(&kt->task);
	kt->task.nexus = k->nexus[nexus];
	memcpy(kt->task.cdb, cdb, 16);
	kt->task.attribute = TASK_SIMPLE;
	kt->task.data_out_length = out_length;
	kt->task.data_in_length = in_length;
	kt->task.done = kit_task_done;
	kt->task.revoked = kit_task_revoked;
	return kt;
}

struct outcome
kit_task_start(struct kit_task *kt, uint8_t fill)
{
	struct task *t = &kt->task;
	struct outcome o;
	int i;

	kit_enter(kt->kit, t->nexus->home->index);
	o = task_prepare(t);
	if (!outcome_good(o))
		return o;
	for (i = 0; i < t->data.iovcnt; i++)
		memset(t->data.iov[i].iov_base, fill, t->data.iov[i].iov_len);
	task_execute(t);
	return o;
}

void
kit_task_free(struct kit_task *kt)
{
	kit_enter(kt->kit, kt->home);
	task_release(&kt->task);
	free(kt);
}

static void
kit_task_finish(struct kit_task *kt, const void *data_out)
{
	struct task *t = &kt->task;

	assert(t->data_out_wanted <= t->data_out_length);
	assert(t->data_out_wanted <= t->data.bytes);
	if (t->data_out_wanted > 0)
		buf_list_write(&t->data, 0, data_out, t->data_out_wanted);
	task_execute(t);
	kit_run_homes(kt->kit);
	assert(kt->done == 1 && t->state == TASK_ENDED);
}

struct kit_result
kit_run_at(struct kit *k, unsigned nexus, uint16_t lun, const uint8_t cdb[16],
    const void *data_out, uint32_t out_length, uint32_t in_length)
{
	struct kit_task *kt =
	    kit_task_new(k, nexus, cdb, out_length, in_length);
	struct task *t = &kt->task;
	struct kit_result r = { 0 };

	kit_enter(k, nexus);
	t->lun = kit_lun_field(lun);
	if (outcome_good(task_prepare(t)))
		kit_task_finish(kt, data_out);
	assert(t->state == TASK_ENDED);
	assert(t->data_in_bytes <= in_length && t->data_in_bytes <= KIT_DATA);
	r.outcome = t->outcome;
	r.transfer_length = t->transfer_length;
	r.data_out_wanted = t->data_out_wanted;
	r.data_in_bytes = t->data_in_bytes;
	r.data_in = k->data_in;
	if (t->data_in_bytes > 0)
		buf_list_read(&t->data, 0, k->data_in, t->data_in_bytes);
	kit_task_free(kt);
	kit_check(k);
	kit_enter(k, 0);
	return r;
}

struct kit_result
kit_run(struct kit *k, const uint8_t cdb[16], const void *data_out,
    uint32_t out_length, uint32_t in_length)
{
	return kit_run_at(k, 0, 0, cdb, data_out, out_length, in_length);
}

bool
kit_is_good(const struct kit_result *r)
{
	return outcome_good(r->outcome);
}

bool
kit_is_check(const struct kit_result *r, uint8_t key, uint8_t asc, uint8_t ascq)
{
	return r->outcome.status == STATUS_CHECK_CONDITION &&
	       r->outcome.key == key && r->outcome.asc == asc &&
	       r->outcome.ascq == ascq;
}

static bool
kit_points_at(const struct outcome *o, bool in_cdb, unsigned byte, int bit)
{
	return o->has_field && o->in_cdb == in_cdb && o->field == byte &&
	       o->bit == bit;
}

bool
kit_is_invalid_cdb(const struct kit_result *r, unsigned byte, int bit)
{
	return kit_is_check(r, SENSE_ILLEGAL_REQUEST, 0x24, 0x00) &&
	       kit_points_at(&r->outcome, true, byte, bit);
}

bool
kit_is_invalid_list(const struct kit_result *r, unsigned byte, int bit)
{
	return kit_is_check(r, SENSE_ILLEGAL_REQUEST, 0x26, 0x00) &&
	       kit_points_at(&r->outcome, false, byte, bit);
}

/* ---- CDBs ---- */

static void
kit_cdb_rw10(uint8_t cdb[16], uint8_t opcode, uint32_t lba, uint16_t blocks)
{
	memset(cdb, 0, 16);
	cdb[0] = opcode;
	put_be32(cdb + 2, lba);
	put_be16(cdb + 7, blocks);
}

void
kit_cdb_read10(uint8_t cdb[16], uint32_t lba, uint16_t blocks)
{
	kit_cdb_rw10(cdb, 0x28, lba, blocks);
}

void
kit_cdb_write10(uint8_t cdb[16], uint32_t lba, uint16_t blocks)
{
	kit_cdb_rw10(cdb, 0x2a, lba, blocks);
}
