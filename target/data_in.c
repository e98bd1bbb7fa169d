/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/data_in.c - parameter data, written piece by piece.
 */
#include "target/data_in.h"

#include "common/bytes.h"

static void
data_in_store(struct data_in *r, size_t offset, const void *data, size_t length)
{
	size_t room = r->t->data.bytes;

	if (offset >= room)
		return;
	buf_list_write(
	    &r->t->data, offset, data, min_u64(length, room - offset));
}

void
data_in_append(struct data_in *r, const void *data, size_t length)
{
	data_in_store(r, r->length, data, length);
	r->length += length;
}

void
data_in_put_be32(struct data_in *r, size_t offset, uint32_t v)
{
	uint8_t field[4];

	put_be32(field, v);
	data_in_store(r, offset, field, sizeof(field));
}

void
data_in_end(struct data_in *r, uint32_t allocation)
{
	struct task *t = r->t;
	uint64_t length = min_u64(r->length, allocation);

	t->transfer_length = length;
	length = min_u64(length, t->data.bytes);
	t->data_in_bytes = (uint32_t)min_u64(length, t->data_in_length);
	task_end(t, GOOD);
}
