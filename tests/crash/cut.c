/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/crash/cut.c - cut [POINTS [SEED]]: power cuts.
 *
 * Commands run on a logical unit over a file, several at a time and finished in
 * any order.  Then, for every prefix of what the store told the kernel, with
 * none, all or some of what was not durable yet, each block must be what was
 * promised last, or something that was sent after it:
 *
 *	GOOD to a WRITE or WRITE SAME with FUA or with the cache off: that data
 *	GOOD to SYNCHRONIZE CACHE: all that was GOOD when it was sent
 *	GOOD to a MODE SELECT that turns the cache off: the same
 *	GOOD to a WRITE ATOMIC: that data, as with FUA
 *
 * and what the store is when it is opened then has all of a WRITE ATOMIC or
 * nothing of it, whatever it ended with.
 */
#include <assert.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backstores/backstore.h"
#include "backstores/journal.h"
#include "common/bytes.h"
#include "common/log.h"
#include "common/pool.h"
#include "target/lu.h"
#include "target/nexus.h"
#include "target/target.h"
#include "target/task.h"
#include "tests/crash/disk.h"

#define CUT_TASKS    8
#define CUT_COMMANDS 200 /* of one run */
#define CUT_NEVER    SIZE_MAX

/* One write to one block, in the order in which they were sent. */
struct version {
	uint32_t tag;   /* of the content; 0: zeroes */
	size_t sent;    /* positions in the log */
	size_t durable; /* CUT_NEVER: not promised */
	bool good;
	uint8_t opcode; /* of the command, for the report */
};

struct block {
	struct version versions[CUT_COMMANDS + 1];
	unsigned count;
	bool busy;
};

/* A WRITE ATOMIC, or a part of it that nothing was sent to since. */
struct whole {
	uint32_t block, blocks, tag;
	size_t sent;
};

struct cut_task {
	struct task task;
	bool live, syncs, writes, sets_cache;
	bool promises;           /* its data, when GOOD: FUA */
	bool cache_off;          /* the same, when that stays so */
	unsigned cache_settings; /* MODE SELECTs that came before it */
	uint32_t block, blocks, tag;
	/* syncs: versions of each block that were there when it was sent */
	uint16_t covers[DISK_BLOCKS];
	uint8_t data[16 * 512];
};

struct cut {
	struct home home;
	struct job *first, **last;
	struct bs_executor executor;
	struct bs_io *waiting; /* for a thread, in this world */
	struct backstore *bs;
	struct lu *lu;
	struct target *target;
	struct nexus *nexus;
	struct cut_task tasks[CUT_TASKS];
	struct block blocks[DISK_BLOCKS];
	uint32_t next_tag;
	struct whole wholes[CUT_COMMANDS];
	unsigned whole_count;
	unsigned cache_settings, cache_settings_live;
	uint64_t promised, refused;
	uint64_t seed;
};

static struct cut *cut; /* the run */
static int cut_dir;     /* of the files */
static char cut_path[64], cut_after_path[64];

__attribute__((format(printf, 1, 2), noreturn)) static void
cut_fail(const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "crash cut: seed %" PRIu64 ": ", cut->seed);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(1);
}

/* ---- one thread plays all ---- */

static void
cut_post(struct home *home, struct job *job)
{
	job->next = NULL;
	*cut->last = job;
	cut->last = &job->next;
}

static bool
cut_is_here(const struct home *home)
{
	return true;
}

static bool
cut_run_job(void)
{
	struct job *job = cut->first;

	if (job == NULL)
		return false;
	cut->first = job->next;
	if (cut->first == NULL)
		cut->last = &cut->first;
	job->fn(job);
	return true;
}

static void
cut_execute(struct bs_executor *executor, struct bs_io *io)
{
	io->next = cut->waiting;
	cut->waiting = io;
}

/* Run one of those that wait for a thread. */
static bool
cut_run_io(void)
{
	struct bs_io **p = &cut->waiting, *io;

	if (*p == NULL)
		return false;
	while ((*p)->next != NULL && cut_random(2) == 0)
		p = &(*p)->next;
	io = *p;
	*p = io->next;
	bs_io_run(io);
	return true;
}

