/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/format.c - FORMAT UNIT.
 */
#include "target/format.h"

#include "common/bytes.h"
#include "target/whole.h"

#define CDB_LONGLIST 0x20 /* byte 1 */
#define CDB_FMTDATA  0x10
#define CDB_CMPLST   0x08
#define CDB_FORMAT   0x07 /* DEFECT LIST FORMAT */

#define SHORT_HEADER 4
#define LONG_HEADER  8
#define LIST_USAGE   0x07 /* byte 0: PROTECTION FIELD USAGE */
#define LIST_FOV     0x80 /* byte 1 */
#define LIST_DPRY    0x40
#define LIST_DCRT    0x20
#define LIST_STPF    0x10
#define LIST_IP      0x08
#define LIST_IMMED   0x02
#define LIST_OPTIONS (LIST_DPRY | LIST_DCRT | LIST_STPF | LIST_IP)

static bool
format_is_long(const struct task *t)
{
	return (t->cdb[1] & CDB_LONGLIST) != 0;
}

static uint32_t
format_header(const struct task *t)
{
	return format_is_long(t) ? LONG_HEADER : SHORT_HEADER;
}

struct outcome
format_prepare(struct task *t)
{
	/* Formats of address descriptors, SBC-3 5.3: short, long, or of
	 * sectors; reserved are 001b, 010b and 111b. */
	static const uint8_t formats =
	    1 << 0 | 1 << 3 | 1 << 4 | 1 << 5 | 1 << 6;
	uint32_t header = format_header(t);

	if ((t->cdb[1] & CDB_FMTDATA) == 0) {
		if (t->cdb[1] & CDB_CMPLST)
			return invalid_field_in_cdb(1, 3);
		return t->cdb[1] & CDB_FORMAT ? invalid_field_in_cdb(1, 2)
					      : GOOD;
	}
	if ((formats >> (t->cdb[1] & CDB_FORMAT) & 1) == 0)
		return invalid_field_in_cdb(1, 2);
	task_expect_data_out(t, header, 1);
	return t->data_out_wanted < header ? PARAMETER_LIST_LENGTH : GOOD;
}

/* The highest bit of mask that is set in byte at of the list. */
static struct outcome
format_wrong_bit(const uint8_t *list, unsigned at, uint8_t mask)
{
	unsigned wrong = list[at] & mask;

	return wrong == 0 ? GOOD
			  : invalid_field_in_list(at, sense_highest_bit(wrong));
}

static struct outcome
format_check_lengths(const struct task *t, const uint8_t *list)
{
	if (!format_is_long(t))
		return get_be16(list + 2) == 0 ? GOOD
					       : invalid_field_in_list(2, -1);
	if (list[3] != 0)
		return format_wrong_bit(list, 3, 0xff); /* of protection */
	return get_be32(list + 4) == 0 ? GOOD : invalid_field_in_list(4, -1);
}

static struct outcome
format_check_list(const struct task *t, const uint8_t *list)
{
	uint8_t options =
	    list[1] & LIST_FOV ? LIST_STPF | LIST_IP : LIST_OPTIONS;
	struct outcome o = format_wrong_bit(list, 0, LIST_USAGE);

	if (outcome_good(o))
		o = format_wrong_bit(list, 1, options);
	return outcome_good(o) ? format_check_lengths(t, list) : o;
}

void
format_execute(struct task *t)
{
	struct whole_request r = { .method = WHOLE_FORMAT, .passes = 1 };
	uint8_t list[LONG_HEADER] = { 0 };
	struct outcome o = GOOD;

	if (t->cdb[1] & CDB_FMTDATA) {
		buf_list_read(&t->data, 0, list, format_header(t));
		o = format_check_list(t, list);
	}
	if (!outcome_good(o)) {
		task_end(t, o);
		return;
	}
	r.immediate = (list[1] & LIST_IMMED) != 0;
	/* A failure is no sanitize's: what leaves it is another format. */
	whole_execute(t, &r);
}
