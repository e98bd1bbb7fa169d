/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/span.c - the bytes of buffer lists, compared and combined.
 */
#include <assert.h>
#include <string.h>

#include "target/span.h"

/* What lies at offset; *length is cut to what is contiguous there. */
static uint8_t *
span_at(const struct buf_list *list, size_t offset, size_t *length)
{
	size_t contiguous;
	int i;

	for (i = 0; i < list->iovcnt; i++) {
		if (offset < list->iov[i].iov_len) {
			contiguous = list->iov[i].iov_len - offset;
			if (*length > contiguous)
				*length = contiguous;
			return (uint8_t *)list->iov[i].iov_base + offset;
		}
		offset -= list->iov[i].iov_len;
	}
	assert(!"range outside of its buffer list");
	return NULL;
}

static size_t
span_first_difference(const uint8_t *a, const uint8_t *b, size_t length)
{
	size_t i = 0;

	if (memcmp(a, b, length) == 0)
		return length;
	while (a[i] == b[i])
		i++;
	return i;
}

size_t
span_compare(const struct buf_list *a, size_t a_offset,
    const struct buf_list *b, size_t b_offset, size_t length)
{
	const uint8_t *pa, *pb;
	size_t done = 0, n, same;

	while (done < length) {
		n = length - done;
		pa = span_at(a, a_offset + done, &n);
		pb = span_at(b, b_offset + done, &n);
		same = span_first_difference(pa, pb, n);
		done += same;
		if (same < n)
			break;
	}
	return done;
}

void
span_copy(const struct buf_list *to, size_t to_offset,
    const struct buf_list *from, size_t from_offset, size_t length)
{
	const uint8_t *source;
	uint8_t *target;
	size_t done, n;

	for (done = 0; done < length; done += n) {
		n = length - done;
		target = span_at(to, to_offset + done, &n);
		source = span_at(from, from_offset + done, &n);
		memcpy(target, source, n);
	}
}

void
span_or(const struct buf_list *to, size_t to_offset,
    const struct buf_list *from, size_t from_offset, size_t length)
{
	const uint8_t *source;
	uint8_t *target;
	size_t done, n, i;

	for (done = 0; done < length; done += n) {
		n = length - done;
		target = span_at(to, to_offset + done, &n);
		source = span_at(from, from_offset + done, &n);
		for (i = 0; i < n; i++)
			target[i] |= source[i];
	}
}

bool
span_is_zero(const struct buf_list *list, size_t offset, size_t length)
{
	const uint8_t *p;
	size_t n;

	for (; length > 0; offset += n, length -= n) {
		n = length;
		p = span_at(list, offset, &n);
		if (p[0] != 0 || memcmp(p, p + 1, n - 1) != 0)
			return false;
	}
	return true;
}

void
span_fill(const struct buf_list *to, const struct buf_list *pattern,
    size_t block_size)
{
	size_t offset;

	for (offset = 0; offset < to->bytes; offset += block_size)
		span_copy(to, offset, pattern, 0, block_size);
}