static void
cut_settle(void)
{
	while (cut_run_job() || cut_run_io())
		;
}

/* ---- what was promised ---- */

static void
cut_promise(struct version *v)
{
	if (v->durable == CUT_NEVER)
		v->durable = disk_position();
	cut->promised++;
}

static bool
cut_is_promised(const struct cut_task *ct)
{
	return ct->promises ||
	       (ct->cache_off && ct->cache_settings == cut->cache_settings);
}

static void
cut_written(struct cut_task *ct, bool good)
{
	struct block *b;
	uint32_t i;

	for (i = 0; i < ct->blocks; i++) {
		b = &cut->blocks[ct->block + i];
		b->busy = false;
		b->versions[b->count - 1].good = good;
		if (good && cut_is_promised(ct))
			cut_promise(&b->versions[b->count - 1]);
	}
}

static void
cut_synced(const struct cut_task *ct)
{
	struct block *b;
	unsigned i, n;

	for (i = 0; i < DISK_BLOCKS; i++) {
		b = &cut->blocks[i];
		for (n = ct->covers[i]; n > 0; n--)
			if (b->versions[n - 1].good)
				break;
		if (n > 0)
			cut_promise(&b->versions[n - 1]);
	}
}

static void
cut_done(struct task *t)
{
	struct cut_task *ct = container_of(t, struct cut_task, task);
	bool good = outcome_good(t->outcome);

	if (!good)
		cut->refused++;
	cut->cache_settings_live -= ct->sets_cache;
	if (ct->writes)
		cut_written(ct, good);
	if (ct->syncs && good)
		cut_synced(ct);
	task_release(t);
	ct->live = false;
}

static void
cut_revoked(struct task *t)
{
	cut_fail("a task was revoked");
}

/* ---- commands ---- */

static void
cut_fill(uint8_t *out, uint32_t tag, uint32_t block)
{
	unsigned i;

	memset(out, 0, 512);
	for (i = 0; tag != 0 && i < 512; i += 8) {
		put_be32(out + i, tag);
		put_be32(out + i + 4, block);
	}
}

static struct version *
cut_newest(uint32_t block)
{
	struct block *b = &cut->blocks[block];

	return &b->versions[b->count - 1];
}

static void
cut_start(struct cut_task *ct, const uint8_t cdb[16], uint32_t bytes)
{
	struct task *t = &ct->task;
	uint32_t i;

	for (i = 0; ct->writes && i < ct->blocks; i++)
		cut_newest(ct->block + i)->opcode = cdb[0];
	ct->live = true;
	ct->cache_settings = cut->cache_settings;
	ct->cache_off = !atomic_load(&cut->lu->write_cache) &&
			cut->cache_settings_live == 0 && cdb[0] != 0x42;
	task_init(t);
	t->nexus = cut->nexus;
	memcpy(t->cdb, cdb, 16);
	t->attribute = TASK_SIMPLE;
	t->data_out_length = bytes;
	t->done = cut_done;
	t->revoked = cut_revoked;
	if (!outcome_good(task_prepare(t))) {
		cut_done(t);
		return;
	}
	if (bytes > 0)
		buf_list_write(&t->data, 0, ct->data, bytes);
	task_execute(t);
}

/* Blocks of its own for a task that writes them; false: try again later. */
static bool
cut_take_blocks(struct cut_task *ct, uint32_t most, uint32_t tag)
{
	struct block *b;
	uint32_t i;

	ct->blocks = 1 + cut_random(most);
	ct->block = cut_random(DISK_BLOCKS - ct->blocks);
	for (i = 0; i < ct->blocks; i++)
		if (cut->blocks[ct->block + i].busy)
			return false;
	for (i = 0; i < ct->blocks; i++) {
		b = &cut->blocks[ct->block + i];
		b->busy = true;
		b->versions[b->count++] = (struct version){ .tag = tag,
			.sent = disk_position(),
			.durable = CUT_NEVER };
	}
	ct->writes = true;
	ct->tag = tag;
	return true;
}

