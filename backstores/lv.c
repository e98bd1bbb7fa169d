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
#include <stdlib.h>
#include <string.h>

#include "backstores/fdio.h"
#include "backstores/lvm.h"
#include "backstores/stores.h"
#include "common/clock.h"
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

/*
 * Now that nobody else has it.  A volume is never shrunk; one that somebody has
 * grown is served whole.
 */
static int
lv_grow(struct backstore *bs, const struct bs_config *config, uint64_t size,
    char *why, size_t why_size)
{
	int error;

	if (config->size != 0 && config->size < size)
		log_info("volume=%s is larger than configured size=%" PRIu64,
		    config->path, size);
	if (config->size <= size)
		return 0;
	if (config->read_only)
		return bs_refuse(why, why_size, EINVAL,
		    "%s has %" PRIu64 " bytes, and %" PRIu64
		    " are configured: a read-only one is not grown",
		    config->path, size, config->size);
	error = lvm_extend(config->path, config->size, why, why_size);
	if (error != 0)
		return error;
	error = bs_block_ops.refresh(bs, &bs->info.size_bytes);
	return error == 0
		   ? 0
		   : bs_refuse(why, why_size, -error, "%s: %m", config->path);
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
	if (v->path[0] == '\0')
		return bs_refuse(why, why_size, EINVAL,
		    "%s is a pool or another part of volumes, and no disk",
		    config->path);
	if ((config->pool != NULL) != v->thin)
		return bs_refuse(why, why_size, EINVAL,
		    "%s is %sa thin volume, the configuration says %s",
		    config->path, v->thin ? "" : "not ",
		    v->thin ? "no thin-pool" : "otherwise");
	return v->active ? 0 : lvm_activate(config->path, why, why_size);
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
	error = lv_grow(bs, config, v.size_bytes, why, why_size);
	if (error != 0) {
		bs_block_ops.close(bs);
		return error;
	}
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

/* ---- how full it is, and its pool ---- */

/* Every thin volume asks every few seconds, and lvm takes its time: one report
 * of a group serves all for a while. */
#define LV_REPORT_MS     15000
#define LV_REPORT_GROUPS 8

struct lv_report {
	char group[LVM_NAME_MAX];
	uint64_t asked_ms; /* when lvm had answered */
	int error;         /* what it answered; then there are no volumes */
	struct lvm_volume *volumes;
	unsigned count;
};

static struct {
	pthread_mutex_t mutex;
	struct lv_report reports[LV_REPORT_GROUPS];
} lv_reports = { .mutex = PTHREAD_MUTEX_INITIALIZER };

/* Under the mutex: that of the group, or the oldest. */
static struct lv_report *
lv_choose_report(const char *group)
{
	struct lv_report *r = lv_reports.reports, *oldest = r;

	for (; r < lv_reports.reports + LV_REPORT_GROUPS; r++) {
		if (strcmp(r->group, group) == 0)
			return r;
		if (r->asked_ms < oldest->asked_ms)
			oldest = r;
	}
	return oldest;
}

/* Under the mutex.  A failure serves all for a while, too: lvm that hangs would
 * hold up the look at each volume of the group. */
static int
lv_refresh_report(struct lv_report *r, const char *group)
{
	char why[512];

	if (strcmp(r->group, group) == 0 &&
	    clock_now_ms() - r->asked_ms < LV_REPORT_MS)
		return r->error;
	free(r->volumes);
	r->volumes = NULL;
	r->count = 0;
	r->error = lvm_list(group, &r->volumes, &r->count, why, sizeof(why));
	r->asked_ms = clock_now_ms();
	snprintf(r->group, sizeof(r->group), "%s", group);
	return r->error;
}

/* Bytes that are used of the volume of that name in bs's group. */
static int
lv_used(const struct backstore *bs, const char *name, uint64_t *size,
    uint64_t *used)
{
	char group[LVM_NAME_MAX];
	struct lv_report *r;
	unsigned i;
	int error;

	lvm_group(bs->name, group, sizeof(group));
	pthread_mutex_lock(&lv_reports.mutex);
	r = lv_choose_report(group);
	error = lv_refresh_report(r, group);
	for (i = 0; error == 0 && i < r->count; i++)
		if (strcmp(r->volumes[i].name, name) == 0)
			break;
	if (error == 0 && i == r->count)
		error = -ENOENT;
	if (error == 0) {
		*size = r->volumes[i].size_bytes;
		*used = (uint64_t)((double)*size * r->volumes[i].data_percent /
				   100);
	}
	pthread_mutex_unlock(&lv_reports.mutex);
	return error;
}

static int
lv_allocated(struct backstore *bs, uint64_t *bytes)
{
	uint64_t size;

	*bytes = backstore_size(bs);
	if (bs->info.pool[0] == '\0')
		return 0;
	return lv_used(bs, strchr(bs->name, '/') + 1, &size, bytes);
}

static int
lv_pool(struct backstore *bs, struct bs_pool *pool)
{
	uint64_t used;
	int error;

	if (bs->info.pool[0] == '\0')
		return -EOPNOTSUPP;
	error = lv_used(bs, bs->info.pool, &pool->size, &used);
	pool->available = error == 0 ? pool->size - used : 0;
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
