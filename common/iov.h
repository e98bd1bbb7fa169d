/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * common/iov.h - parts of vectors.
 */
#ifndef COMMON_IOV_H
#define COMMON_IOV_H

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "common/bytes.h"

/*
 * Describe at most bytes of the vectors, behind their first skip bytes, in out,
 * which has room for so many.  Return how many were needed.
 */
static inline int
iov_part(const struct iovec *iov, int iovcnt, uint64_t skip, uint64_t bytes,
    struct iovec *out, int room)
{
	const struct iovec *end = iov + iovcnt;
	int n = 0;

	for (; iov < end && n < room && bytes > 0; iov++) {
		if (skip >= iov->iov_len) {
			skip -= iov->iov_len;
			continue;
		}
		out[n].iov_base = (char *)iov->iov_base + skip;
		out[n].iov_len = min_u64(iov->iov_len - skip, bytes);
		bytes -= out[n++].iov_len;
		skip = 0;
	}
	return n;
}

#endif
