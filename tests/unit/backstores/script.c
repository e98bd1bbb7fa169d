/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/backstores/script.c - a store that does as the test says.
 */
#include "tests/unit/backstores/script.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "common/bytes.h"

#define SCRIPT_LENGTH 4096 /* bytes of each operation */

static struct script *script_opening;

static struct script *
script_of(struct backstore *bs)
{
	return bs->priv;
}

static int
script_ops_open(struct backstore *bs, const struct bs_config *config, char *why,
    size_t why_size)
{
	bs->priv = script_opening;
	bs->info = script_opening->info;
	return 0;
}

static void
script_ops_close(struct backstore *bs)
{
}

static int
script_ops_io(struct backstore *bs, struct bs_io *io)
{
	struct script *s = script_of(bs);

	assert(s->logged < SCRIPT_LOG);
	s->log[s->logged++] =
	    (struct script_step){ io->op, io->flags, io->offset, io->length };
	if (io->op == BS_WRITE && (io->flags & BS_FUA) != 0 && s->fail_fua != 0)
		return s->fail_fua;
	return s->fail[io->op];
}

static bool
script_ops_can_clone(const struct backstore *bs, const struct backstore *from)
{
	return !((const struct script *)bs->priv)->no_clones;
}

static int
script_ops_try(struct backstore *bs, struct bs_io *io)
{
	return script_of(bs)->try;
}

static void
script_run(struct bs_executor *e, struct bs_io *io)
{
	struct script *s = container_of(e, struct script, executor);

	if (!s->hold) {
		bs_io_run(io);
		return;
	}
	assert(s->holds < SCRIPT_LOG);
	s->held[s->holds++] = io;
}

static bool
script_gather(struct bs_executor *e, struct bs_io *io)
{
	struct script *s = container_of(e, struct script, executor);

	if (s->gathers)
		script_run(e, io);
	return s->gathers;
}

void
script_begin(struct script *s)
{
	memset(s, 0, sizeof(*s));
	kit_begin(&s->k);
	s->ops = (struct bs_ops){
		.name = "script",
		.kind = BS_BLOCKING,
		.open = script_ops_open,
		.close = script_ops_close,
		.read = script_ops_io,
		.write = script_ops_io,
		.flush = script_ops_io,
		.discard = script_ops_io,
		.write_zeroes = script_ops_io,
		.map = script_ops_io,
		.can_clone = script_ops_can_clone,
		.clone = script_ops_io,
		.fua = true,
		.try = script_ops_try,
	};
	s->info = (struct bs_info){
		.size_bytes = SCRIPT_BYTES,
		.min_block_bytes = 512,
		.discard_granularity = 4096,
	};
	s->try = -EAGAIN;
	s->executor = (struct bs_executor){ script_gather, script_run };
}

int
script_try_open(struct script *s)
{
	struct bs_config config = { .type = "script", .block_size = 512 };

	script_opening = s;
	return backstore_open_ops(
	    &s->ops, &config, &s->bs, kit_why, sizeof(kit_why));
}

void
script_open(struct script *s)
{
	assert(script_try_open(s) == 0);
	s->bs->executor = &s->executor;
}

void
script_end(struct script *s)
{
	if (s->bs != NULL)
		backstore_close(s->bs);
	kit_end(&s->k);
}

void
script_release(struct script *s, int error)
{
	struct bs_io *io = s->held[0];

	assert(s->holds > 0);
	memmove(&s->held[0], &s->held[1], --s->holds * sizeof(s->held[0]));
	s->log[s->logged++] =
	    (struct script_step){ io->op, io->flags, io->offset, io->length };
	bs_io_complete(io, error);
	kit_run(&s->k);
}

bool
script_logged(const struct script *s, const enum bs_op *ops, unsigned n)
{
	unsigned i;

	if (s->logged != n)
		return false;
	for (i = 0; i < n; i++)
		if (s->log[i].op != ops[i])
			return false;
	return true;
}

void
script_submit(struct script *s, struct kit_io *i, enum bs_op op, unsigned flags)
{
	kit_io_init(&s->k, i, op, flags, 0, NULL, SCRIPT_LENGTH);
	backstore_submit(s->bs, &i->io);
}

int
script_do(struct script *s, enum bs_op op, unsigned flags)
{
	struct kit_io i;

	script_submit(s, &i, op, flags);
	return kit_wait(&s->k, &i) ? i.error : -ETIMEDOUT;
}
