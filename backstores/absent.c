/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * backstores/absent.c - what stands for a store that has not opened yet.
 */
#include "backstores/stores.h"
#include "common/bytes.h"

/* Its size is not known: nobody is told it while nothing is served. */
static int
absent_open(struct backstore *bs, const struct bs_config *config, char *why,
    size_t why_size)
{
	bs->info = (struct bs_info){
		.size_bytes = max_u64(config->size, config->block_size),
		.min_block_bytes = 1,
		.physical_block_bytes = config->block_size,
		.thin = true,
		.read_only = config->read_only,
	};
	atomic_store(&bs->full, config->full);
	bs_set_state(bs, BS_RETURNS, "it is still being opened");
	return 0;
}

static void
absent_close(struct backstore *bs)
{
}

static int
absent_run(struct backstore *bs, struct bs_io *io)
{
	return -ENOTCONN;
}

static const struct bs_ops absent_ops = {
	.name = "absent",
	.kind = BS_INLINE,
	.open = absent_open,
	.close = absent_close,
	.read = absent_run,
	.write = absent_run,
};

int
backstore_open_absent(const struct bs_config *config, struct backstore **out,
    char *why, size_t why_size)
{
	return backstore_open_ops(&absent_ops, config, out, why, why_size);
}

void
backstore_give_up(struct backstore *bs, const char *why)
{
	bs_set_state(bs, BS_LOST, why);
}
