/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/identifying.c - REPORT and SET IDENTIFYING INFORMATION.
 */
#include "target/identifying.h"

#include <string.h>

#include "common/bytes.h"
#include "common/utf8.h"
#include "target/settings.h"

#define REPORT_HEADER   4
#define DESCRIPTOR      4
#define TYPES_SUPPORTED 0x7f

struct identifying_type {
	uint8_t code; /* INFORMATION TYPE */
	uint16_t max; /* bytes */
};

/* clang-format off */
static const struct identifying_type identifying_types[IDENTIFYING_KINDS] = {
	[IDENTIFYING_BINARY] = { 0x00, IDENTIFYING_MAX },
	[IDENTIFYING_TEXT]   = { 0x02, 256 },
};
/* clang-format on */

static uint8_t
identifying_code(const struct task *t)
{
	return t->cdb[10] >> 1;
}

static uint32_t
identifying_length(const struct task *t)
{
	return get_be32(t->cdb + 6);
}

/* IDENTIFYING_KINDS: none of these. */
static enum identifying
identifying_kind(const struct task *t)
{
	int i = 0;

	while (i < IDENTIFYING_KINDS &&
	       identifying_types[i].code != identifying_code(t))
		i++;
	return i;
}

/* ---- REPORT ---- */

struct outcome
identifying_report_prepare(struct task *t)
{
	if (identifying_kind(t) == IDENTIFYING_KINDS &&
	    identifying_code(t) != TYPES_SUPPORTED)
		return invalid_field_in_cdb(10, 7);
	task_expect_data_in(t, (uint32_t)min_u64(identifying_length(t),
				   REPORT_HEADER + IDENTIFYING_MAX));
	return GOOD;
}

static size_t
identifying_types_build(uint8_t *p)
{
	for (int i = 0; i < IDENTIFYING_KINDS; i++, p += DESCRIPTOR) {
		p[0] = (uint8_t)(identifying_types[i].code << 1);
		put_be16(p + 2, identifying_types[i].max);
	}
	return (size_t)IDENTIFYING_KINDS * DESCRIPTOR;
}

static size_t
identifying_copy(struct lu *lu, enum identifying kind, uint8_t *p)
{
	const struct settings_information *info;
	size_t bytes;

	pthread_mutex_lock(&lu->mutex);
	info = &settings_now(lu)->identifying[kind];
	bytes = info->bytes;
	memcpy(p, info->data, bytes);
	pthread_mutex_unlock(&lu->mutex);
	return bytes;
}

void
identifying_report_execute(struct task *t)
{
	uint8_t data[REPORT_HEADER + IDENTIFYING_MAX] = { 0 };
	enum identifying kind = identifying_kind(t);
	size_t bytes;

	bytes = kind == IDENTIFYING_KINDS
		    ? identifying_types_build(data + REPORT_HEADER)
		    : identifying_copy(task_lu(t), kind, data + REPORT_HEADER);
	put_be16(data + 2, (uint16_t)bytes);
	task_reply(t, data, REPORT_HEADER + bytes, identifying_length(t));
}

/* ---- SET ---- */

struct outcome
identifying_set_prepare(struct task *t)
{
	enum identifying kind = identifying_kind(t);
	uint32_t length = identifying_length(t);

	if (kind == IDENTIFYING_KINDS)
		return invalid_field_in_cdb(10, 7);
	if (length > identifying_types[kind].max)
		return invalid_field_in_cdb(6, -1);
	task_expect_data_out(t, length, 1);
	return t->data_out_wanted < length ? PARAMETER_LIST_LENGTH : GOOD;
}

/* UTF-8, and zeros from some place to the end, one at least.  The offset of
 * what is wrong, or bytes. */
static size_t
identifying_text_end(const uint8_t *p, size_t bytes)
{
	size_t at = 0, n;

	while (at < bytes && p[at] != 0) {
		n = utf8_length((const char *)p + at, bytes - at);
		if (n == 0)
			return at;
		at += n;
	}
	if (at == bytes)
		return bytes - 1;
	while (at < bytes && p[at] == 0)
		at++;
	return at;
}

static struct outcome
identifying_change(struct task *t, struct settings *next)
{
	enum identifying kind = identifying_kind(t);
	struct settings_information *info = &next->identifying[kind];
	size_t wrong;

	info->bytes = (uint16_t)identifying_length(t);
	if (info->bytes == 0)
		return GOOD;
	buf_list_read(&t->data, 0, info->data, info->bytes);
	wrong = kind == IDENTIFYING_TEXT
		    ? identifying_text_end(info->data, info->bytes)
		    : info->bytes;
	return wrong == info->bytes
		   ? GOOD
		   : invalid_field_in_list((unsigned)wrong, -1);
}

static void
identifying_changed(struct task *t)
{
	lu_establish_attention(task_lu(t), UA_DEVICE_IDENTIFIER_CHANGED, t->nl);
}

void
identifying_set_execute(struct task *t)
{
	settings_change_execute(t, identifying_change, identifying_changed);
}
