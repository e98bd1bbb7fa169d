/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * backstores/bs_open.c - opening stores, and their size and room.
 */
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "backstores/journal.h"
#include "backstores/stores.h"
#include "common/bytes.h"

static const struct bs_ops *const bs_registry[] = {
	&bs_file_ops,
	&bs_block_ops,
	&bs_ram_ops,
	&bs_null_ops,
	&bs_lv_ops,
	&bs_tcmu_ops,
#ifdef HAVE_NBD
	&bs_nbd_ops,
#endif
#ifdef HAVE_RBD
	&bs_rbd_ops,
#endif
	NULL,
};

/* ---- open and close ---- */

const struct bs_ops *
bs_ops_find(const char *type)
{
	size_t i;

	for (i = 0; bs_registry[i] != NULL; i++)
		if (strcmp(bs_registry[i]->name, type) == 0)
			break;
	return bs_registry[i];
}

const char *
bs_store_name(unsigned n)
{
	return n < ARRAY_LEN(bs_registry) - 1 ? bs_registry[n]->name : NULL;
}

int
backstore_open(const struct bs_config *config, struct backstore **out,
    char *why, size_t why_size)
{
	const struct bs_ops *ops = bs_ops_find(config->type);

	if (ops == NULL)
		return bs_refuse(why, why_size, EINVAL,
		    "there is no store of type \"%s\"", config->type);
	return backstore_open_ops(ops, config, out, why, why_size);
}

static struct backstore *
bs_new(const struct bs_ops *ops, const struct bs_config *config)
{
	struct backstore *bs = calloc(1, sizeof(*bs));

	if (bs == NULL)
		return NULL;
	bs->name = strdup(config->path != NULL ? config->path : ops->name);
	if (bs->name == NULL) {
		free(bs);
		return NULL;
	}
	bs->ops = ops;
	pthread_mutex_init(&bs->flush_mutex, NULL);
	return bs;
}

static void
bs_free(struct backstore *bs)
{
	bs_journal_free(bs->journal);
	pthread_mutex_destroy(&bs->flush_mutex);
	free(bs->name);
	free(bs);
}

/* Does what the store turned out to be suit the LU? */
static int
bs_check_opened(const struct backstore *bs, const struct bs_config *config,
    char *why, size_t why_size)
{
	const struct bs_info *info = &bs->info;

	if (info->min_block_bytes > 1 &&
	    config->block_size % info->min_block_bytes != 0)
		return bs_refuse(why, why_size, EINVAL,
		    "%s needs a block size of %" PRIu32
		    " or a multiple of it, not %" PRIu32,
		    bs->name, info->min_block_bytes, config->block_size);
	if (info->size_bytes < config->block_size)
		return bs_refuse(why, why_size, EINVAL,
		    "%s holds less than one block, and no size is given",
		    bs->name);
	return 0;
}

int
backstore_open_ops(const struct bs_ops *ops, const struct bs_config *config,
    struct backstore **out, char *why, size_t why_size)
{
	struct backstore *bs = bs_new(ops, config);
	int error;

	if (bs == NULL)
		return bs_refuse(why, why_size, ENOMEM, "%m");
	error = ops->open(bs, config, why, why_size);
	if (error != 0) {
		bs_free(bs);
		return error;
	}
	atomic_store(&bs->size, bs->info.size_bytes);
	if (config->physical_block != 0)
		bs->info.physical_block_bytes = config->physical_block;
	error = bs_check_opened(bs, config, why, why_size);
	if (error != 0) {
		backstore_close(bs);
		return error;
	}
	*out = bs;
	return 0;
}

void
backstore_close(struct backstore *bs)
{
	assert(backstore_in_flight(bs) == 0);
	bs->ops->close(bs);
	bs_free(bs);
}

int
backstore_resize(struct backstore *bs, uint64_t bytes)
{
	int error;

	if (bytes < backstore_size(bs))
		return -EINVAL;
	if (bytes == backstore_size(bs))
		return 0;
	if (bs->info.read_only)
		return -EROFS;
	if (bs->ops->resize == NULL)
		return -EOPNOTSUPP;
	error = bs->ops->resize(bs, bytes);
	if (error == 0)
		atomic_store(&bs->size, bytes);
	return error;
}

int
backstore_refresh(struct backstore *bs)
{
	uint64_t bytes;
	int error;

	if (bs->ops->refresh == NULL)
		return 0;
	error = bs->ops->refresh(bs, &bytes);
	if (error == 0)
		atomic_store(&bs->size, bytes);
	return error;
}

int
backstore_allocated(struct backstore *bs, uint64_t *bytes)
{
	if (bs->ops->allocated != NULL)
		return bs->ops->allocated(bs, bytes);
	*bytes = backstore_size(bs);
	return 0;
}

int
backstore_pool(struct backstore *bs, struct bs_pool *pool)
{
	return bs->ops->pool != NULL ? bs->ops->pool(bs, pool) : -EOPNOTSUPP;
}

int
backstore_reserve(struct backstore *bs, uint64_t bytes, uint64_t *kept)
{
	*kept = 0;
	atomic_store(&bs->reserved, bytes > 0);
	if (bs->ops->reserve != NULL && !bs->info.read_only)
		return bs->ops->reserve(bs, bytes, kept);
	return bytes == 0 ? 0 : -EOPNOTSUPP;
}
