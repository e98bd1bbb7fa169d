/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/headroom.h - how much space a unit uses, how much the file system or
 * pool below it still has, where that becomes worth an alarm, and how much is
 * guaranteed.
 */
#ifndef SERVER_HEADROOM_H
#define SERVER_HEADROOM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"
#include "target/lu.h"

struct headroom {
	/* Percent that are used when the alarm is given; none: 0. */
	_Atomic unsigned threshold, pool_threshold;
	/* Bytes, when last looked at; a pool of size 0 is not known. */
	_Atomic uint64_t used, pool_size, pool_available;
	_Atomic bool low, pool_low; /* the alarm was given */
	/* What is promised: bytes, or percent of the size. */
	_Atomic uint64_t promised;
	_Atomic unsigned promised_percent;
	/* When last looked at: bytes that are promised, and of those what is
	 * set aside; not all that should be is. */
	_Atomic uint64_t reserve, kept;
	_Atomic bool short_of;
	uint64_t told_no_space; /* of lu->no_space; whoever looks */
};

/* Any thread: take the thresholds and the promise of the configuration. */
void headroom_set(struct headroom *h, const struct config_lun *lun);
/* Likewise, before it grows: percent of the size that lun says. */
void headroom_set_grown(struct headroom *h, const struct config_lun *lun);
/*
 * Ask lu's store, have it set aside what is promised, tell lu (space.h), and
 * log alarms, their ends, and writes that found no room.  May block; one thread
 * at a time.
 */
void headroom_look(struct headroom *h, struct lu *lu);

#endif