static void
cut_write(struct cut_task *ct)
{
	static const uint8_t opcodes[] = { 0x2a, 0x2a, 0x2a, 0x2e };
	uint8_t cdb[16] = { opcodes[cut_random(4)] };
	bool fua = cdb[0] == 0x2a && cut_random(4) == 0;
	uint32_t i;

	if (!cut_take_blocks(ct, 16, ++cut->next_tag))
		return;
	for (i = 0; i < ct->blocks; i++)
		cut_fill(ct->data + 512 * i, ct->tag, ct->block + i);
	cdb[1] = fua ? 0x08 : 0;
	put_be32(cdb + 2, ct->block);
	put_be16(cdb + 7, (uint16_t)ct->blocks);
	ct->promises = fua;
	cut_start(ct, cdb, ct->blocks * 512);
}

static void
cut_write_same(struct cut_task *ct)
{
	uint8_t cdb[16] = { 0x41 };

	if (!cut_take_blocks(ct, 16, 0))
		return;
	memset(ct->data, 0, 512);
	cdb[1] = cut_random(2) ? 0x08 : 0; /* UNMAP */
	put_be32(cdb + 2, ct->block);
	put_be16(cdb + 7, (uint16_t)ct->blocks);
	cut_start(ct, cdb, 512);
}

static void
cut_unmap(struct cut_task *ct)
{
	uint8_t cdb[16] = { 0x42 };

	if (!cut_take_blocks(ct, 16, 0))
		return;
	memset(ct->data, 0, 24);
	put_be16(ct->data, 22);
	put_be16(ct->data + 2, 16);
	put_be64(ct->data + 8, ct->block);
	put_be32(ct->data + 16, ct->blocks);
	put_be16(cdb + 7, 24);
	cut_start(ct, cdb, 24);
}

static void
cut_compare_and_write(struct cut_task *ct)
{
	uint8_t cdb[16] = { 0x89 };
	const struct block *b;
	uint32_t old;

	if (!cut_take_blocks(ct, 1, ++cut->next_tag))
		return;
	b = &cut->blocks[ct->block];
	old = b->count > 1 ? b->versions[b->count - 2].tag : 0;
	cut_fill(ct->data, old, ct->block);
	cut_fill(ct->data + 512, ct->tag, ct->block);
	cdb[1] = cut_random(2) ? 0x08 : 0;
	put_be64(cdb + 2, ct->block);
	cdb[13] = 1;
	ct->promises = cdb[1] != 0;
	cut_start(ct, cdb, 1024);
}

static void
cut_cover(struct cut_task *ct)
{
	unsigned i;

	ct->syncs = true;
	for (i = 0; i < DISK_BLOCKS; i++)
		ct->covers[i] =
		    (uint16_t)(cut->blocks[i].count - cut->blocks[i].busy);
}

static void
cut_sync(struct cut_task *ct)
{
	static const uint8_t cdb[16] = { 0x35 };

	cut_cover(ct);
	cut_start(ct, cdb, 0);
}

static void
cut_write_atomic(struct cut_task *ct)
{
	uint8_t cdb[16] = { 0x9c };
	uint32_t i;

	if (!cut_take_blocks(ct, 16, ++cut->next_tag))
		return;
	for (i = 0; i < ct->blocks; i++)
		cut_fill(ct->data + 512 * i, ct->tag, ct->block + i);
	cdb[1] = cut_random(2) ? 0x08 : 0;
	put_be64(cdb + 2, ct->block);
	put_be16(cdb + 12, (uint16_t)ct->blocks);
	ct->promises = true;
	cut->wholes[cut->whole_count++] = (struct whole){ .block = ct->block,
		.blocks = ct->blocks,
		.tag = ct->tag,
		.sent = disk_position() };
	cut_start(ct, cdb, ct->blocks * 512);
}

/* MODE SELECT of the caching page: WCE on or off. */
static void
cut_set_cache(struct cut_task *ct)
{
	uint8_t cdb[16] = { 0x15, 0x10, 0, 0, 24 };
	bool on = cut_random(3) != 0;

	memset(ct->data, 0, 24);
	ct->data[4] = 0x08;
	ct->data[5] = 0x12;
	ct->data[6] = on ? 0x04 : 0;
	if (!on)
		cut_cover(ct);
	ct->sets_cache = true;
	cut->cache_settings++;
	cut->cache_settings_live++;
	cut_start(ct, cdb, 24);
}

