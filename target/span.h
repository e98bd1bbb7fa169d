/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/span.h - the bytes of buffer lists, compared and combined.
 *
 * Ranges must lie within their lists.
 */
#ifndef TARGET_SPAN_H
#define TARGET_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/pool.h"

/* Offset of the first byte that differs; length when none does. */
size_t span_compare(const struct buf_list *a, size_t a_offset,
    const struct buf_list *b, size_t b_offset, size_t length);
/* The bytes of from over those of to. */
void span_copy(const struct buf_list *to, size_t to_offset,
    const struct buf_list *from, size_t from_offset, size_t length);
/* to = to OR from. */
void span_or(const struct buf_list *to, size_t to_offset,
    const struct buf_list *from, size_t from_offset, size_t length);
bool span_is_zero(const struct buf_list *list, size_t offset, size_t length);
/* Repeat the first block_size bytes of pattern all over to, whose size is a
 * multiple of it. */
void span_fill(const struct buf_list *to, const struct buf_list *pattern,
    size_t block_size);

#endif
