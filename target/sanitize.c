/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/sanitize.c - SANITIZE.
 */
#include "target/sanitize.h"

#include "common/bytes.h"
#include "target/medium.h"
#include "target/sbc.h"
#include "target/settings.h"
#include "target/whole.h"

#define LIST_HEADER 4
#define LIST_INVERT 0x80 /* byte 0 */
#define LIST_TEST   0x60
#define LIST_COUNT  0x1f
#define IMMED       0x80 /* byte 1 of the CDB */
#define AUSE        0x20

static struct whole_request
sanitize_request(const struct task *t, enum whole_method method)
{
	return (struct whole_request){
		.method = method,
		.immediate = (t->cdb[1] & IMMED) != 0,
		.restricted = (t->cdb[1] & AUSE) == 0,
	};
}

/* ---- OVERWRITE ---- */

static uint32_t
sanitize_list_length(const struct task *t)
{
	return get_be16(t->cdb + 7);
}

struct outcome
sanitize_overwrite_prepare(struct task *t)
{
	uint32_t length = sanitize_list_length(t);

	if (length <= LIST_HEADER || length > LIST_HEADER + sbc_block_size(t))
		return invalid_field_in_cdb(7, -1);
	task_expect_data_out(t, length, 1);
	return t->data_out_wanted < length ? PARAMETER_LIST_LENGTH : GOOD;
}

static struct outcome
sanitize_check_list(const struct task *t, const uint8_t header[LIST_HEADER])
{
	uint32_t pattern = get_be16(header + 2);

	if ((header[0] & LIST_TEST) != 0)
		return invalid_field_in_list(0, 6);
	if ((header[0] & LIST_COUNT) == 0)
		return invalid_field_in_list(0, 4);
	if (pattern == 0 || pattern > sanitize_list_length(t) - LIST_HEADER)
		return invalid_field_in_list(2, -1);
	return GOOD;
}

void
sanitize_overwrite_execute(struct task *t)
{
	struct whole_request r = sanitize_request(t, WHOLE_OVERWRITE);
	uint8_t header[LIST_HEADER];
	struct outcome o;
	uint32_t i, pattern;

	buf_list_read(&t->data, 0, header, sizeof(header));
	o = sanitize_check_list(t, header);
	if (!outcome_good(o)) {
		task_end(t, o);
		return;
	}
	pattern = get_be16(header + 2);
	buf_list_read(&t->data, LIST_HEADER, r.pattern, pattern);
	for (i = pattern; i < sbc_block_size(t); i++)
		r.pattern[i] = r.pattern[i - pattern];
	r.passes = header[0] & LIST_COUNT;
	r.invert = (header[0] & LIST_INVERT) != 0;
	whole_execute(t, &r);
}

/* ---- BLOCK ERASE, EXIT FAILURE MODE ---- */

void
sanitize_erase_execute(struct task *t)
{
	struct whole_request r = sanitize_request(t, WHOLE_ERASE);

	r.passes = 2;
	whole_execute(t, &r);
}

static struct outcome
sanitize_forget(struct task *t, struct settings *next)
{
	next->sanitize = SANITIZE_NONE;
	return GOOD;
}

static void
sanitize_leave(struct task *t)
{
	atomic_store(&task_lu(t)->condition, LU_READY);
}

/* The row is CMD_ATOMIC: no SANITIZE begins meanwhile. */
static bool
sanitize_is_kept(struct lu *lu)
{
	bool kept;

	pthread_mutex_lock(&lu->mutex);
	kept = !lu->sanitize_restricted &&
	       atomic_load(&lu->condition) == LU_SANITIZE_FAILED &&
	       settings_can_be_kept(lu);
	pthread_mutex_unlock(&lu->mutex);
	return kept;
}

void
sanitize_exit_execute(struct task *t)
{
	struct lu *lu = task_lu(t);
	struct outcome o = invalid_field_in_cdb(1, 4);

	if (sanitize_is_kept(lu)) {
		settings_change_execute(t, sanitize_forget, sanitize_leave);
		return;
	}
	pthread_mutex_lock(&lu->mutex);
	if (!lu->sanitize_restricted) {
		if (atomic_load(&lu->condition) == LU_SANITIZE_FAILED)
			atomic_store(&lu->condition, LU_READY);
		o = medium_condition(lu); /* what FORMAT UNIT left stays */
	}
	pthread_mutex_unlock(&lu->mutex);
	task_end(t, o);
}
