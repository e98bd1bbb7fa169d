/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/headroom.c - space that is used, space that is left.
 */
#include "server/headroom.h"

#include <errno.h>

#include "common/log.h"

#define HEADROOM_SLACK 50 /* of the whole, to be armed again */

static uint64_t
headroom_percent(uint64_t whole, unsigned percent)
{
	return whole / 100 * percent + whole % 100 * percent / 100;
}

void
headroom_set(struct headroom *h, const struct config_lun *lun)
{
	atomic_store(&h->threshold,
	    lun->threshold == CONFIG_NO_THRESHOLD ? 0 : lun->threshold);
	atomic_store(&h->pool_threshold,
	    lun->pool_threshold == CONFIG_NO_THRESHOLD ? 0
						       : lun->pool_threshold);
	atomic_store(&h->promised, lun->reserve.bytes);
	atomic_store(&h->promised_percent, lun->reserve.percent);
}

void
headroom_set_grown(struct headroom *h, const struct config_lun *lun)
{
	headroom_set(h, lun);
	if (lun->reserve.percent == 0)
		return;
	atomic_store(
	    &h->promised, headroom_percent(lun->size, lun->reserve.percent));
	atomic_store(&h->promised_percent, 0);
}

/* What has all its space already cannot run out of it. */
static unsigned
headroom_threshold(const struct lu *lu, const _Atomic unsigned *percent)
{
	return backstore_is_thin(lu->bs) ? atomic_load(percent) : 0;
}

static void
headroom_levels(struct headroom *h, struct lu *lu, struct space_level levels[])
{
	uint64_t used, size = backstore_size(lu->bs);
	struct space_level *l = &levels[SPACE_USED];

	*l = (struct space_level){ .bytes = SPACE_UNKNOWN };
	if (backstore_allocated(lu->bs, &used) != 0)
		return;
	atomic_store(&h->used, used);
	l->bytes = used;
	l->threshold =
	    headroom_percent(size, headroom_threshold(lu, &h->threshold));
	l->slack = size / HEADROOM_SLACK;
}

static void
headroom_pool_levels(
    struct headroom *h, struct lu *lu, struct space_level levels[])
{
	unsigned percent = headroom_threshold(lu, &h->pool_threshold);
	struct space_level *l = &levels[SPACE_AVAILABLE];
	struct bs_pool pool;

	*l = (struct space_level){ .bytes = SPACE_UNKNOWN };
	if (backstore_pool(lu->bs, &pool) != 0)
		return;
	atomic_store(&h->pool_size, pool.size);
	atomic_store(&h->pool_available, pool.available);
	l->bytes = pool.available;
	l->threshold =
	    percent == 0 ? 0 : headroom_percent(pool.size, 100 - percent);
	l->slack = pool.size / HEADROOM_SLACK;
}

/* ---- what is promised ---- */

static void
headroom_tell_short(struct headroom *h, const struct lu *lu, int error)
{
	unsigned long long reserve = atomic_load(&h->reserve);
	unsigned long long kept = atomic_load(&h->kept);

	errno = -error;
	if (atomic_exchange(&h->short_of, error != 0) == (error != 0))
		return;
	if (error != 0)
		log_error("the reserve is NOT all there: writes of the lun may "
			  "find no room lun=%s store=%s reserve=%llu "
			  "kept=%llu error=\"%m\"",
		    lu->identity.name, lu->bs->name, reserve, kept);
	else
		log_notice("the reserve is all there again lun=%s "
			   "reserve=%llu",
		    lu->identity.name, reserve);
}

static void
headroom_keep(struct headroom *h, const struct lu *lu)
{
	unsigned percent = atomic_load(&h->promised_percent);
	uint64_t kept,
	    reserve = percent != 0
			  ? headroom_percent(backstore_size(lu->bs), percent)
			  : atomic_load(&h->promised);
	int error = backstore_reserve(lu->bs, reserve, &kept);

	atomic_store(&h->reserve, reserve);
	atomic_store(&h->kept, kept);
	headroom_tell_short(h, lu, error);
}

/* ---- the log ---- */

static void
headroom_tell(struct headroom *h, const struct lu *lu, bool low)
{
	unsigned long long used = atomic_load(&h->used);
	unsigned long long size = backstore_size(lu->bs);

	atomic_store(&h->low, low);
	if (low)
		log_warning("space is low: the lun uses more than its "
			    "threshold lun=%s used=%llu size=%llu "
			    "threshold=%u%%",
		    lu->identity.name, used, size, atomic_load(&h->threshold));
	else
		log_notice("space is no longer low lun=%s used=%llu size=%llu",
		    lu->identity.name, used, size);
}

static void
headroom_tell_pool(struct headroom *h, const struct lu *lu, bool low)
{
	unsigned long long available = atomic_load(&h->pool_available);
	unsigned long long size = atomic_load(&h->pool_size);

	atomic_store(&h->pool_low, low);
	if (low)
		log_warning("space is low: the file system or pool of the lun "
			    "fills up lun=%s store=%s available=%llu "
			    "size=%llu pool-threshold=%u%%",
		    lu->identity.name, lu->bs->name, available, size,
		    atomic_load(&h->pool_threshold));
	else
		log_notice("space is no longer low in the file system or pool "
			   "of the lun lun=%s store=%s available=%llu "
			   "size=%llu",
		    lu->identity.name, lu->bs->name, available, size);
}

static void
headroom_tell_no_space(struct headroom *h, struct lu *lu)
{
	uint64_t no_space = atomic_load(&lu->no_space);

	if (no_space == h->told_no_space)
		return;
	log_error("writes found no space, initiators are told so lun=%s "
		  "store=%s count=%llu",
	    lu->identity.name, lu->bs->name,
	    (unsigned long long)(no_space - h->told_no_space));
	h->told_no_space = no_space;
}

void
headroom_look(struct headroom *h, struct lu *lu)
{
	struct space_level levels[SPACE_RESOURCES];
	unsigned changed;

	headroom_keep(h, lu);
	headroom_levels(h, lu, levels);
	headroom_pool_levels(h, lu, levels);
	changed = space_note(lu, levels);
	if (changed & 1u << SPACE_USED)
		headroom_tell(h, lu, !atomic_load(&h->low));
	if (changed & 1u << SPACE_AVAILABLE)
		headroom_tell_pool(h, lu, !atomic_load(&h->pool_low));
	headroom_tell_no_space(h, lu);
}
