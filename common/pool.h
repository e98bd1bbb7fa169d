/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * common/pool.h - memory of one worker's commands: data buffers, under a
 * budget.
 *
 * Owner thread only, no lock.  Buffers come in four sizes (4, 16, 64, 256 KiB),
 * page aligned, and are not cleared.  Freed ones are kept for the next taker;
 * under AddressSanitizer each is malloc'ed and freed, so that misuse is seen.
 */
#ifndef COMMON_POOL_H
#define COMMON_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/uio.h>

#define BUF_CHUNK_MAX (256u << 10) /* bytes in the largest buffer */
#define BUF_LIST_IOV  33           /* so a list holds 8 MiB, and a tail */

struct buf_pool;

/* Data of one command: iov[0..iovcnt) sum up to bytes. */
struct buf_list {
	struct iovec iov[BUF_LIST_IOV];
	int iovcnt;
	size_t bytes;
};

/* NULL when out of memory.  Budget in bytes, counting whole buffers. */
struct buf_pool *buf_pool_new(size_t budget);
/* Every list must have come back. */
void buf_pool_free(struct buf_pool *pool);
size_t buf_pool_in_use(const struct buf_pool *pool);
size_t buf_pool_budget(const struct buf_pool *pool);

/*
 * Fill list with buffers for bytes (0 .. 8 MiB).  False, and an empty list,
 * when the budget or the memory does not allow it.
 */
bool buf_list_get(struct buf_pool *pool, size_t bytes, struct buf_list *list);
/* Takes everything back and empties the list.  An empty list is fine. */
void buf_list_put(struct buf_pool *pool, struct buf_list *list);

/*
 * A buffer of BUF_SPARE bytes beside the budget, for a moment: to receive into
 * what nobody has asked for yet.  NULL when out of memory.  The last one that
 * comes back is kept for the next taker.
 */
#define BUF_SPARE (64u << 10)
void *buf_spare_get(struct buf_pool *pool);
void buf_spare_put(struct buf_pool *pool, void *spare); /* NULL is fine */

/*
 * Things of one size for each kind (0 .. BUF_KINDS - 1), which those who take
 * them agree upon, beside the budget and not cleared.  NULL when out of memory.
 * So many of a kind that came back are kept, and the last is lent first: the
 * processor's cache still has it, whichever connection gives and takes.
 */
#define BUF_KINDS      2
#define BUF_KINDS_KEPT 1024
void *buf_kind_get(struct buf_pool *pool, unsigned kind, size_t bytes);
void buf_kind_put(struct buf_pool *pool, unsigned kind, void *thing);

/*
 * Describe bytes [offset, offset + length) of the list in out; return how many
 * iovecs were used, at most max.  What does not fit in max is left out.
 */
int buf_list_slice(const struct buf_list *list, size_t offset, size_t length,
    struct iovec *out, int max);
/* Copy in or out of the list; the range must lie within list->bytes. */
void buf_list_read(
    const struct buf_list *list, size_t offset, void *to, size_t length);
void buf_list_write(
    struct buf_list *list, size_t offset, const void *from, size_t length);
void buf_list_zero(struct buf_list *list, size_t offset, size_t length);

#endif
