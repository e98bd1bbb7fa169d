/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/log_sense.c - LOG SENSE.
 */
#include "target/log_sense.h"

#include "common/bytes.h"

#define PAGE_HEADER       4
#define PAGE_SUPPORTED    0x00
#define ALL_SUBPAGES      0xff
#define SPF               0x40
#define DS                0x80 /* not saved with SP, either */
#define CUMULATIVE        0x01 /* PC */
#define STATISTICS_CODE   0x0001
#define STATISTICS_LENGTH 0x40
#define RESOURCE_LENGTH   0x08
#define RESOURCE_SHARED   0x02 /* SCOPE: not dedicated to this unit */
#define RESOURCE_OWN      0x01
#define BINARY_LIST       0x23 /* TSD: not saved; FORMAT AND LINKING */
#define LOG_MAX           (PAGE_HEADER + 4 + STATISTICS_LENGTH)

struct log_page {
	uint8_t code;
	uint16_t last;                       /* parameter code */
	bool (*exists)(const struct lu *lu); /* NULL: on every LU */
	/* Parameters from code first on; return their length in bytes. */
	size_t (*build)(const struct task *t, uint16_t first, uint8_t *p);
};

static size_t log_sense_supported(
    const struct task *t, uint16_t first, uint8_t *p);

/*
 * Logical block provisioning, SBC-3 6.4.4: what is available is shared with
 * whoever writes to the same file system or pool.
 */
static size_t
log_sense_provisioning(const struct task *t, uint16_t first, uint8_t *p)
{
	struct lu_space space;
	size_t n = 0;

	space_levels(task_lu(t), &space);
	for (int i = 0; i < SPACE_RESOURCES; i++) {
		if (i + 1 < first || space.levels[i].bytes == SPACE_UNKNOWN)
			continue;
		put_be16(p + n, (uint16_t)(i + 1));
		p[n + 2] = BINARY_LIST;
		p[n + 3] = RESOURCE_LENGTH;
		put_be32(p + n + 4, space_sets(i, space.levels[i].bytes));
		p[n + 8] = i == SPACE_USED ? RESOURCE_OWN : RESOURCE_SHARED;
		n += 4 + RESOURCE_LENGTH;
	}
	return n;
}

/*
 * General access statistics and performance, SPC-4 7.3.9.  Reads and writes
 * are counted as operations on the store; times are not kept.
 */
static size_t
log_sense_statistics(const struct task *t, uint16_t first, uint8_t *p)
{
	unsigned shift = task_lu(t)->block_shift;
	struct stats stats;

	stats_of_lu(task_lu(t), &stats);
	put_be16(p, STATISTICS_CODE);
	p[2] = BINARY_LIST;
	p[3] = STATISTICS_LENGTH;
	put_be64(p + 4, stats.store.reads);
	put_be64(p + 12, stats.store.writes);
	put_be64(p + 20, stats.store.write_bytes >> shift);
	put_be64(p + 28, stats.store.read_bytes >> shift);
	return 4 + STATISTICS_LENGTH;
}

/* clang-format off */
static const struct log_page log_pages[] = { /* ascending */
	{ PAGE_SUPPORTED, 0, NULL, log_sense_supported },
	{ 0x0c, SPACE_RESOURCES, space_is_known, log_sense_provisioning },
	{ 0x19, STATISTICS_CODE, NULL, log_sense_statistics },
};
/* clang-format on */

static bool
log_sense_exists(const struct log_page *page, const struct lu *lu)
{
	return page->exists == NULL || page->exists(lu);
}

/* The pages, or, by subpage FFh, pages and subpages: each page has one. */
static size_t
log_sense_supported(const struct task *t, uint16_t first, uint8_t *p)
{
	size_t i, n = 0;

	for (i = 0; i < ARRAY_LEN(log_pages); i++) {
		if (!log_sense_exists(&log_pages[i], task_lu(t)))
			continue;
		p[n++] = log_pages[i].code;
		if (t->cdb[3] == 0)
			continue;
		p[n++] = 0x00;
		if (log_pages[i].code == PAGE_SUPPORTED) {
			p[n++] = PAGE_SUPPORTED;
			p[n++] = ALL_SUBPAGES;
		}
	}
	return n;
}

static const struct log_page *
log_sense_page(const struct task *t)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(log_pages); i++) {
		if (log_pages[i].code == (t->cdb[2] & 0x3f) &&
		    log_sense_exists(&log_pages[i], task_lu(t)))
			return &log_pages[i];
	}
	return NULL;
}

struct outcome
log_sense_prepare(struct task *t)
{
	const struct log_page *page = log_sense_page(t);
	uint8_t subpage = t->cdb[3];

	if (page == NULL)
		return invalid_field_in_cdb(2, 5);
	if (subpage != 0 &&
	    (page->code != PAGE_SUPPORTED || subpage != ALL_SUBPAGES))
		return invalid_field_in_cdb(3, -1);
	if (page->code != PAGE_SUPPORTED && t->cdb[2] >> 6 != CUMULATIVE)
		return invalid_field_in_cdb(2, 7);
	if (get_be16(t->cdb + 5) > page->last)
		return invalid_field_in_cdb(5, -1);
	task_expect_data_in(
	    t, (uint32_t)min_u64(get_be16(t->cdb + 7), LOG_MAX));
	return GOOD;
}

void
log_sense_execute(struct task *t)
{
	const struct log_page *page = log_sense_page(t);
	uint8_t data[LOG_MAX] = { 0 };
	size_t length;

	data[0] = page->code;
	data[1] = t->cdb[3];
	if (t->cdb[3] != 0)
		data[0] |= SPF;
	if (page->code != PAGE_SUPPORTED)
		data[0] |= DS;
	length = page->build(t, get_be16(t->cdb + 5), data + PAGE_HEADER);
	put_be16(data + 2, (uint16_t)length);
	task_reply(t, data, PAGE_HEADER + length, get_be16(t->cdb + 7));
}
