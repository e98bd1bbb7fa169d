/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * backstores/lv.c - a logical volume of LVM: made, activated and grown here,
 * and otherwise the block device that it is.
 *
 * A thin volume is written past the page cache: its pool may be full, and only
 * then does the very write that found no room fail.
 */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "backstores/fdio.h"
#include "backstores/lvm.h"
#include "backstores/stores.h"
#include "common/log.h"

static int
lv_make(const struct bs_config *config, struct lvm_volume *v, char *why,
    size_t why_size)
{
	int error;

	if (config->size == 0)
		return bs_refuse(why, why_size, ENOENT,
		    "there is no volume %s, and no size to create it with",
		    config->path);
	error = lvm_create(config->path, config->size, config->pool,
	    config->stripes, why, why_size);
	if (error != 0)
		return error;
	log_notice(
	    "created volume=%s size=%" PRIu64, config->path, config->size);
	return lvm_find(config->path, v, why, why_size);
}

/* A volume is never shrunk; one that somebody has grown is served whole. */
static int
lv_grow(const struct bs_config *config, struct lvm_volume *v, char *why,
    size_t why_size)
{
	if (config->size > v->size_bytes)
		return lvm_extend(config->path, config->size, why, why_size);
	if (config->size != 0 && config->size < v->size_bytes)
		log_info("volume=%s is larger than configured size=%" PRIu64,
		    config->path, v->size_bytes);
	return 0;
}

static int
lv_ready(const struct bs_config *config, struct lvm_volume *v, char *why,
    size_t why_size)
{
	int error = lvm_find(config->path, v, why, why_size);

	if (error == -ENOENT)
		error = lv_make(config, v, why, why_size);
	if (error != 0)
		return error;
	if ((config->pool != NULL) != v->thin)
		return bs_refuse(why, why_size, EINVAL,
		    "%s is %sa thin volume, the configuration says %s",
		    config->path, v->thin ? "" : "not ",
		    v->thin ? "no thin-pool" : "otherwise");
	error = lv_grow(config, v, why, why_size);
	if (error == 0 && !v->active)
		error = lvm_activate(config->path, why, why_size);
	return error;
}

static int
lv_open(struct backstore *bs, const struct bs_config *config, char *why,
    size_t why_size)
{
	struct bs_config device = *config;
	struct lvm_volume v;
	int error = lv_ready(config, &v, why, why_size);

	if (error != 0)
		return error;
	device.path = v.path;
	device.size = 0;
	device.direct = config->direct || v.thin;
	error = bs_block_ops.open(bs, &device, why, why_size);
	if (error != 0)
		return error;
	bs->info.thin = v.thin;
	memcpy(bs->info.pool, v.pool, sizeof(bs->info.pool));
	snprintf(bs->info.origin, sizeof(bs->info.origin), "%.63s", v.origin);
	return 0;
}

static int
lv_resize(struct backstore *bs, uint64_t bytes)
{
	char why[512];
	int error = lvm_extend(bs->name, bytes, why, sizeof(why));

	if (error != 0)
		log_error("volume cannot grow %s", why);
	return error;
}

static int
lv_allocated(struct backstore *bs, uint64_t *bytes)
{
	struct lvm_volume v;
	char why[512];
	int error = lvm_find(bs->name, &v, why, sizeof(why));

	*bytes = v.size_bytes;
	if (v.thin)
		*bytes =
		    (uint64_t)((double)v.size_bytes * v.data_percent / 100);
	return error;
}

/* ---- the pool ---- */

/* Many volumes are in one pool, and lvm takes its time. */
#define LV_POOL_ASK_S 15

static struct {
	pthread_mutex_t mutex;
	char name[384];
	time_t asked;
	struct bs_pool pool;
} lv_pool_last = { .mutex = PTHREAD_MUTEX_INITIALIZER };

static int
lv_ask_pool(const char *name, struct bs_pool *pool)
{
	struct lvm_volume v;
	char why[512];
	int error = lvm_find(name, &v, why, sizeof(why));

	if (error != 0)
		return error;
	pool->size = v.size_bytes;
	pool->available =
	    (uint64_t)((double)v.size_bytes * (100 - v.data_percent) / 100);
	return 0;
}

/* Under the mutex. */
static int
lv_ask_pool_again(const char *name, time_t now)
{
	int error = 0;

	if (strcmp(lv_pool_last.name, name) == 0 &&
	    now - lv_pool_last.asked < LV_POOL_ASK_S)
		return 0;
	lv_pool_last.name[0] = '\0';
	error = lv_ask_pool(name, &lv_pool_last.pool);
	if (error != 0)
		return error;
	snprintf(lv_pool_last.name, sizeof(lv_pool_last.name), "%s", name);
	lv_pool_last.asked = now;
	return 0;
}

static int
lv_pool(struct backstore *bs, struct bs_pool *pool)
{
	struct timespec now;
	char name[384];
	int error;

	if (bs->info.pool[0] == '\0')
		return -EOPNOTSUPP;
	snprintf(name, sizeof(name), "%.*s/%s", (int)strcspn(bs->name, "/"),
	    bs->name, bs->info.pool);
	clock_gettime(CLOCK_MONOTONIC, &now);
	pthread_mutex_lock(&lv_pool_last.mutex);
	error = lv_ask_pool_again(name, now.tv_sec);
	*pool = lv_pool_last.pool;
	pthread_mutex_unlock(&lv_pool_last.mutex);
	return error;
}

/* ---- as a device ---- */

static void
lv_close(struct backstore *bs)
{
	bs_block_ops.close(bs);
}

static int
lv_refresh(struct backstore *bs, uint64_t *size_bytes)
{
	return bs_block_ops.refresh(bs, size_bytes);
}

static int
lv_discard(struct backstore *bs, struct bs_io *io)
{
	return bs_block_ops.discard(bs, io);
}

const struct bs_ops bs_lv_ops = {
	.name = "lv",
	.kind = BS_BLOCKING,
	.open = lv_open,
	.close = lv_close,
	.resize = lv_resize,
	.refresh = lv_refresh,
	.allocated = lv_allocated,
	.pool = lv_pool,
	.read = fdio_read,
	.write = fdio_write,
	.flush = fdio_flush,
	.discard = lv_discard,
	.write_zeroes = fdio_write_zeroes,
	.fua = true,
	.try = fdio_try,
	.fd = fdio_fd,
};