static void
cut_command(void)
{
	static void (*const commands[])(struct cut_task *) = {
		cut_write,
		cut_write,
		cut_write,
		cut_write,
		cut_write_same,
		cut_unmap,
		cut_compare_and_write,
		cut_write_atomic,
		cut_write_atomic,
		cut_sync,
		cut_sync,
		cut_set_cache,
	};
	unsigned i;

	for (i = 0; i < CUT_TASKS && cut->tasks[i].live; i++)
		;
	if (i == CUT_TASKS)
		return;
	cut->tasks[i].syncs = cut->tasks[i].writes = false;
	cut->tasks[i].promises = cut->tasks[i].sets_cache = false;
	commands[cut_random(ARRAY_LEN(commands))](&cut->tasks[i]);
}

/* ---- a run ---- */

static void
cut_lu_gone(struct lu *lu, void *ctx)
{
	backstore_close(lu->bs);
	lu_destroy(lu);
}

static struct backstore *
cut_open_store(const char *path, const char *journal)
{
	static const uint8_t uuid[16] = { 1, 2, 3 };
	struct bs_config config = { .type = "file",
		.path = path,
		.size = DISK_BYTES,
		.block_size = 512 };
	struct backstore *bs;
	char why[256];

	if (backstore_open(&config, &bs, why, sizeof(why)) != 0)
		cut_fail("%s: %s", path, why);
	bs->executor = &cut->executor;
	if (backstore_keep_journal(bs, cut_dir, journal, uuid) != 0)
		cut_fail("no memory");
	return bs;
}

static void
cut_open(void)
{
	struct lu_identity id = { .name = "disk", .uuid = { 1, 2, 3 } };
	struct lu_options options = { .block_size = 512 };

	unlinkat(cut_dir, "disk", 0);
	unlinkat(cut_dir, "journal", 0);
	cut->bs = cut_open_store(cut_path, "journal");
	lu_identity_complete(&id);
	cut->lu = lu_new(cut->bs, &id, &options, cut_lu_gone, NULL);
	cut->target = target_new("iqn.2026-11.cut:t", "");
	assert(cut->lu != NULL && cut->target != NULL);
	if (!target_add_lun(cut->target, 0, cut->lu, false, NULL, 0))
		abort();
	lu_unref(cut->lu);
	cut->nexus = nexus_attach(&cut->home, cut->target, "iqn.2026-11.cut:i",
	    (const uint8_t[6]){ 0x40 }, 1);
	assert(cut->nexus != NULL);
	nexus_lu_take_attention(nexus_find_lu(cut->nexus, 0));
}

static void
cut_close(void)
{
	nexus_detach(cut->nexus, NULL, NULL);
	cut_settle();
	target_unref(cut->target);
	buf_pool_free(cut->home.pool);
}

static void
cut_run(uint64_t seed)
{
	unsigned i;

	memset(cut, 0, sizeof(*cut));
	cut->seed = seed;
	cut->last = &cut->first;
	cut->executor.run = cut_execute;
	cut->home = (struct home){ .post = cut_post,
		.is_here = cut_is_here,
		.pool = buf_pool_new(16u << 20) };
	cut_seed(seed);
	cut_open();
	disk_begin(cut->bs->ops->fd(cut->bs), seed % 4 == 0 ? 12 : 0);
	for (i = 0; i < CUT_COMMANDS; i++) {
		cut_command();
		while (cut_random(3) != 0 && (cut_run_job() || cut_run_io()))
			;
	}
	cut_settle();
	disk_end();
}

/* ---- what the cut left ---- */

/* Is it the version promised last before the cut, or one sent later? */
static void
cut_check_block(size_t at, uint32_t block, const uint8_t *data)
{
	const struct block *b = &cut->blocks[block];
	uint8_t want[512];
	unsigned i;

	for (i = b->count; i > 0; i--) {
		const struct version *v = &b->versions[i - 1];

		cut_fill(want, v->tag, block);
		if (v->sent < at && memcmp(want, data, 512) == 0)
			return;
		if (v->durable <= at)
			cut_fail("power cut %zu: block %u lost tag %u of "
				 "command %02x",
			    at, block, v->tag, v->opcode);
	}
	cut_fill(want, 0, block);
	if (memcmp(want, data, 512) != 0)
		cut_fail("power cut %zu: block %u holds tag %u", at, block,
		    get_be32(data));
}

