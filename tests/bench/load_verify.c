/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/bench/load_verify.c - what a block of a given LBA and stamp contains.
 */
#include "tests/bench/load.h"

#define STAMP_MAGIC 0x3170647461747369u

static void
stamp_sector(uint8_t *out, uint32_t size, uint64_t lba, uint64_t stamp)
{
	struct stamp_head h = { STAMP_MAGIC, lba, stamp, run_id };
	uint64_t w = mix64(run_id ^ mix64(lba) ^ stamp << 32);
	memcpy(out, &h, sizeof h);
	for (uint32_t i = sizeof h; i < size; i += 8, w += 0x9e3779b97f4a7c15u)
		memcpy(out + i, &w, 8);
}

void
stamp_unit(const struct conn *c, struct slot *s)
{
	uint32_t per = opt.block_size / c->lba_size;
	for (uint32_t i = 0; i < per; i++)
		stamp_sector(s->buf + (size_t)i * c->lba_size, c->lba_size,
		    s->index * per + i, s->stamp);
}

void
check_unit(struct conn *c, struct slot *s)
{
	uint32_t per = opt.block_size / c->lba_size,
		 want = c->stamps[s->index - c->first];
	uint8_t expect[4096];
	struct stamp_head h;

	for (uint32_t i = 0; i < per; i++) {
		const uint8_t *got = s->buf + (size_t)i * c->lba_size;
		uint64_t lba = s->index * per + i;
		memcpy(&h, got, sizeof h);
		if (want) {
			stamp_sector(expect, c->lba_size, lba, want);
			if (memcmp(expect, got, c->lba_size)) {
				complain(c, &errors_verify,
				    "LUN %u LBA %" PRIu64
				    ": wrong data: expected stamp %u; "
				    "found %s, LBA %" PRIu64 ", stamp %" PRIu64
				    "%s",
				    c->lun, lba, want,
				    h.magic == STAMP_MAGIC ? "a stamp"
							   : "no stamp",
				    h.lba, h.stamp,
				    h.run == run_id ? "" : ", of another run");
				return;
			}
		} else if (h.magic == STAMP_MAGIC && h.lba != lba) {
			complain(c, &errors_verify,
			    "LUN %u LBA %" PRIu64
			    ": holds the data of LBA %" PRIu64,
			    c->lun, lba, h.lba);
			return;
		}
	}
	if (want)
		c->worker->stats.verified++;
	else if (h.magic == STAMP_MAGIC)
		c->worker->stats.verified_lba_only++;
	else
		c->worker->stats.unstamped++;
}
