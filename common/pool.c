/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * common/pool.c - memory of one worker's commands: data buffers, under a
 * budget.
 *
 * The budget bounds what the pool holds, lent or free: before it would be
 * passed, free buffers of other sizes are given back to the system.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/bytes.h"
#include "common/iov.h"
#include "common/pool.h"

#define BUF_ALIGN 4096

#if defined(__SANITIZE_ADDRESS__)
#define BUF_KEEPS 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define BUF_KEEPS 0
#endif
#endif
#ifndef BUF_KEEPS
#define BUF_KEEPS 1
#endif

static const size_t buf_sizes[] = {
	4u << 10,
	16u << 10,
	64u << 10,
	BUF_CHUNK_MAX,
};

#define BUF_CLASSES ARRAY_LEN(buf_sizes)

/* A free buffer's own first bytes. */
struct buf_free {
	struct buf_free *next;
};

struct buf_kind {
	struct buf_free *free;
	unsigned kept;
};

struct buf_pool {
	size_t budget;
	size_t in_use; /* bytes lent */
	size_t held;   /* bytes lent or on the free lists */
	struct buf_free *free[BUF_CLASSES];
	void *spare;
	struct buf_kind kinds[BUF_KINDS];
};

static size_t
buf_class(size_t bytes)
{
	size_t c = 0;

	while (buf_sizes[c] < bytes)
		c++;
	return c;
}

struct buf_pool *
buf_pool_new(size_t budget)
{
	struct buf_pool *pool = calloc(1, sizeof(*pool));

	if (pool != NULL)
		pool->budget = budget;
	return pool;
}

/* Give one free buffer of class c back to the system. */
static bool
buf_pool_shed(struct buf_pool *pool, size_t c)
{
	struct buf_free *b = pool->free[c];

	if (b == NULL)
		return false;
	pool->free[c] = b->next;
	pool->held -= buf_sizes[c];
	free(b);
	return true;
}

static void *
buf_kind_take(struct buf_kind *k)
{
	struct buf_free *b = k->free;

	if (b == NULL)
		return NULL;
	k->free = b->next;
	k->kept--;
	return b;
}

void
buf_pool_free(struct buf_pool *pool)
{
	size_t c;
	void *thing;

	if (pool == NULL)
		return;
	assert(pool->in_use == 0);
	for (c = 0; c < BUF_CLASSES; c++)
		while (buf_pool_shed(pool, c))
			;
	for (c = 0; c < BUF_KINDS; c++)
		while ((thing = buf_kind_take(&pool->kinds[c])) != NULL)
			free(thing);
	free(pool->spare);
	free(pool);
}

size_t
buf_pool_in_use(const struct buf_pool *pool)
{
	return pool->in_use;
}

size_t
buf_pool_budget(const struct buf_pool *pool)
{
	return pool->budget;
}

/* Shed free buffers until bytes more may be held. */
static void
buf_pool_make_room(struct buf_pool *pool, size_t bytes)
{
	size_t c;

	for (c = BUF_CLASSES; c-- > 0;)
		while (pool->held + bytes > pool->budget)
			if (!buf_pool_shed(pool, c))
				break;
}

static void *
buf_new(struct buf_pool *pool, size_t c)
{
	void *b;

	buf_pool_make_room(pool, buf_sizes[c]);
	if (posix_memalign(&b, BUF_ALIGN, buf_sizes[c]) != 0)
		return NULL;
	pool->held += buf_sizes[c];
	return b;
}

/* NULL when the budget or the memory does not allow it. */
static void *
buf_get(struct buf_pool *pool, size_t bytes)
{
	size_t c = buf_class(bytes);
	struct buf_free *b = pool->free[c];

	if (buf_sizes[c] > pool->budget - pool->in_use)
		return NULL;
	if (b != NULL)
		pool->free[c] = b->next;
	else
		b = buf_new(pool, c);
	if (b != NULL)
		pool->in_use += buf_sizes[c];
	return b;
}