/* Was another write to that block sent before the cut, after the whole? */
static bool
cut_is_covered(size_t at, const struct whole *w, uint32_t block)
{
	const struct block *b = &cut->blocks[block];
	unsigned i;

	for (i = b->count; b->versions[i - 1].tag != w->tag; i--)
		if (b->versions[i - 1].sent < at)
			return true;
	return false;
}

static void
cut_check_whole(size_t at, const struct whole *w, const uint8_t *image)
{
	unsigned have = 0, lack = 0;
	uint8_t want[512];
	uint32_t i;

	if (w->sent >= at)
		return;
	for (i = w->block; i < w->block + w->blocks; i++) {
		if (cut_is_covered(at, w, i))
			continue;
		cut_fill(want, w->tag, i);
		if (memcmp(want, image + i * 512, 512) == 0)
			have++;
		else
			lack++;
	}
	if (have > 0 && lack > 0)
		cut_fail("power cut %zu: tag %u is in %u of %u blocks", at,
		    w->tag, have, have + lack);
}

/* What is found when the store is opened again. */
static void
cut_after(size_t at, enum disk_luck luck, uint8_t *image)
{
	static uint8_t journal[DISK_JOURNAL];
	struct backstore *bs;

	disk_after_cut(at, luck, image, journal);
	disk_put(cut_dir, "after", image, DISK_BYTES);
	disk_put(cut_dir, "after-journal", journal, sizeof(journal));
	bs = cut_open_store(cut_after_path, "after-journal");
	if (backstore_state(bs) != BS_SERVES ||
	    pread(bs->ops->fd(bs), image, DISK_BYTES, 0) != DISK_BYTES)
		cut_fail("power cut %zu: it is not served", at);
	backstore_close(bs);
}

static uint64_t
cut_check_all(void)
{
	static uint8_t image[DISK_BYTES];
	static const enum disk_luck lucks[] = { DISK_NONE, DISK_ALL,
		DISK_SOME };
	uint64_t points = 0;
	size_t at, i;
	uint32_t b;

	for (at = 0; at <= disk_position(); at++) {
		for (i = 0; i < ARRAY_LEN(lucks); i++) {
			cut_after(at, lucks[i], image);
			for (b = 0; b < DISK_BLOCKS; b++)
				cut_check_block(at, b, image + b * 512);
			for (b = 0; b < cut->whole_count; b++)
				cut_check_whole(at, &cut->wholes[b], image);
			points++;
		}
	}
	return points;
}

static void
cut_quiet(void *ctx, enum log_level level, const char *line)
{
}

int
main(int argc, char **argv)
{
	uint64_t want = argc > 1 ? strtoull(argv[1], NULL, 0) : 5000;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
	uint64_t points = 0, promised = 0, refused = 0, runs = 0;
	char dir[] = "/tmp/tisane-cut.XXXXXX";

	log_set_sink(cut_quiet, NULL);
	cut = malloc(sizeof(*cut));
	if (cut == NULL || mkdtemp(dir) == NULL)
		return 1;
	cut_dir = open(dir, O_RDONLY | O_DIRECTORY);
	snprintf(cut_path, sizeof(cut_path), "%s/disk", dir);
	snprintf(cut_after_path, sizeof(cut_after_path), "%s/after", dir);
	for (; points < want; runs++) {
		cut_run(seed + runs);
		points += cut_check_all();
		promised += cut->promised;
		refused += cut->refused;
		cut_close();
	}
	disk_remove(cut_dir, dir);
	free(cut);
	printf("crash cut: %" PRIu64 " power cuts in %" PRIu64 " runs, %" PRIu64
	       " promises, %" PRIu64 " commands refused, 0 lost, 0 broken\n",
	    points, runs, promised, refused);
	return 0;
}
