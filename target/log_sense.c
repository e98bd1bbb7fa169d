/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/log_sense.c - LOG SENSE.
 */
#include "target/log_sense.h"

#include "common/bytes.h"

#define PAGE_HEADER       4
#define PAGE_SUPPORTED    0x00
#define PAGE_STATISTICS   0x19
#define ALL_SUBPAGES      0xff
#define SPF               0x40
#define CUMULATIVE        0x01 /* PC */
#define STATISTICS_CODE   0x0001
#define STATISTICS_LENGTH 0x40
#define BINARY_LIST       0x03 /* FORMAT AND LINKING */
#define LOG_MAX           (PAGE_HEADER + 4 + STATISTICS_LENGTH)

static const uint8_t log_sense_pages[] = { PAGE_SUPPORTED, PAGE_STATISTICS };

static uint8_t
log_sense_page(const struct task *t)
{
	return t->cdb[2] & 0x3f;
}

struct outcome
log_sense_prepare(struct task *t)
{
	uint8_t page = log_sense_page(t), subpage = t->cdb[3];
	uint16_t last = page == PAGE_STATISTICS ? STATISTICS_CODE : 0;

	if (page != PAGE_SUPPORTED && page != PAGE_STATISTICS)
		return invalid_field_in_cdb(2, 5);
	if (subpage != 0 && (page != PAGE_SUPPORTED || subpage != ALL_SUBPAGES))
		return invalid_field_in_cdb(3, -1);
	if (page == PAGE_STATISTICS && t->cdb[2] >> 6 != CUMULATIVE)
		return invalid_field_in_cdb(2, 7);
	if (get_be16(t->cdb + 5) > last)
		return invalid_field_in_cdb(5, -1);
	task_expect_data_in(
	    t, (uint32_t)min_u64(get_be16(t->cdb + 7), LOG_MAX));
	return GOOD;
}

/* The pages, or, by subpage FFh, pages and subpages: each page has one. */
static size_t
log_sense_supported(const struct task *t, uint8_t *p)
{
	size_t i, n = 0;

	for (i = 0; i < ARRAY_LEN(log_sense_pages); i++) {
		p[n++] = log_sense_pages[i];
		if (t->cdb[3] == 0)
			continue;
		p[n++] = 0x00;
		if (log_sense_pages[i] == PAGE_SUPPORTED) {
			p[n++] = PAGE_SUPPORTED;
			p[n++] = ALL_SUBPAGES;
		}
	}
	return n;
}

/*
 * General access statistics and performance, SPC-4 7.3.9.  Reads and writes
 * are counted as operations on the store; times are not kept.
 */
static size_t
log_sense_statistics(const struct task *t, uint8_t *p)
{
	unsigned shift = task_lu(t)->block_shift;
	struct lu_totals totals = lu_totals(task_lu(t));

	put_be16(p, STATISTICS_CODE);
	p[2] = BINARY_LIST;
	p[3] = STATISTICS_LENGTH;
	put_be64(p + 4, totals.reads);
	put_be64(p + 12, totals.writes);
	put_be64(p + 20, totals.write_bytes >> shift);
	put_be64(p + 28, totals.read_bytes >> shift);
	return 4 + STATISTICS_LENGTH;
}

void
log_sense_execute(struct task *t)
{
	uint8_t data[LOG_MAX] = { 0 };
	size_t length;

	data[0] = log_sense_page(t);
	data[1] = t->cdb[3];
	if (t->cdb[3] != 0)
		data[0] |= SPF;
	if (log_sense_page(t) == PAGE_SUPPORTED)
		length = log_sense_supported(t, data + PAGE_HEADER);
	else
		length = log_sense_statistics(t, data + PAGE_HEADER);
	put_be16(data + 2, (uint16_t)length);
	task_reply(t, data, PAGE_HEADER + length, get_be16(t->cdb + 7));
}