static void
buf_put(struct buf_pool *pool, void *base, size_t bytes)
{
	size_t c = buf_class(bytes);
	struct buf_free *b = base;

	assert(pool->in_use >= buf_sizes[c]);
	pool->in_use -= buf_sizes[c];
	if (!BUF_KEEPS) {
		pool->held -= buf_sizes[c];
		free(b);
		return;
	}
	b->next = pool->free[c];
	pool->free[c] = b;
}

bool
buf_list_get(struct buf_pool *pool, size_t bytes, struct buf_list *list)
{
	struct iovec *v;

	list->iovcnt = 0;
	list->bytes = 0;
	while (list->bytes < bytes) {
		if (list->iovcnt == BUF_LIST_IOV)
			goto fail;
		v = &list->iov[list->iovcnt];
		v->iov_len = min_u64(bytes - list->bytes, BUF_CHUNK_MAX);
		v->iov_base = buf_get(pool, v->iov_len);
		if (v->iov_base == NULL)
			goto fail;
		list->iovcnt++;
		list->bytes += v->iov_len;
	}
	return true;
fail:
	buf_list_put(pool, list);
	return false;
}

void
buf_list_put(struct buf_pool *pool, struct buf_list *list)
{
	while (list->iovcnt > 0) {
		struct iovec *v = &list->iov[--list->iovcnt];

		buf_put(pool, v->iov_base, v->iov_len);
	}
	list->bytes = 0;
}

void *
buf_spare_get(struct buf_pool *pool)
{
	void *spare = pool->spare;

	pool->spare = NULL;
	return spare != NULL ? spare : malloc(BUF_SPARE);
}

void
buf_spare_put(struct buf_pool *pool, void *spare)
{
	if (BUF_KEEPS && pool->spare == NULL)
		pool->spare = spare;
	else
		free(spare);
}

void *
buf_kind_get(struct buf_pool *pool, unsigned kind, size_t bytes)
{
	void *thing = buf_kind_take(&pool->kinds[kind]);

	return thing != NULL ? thing : malloc(bytes);
}

void
buf_kind_put(struct buf_pool *pool, unsigned kind, void *thing)
{
	struct buf_kind *k = &pool->kinds[kind];
	struct buf_free *b = thing;

	if (!BUF_KEEPS || k->kept == BUF_KINDS_KEPT) {
		free(thing);
		return;
	}
	b->next = k->free;
	k->free = b;
	k->kept++;
}

int
buf_list_slice(const struct buf_list *list, size_t offset, size_t length,
    struct iovec *out, int max)
{
	assert(offset <= list->bytes && length <= list->bytes - offset);
	return iov_part(list->iov, list->iovcnt, offset, length, out, max);
}

void
buf_list_read(
    const struct buf_list *list, size_t offset, void *to, size_t length)
{
	struct iovec v[BUF_LIST_IOV];
	int i, n = buf_list_slice(list, offset, length, v, BUF_LIST_IOV);
	char *p = to;

	for (i = 0; i < n; p += v[i++].iov_len)
		memcpy(p, v[i].iov_base, v[i].iov_len);
}

void
buf_list_write(
    struct buf_list *list, size_t offset, const void *from, size_t length)
{
	struct iovec v[BUF_LIST_IOV];
	int i, n = buf_list_slice(list, offset, length, v, BUF_LIST_IOV);
	const char *p = from;

	for (i = 0; i < n; p += v[i++].iov_len)
		memcpy(v[i].iov_base, p, v[i].iov_len);
}

void
buf_list_zero(struct buf_list *list, size_t offset, size_t length)
{
	struct iovec v[BUF_LIST_IOV];
	int i, n = buf_list_slice(list, offset, length, v, BUF_LIST_IOV);

	for (i = 0; i < n; i++)
		memset(v[i].iov_base, 0, v[i].iov_len);
}
