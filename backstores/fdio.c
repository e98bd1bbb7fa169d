/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * backstores/fdio.c - I/O on a descriptor: what file and block have in common.
 */
#include "backstores/fdio.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/stat.h>
#include <linux/falloc.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/uio.h>
#include <unistd.h>

#include "common/bytes.h"
#include "common/iov.h"
#include "common/whole.h"

#define FDIO_REST_IOV  64
#define FDIO_COLD      64 /* from here on the cache is not asked first, */
#define FDIO_COLD_MOST 80 /* ... and this is where it ends */
#define FDIO_COLD_MISS 8
#define FDIO_COLD_HIT  2
#define FDIO_COLD_TURN 16
#define FDIO_PAGE      4096 /* what buffers are aligned to */
#define FDIO_UNIT_MIN  512
#define FDIO_ZFS       0x2fc12fc1 /* not in linux/magic.h */
#define FDIO_BCACHEFS  0xca451a4e
/*
 * A write into the page cache makes folios of its own size, and ext4 looks at
 * each block of a folio whenever 4 KiB of it are written.  So much in one call
 * makes folios on which small writes are still cheap, and large reads too.
 */
#define FDIO_PIECE (256u << 10)

/* Linux 6.11; headers that know them came later. */
#ifndef RWF_ATOMIC
#define RWF_ATOMIC 0x40
#endif
#ifndef STATX_WRITE_ATOMIC
#define STATX_WRITE_ATOMIC 0x00010000u
#endif
#define FDIO_STATX_UNIT_MIN 0xa8 /* offsets in struct statx */
#define FDIO_STATX_UNIT_MAX 0xac

_Static_assert(sizeof(struct statx) == 0x100, "not the kernel's");

typedef ssize_t fdio_call(
    int fd, const struct iovec *iov, int iovcnt, off_t at, int flags);

static struct fdio *
fdio_of(struct backstore *bs)
{
	return bs->priv;
}

void
fdio_init(struct fdio *f, int fd, bool direct)
{
	f->fd = fd;
	f->direct = direct;
	atomic_init(&f->may_punch, false);
	atomic_init(&f->nowait_reads, !direct);
	atomic_init(&f->nowait_writes, !direct);
	atomic_init(&f->zero_range, true);
	atomic_init(&f->punch_hole, true);
}

/* Those whose RWF_NOWAIT keeps its word. */
static const unsigned long fdio_trusted[] = {
	EXT4_SUPER_MAGIC,
	XFS_SUPER_MAGIC,
	BTRFS_SUPER_MAGIC,
	F2FS_SUPER_MAGIC,
	TMPFS_MAGIC,
	RAMFS_MAGIC,
	OVERLAYFS_SUPER_MAGIC,
	FDIO_ZFS,
	FDIO_BCACHEFS,
};

bool
fdio_distrust(struct fdio *f)
{
	struct statfs fs;
	size_t i;

	if (fstatfs(f->fd, &fs) == 0)
		for (i = 0; i < ARRAY_LEN(fdio_trusted); i++)
			if ((unsigned long)fs.f_type == fdio_trusted[i])
				return false;
	atomic_store(&f->nowait_reads, false);
	atomic_store(&f->nowait_writes, false);
	return true;
}

void
fdio_close(struct fdio *f)
{
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
}

int
fdio_fd(struct backstore *bs)
{
	return fdio_of(bs)->fd;
}

/* ---- read and write to the end ---- */

/* Call once, from done bytes on, for at most most bytes. */
static ssize_t
fdio_once(struct fdio *f, const struct bs_io *io, uint64_t done, uint64_t most,
    fdio_call *call, int flags)
{
	struct iovec rest[FDIO_REST_IOV];
	off_t at = (off_t)(io->offset + done);

	if (done == 0 && io->length <= most && io->iovcnt <= IOV_MAX)
		return call(f->fd, io->iov, io->iovcnt, at, flags);
	return call(f->fd, rest,
	    iov_part(io->iov, io->iovcnt, done, most, rest, FDIO_REST_IOV), at,
	    flags);
}

static int
fdio_all(struct fdio *f, const struct bs_io *io, uint64_t most, fdio_call *call,
    int flags)
{
	uint64_t done = 0;
	ssize_t n;

	while (done < io->length) {
		n = fdio_once(f, io, done, most, call, flags);
		if (n < 0 && errno == EINTR)
			continue;
		/* A direct read that has met an odd end cannot go on there. */
		if (n == 0 || (n < 0 && errno == EINVAL && done > 0))
			return -EIO;
		if (n < 0)
			return -errno;
		done += (uint64_t)n;
	}
	return 0;
}

int
fdio_read(struct backstore *bs, struct bs_io *io)
{
	return fdio_all(fdio_of(bs), io, UINT64_MAX, preadv2, 0);
}

/* One call, and the kernel does all of it or nothing.  It wants one piece of
 * memory, which a list of such a length is (common/pool.h). */
static int
fdio_write_atomic(struct fdio *f, const struct bs_io *io)
{
	int flags = RWF_ATOMIC | (bs_io_syncs(io) ? RWF_DSYNC : 0);
	ssize_t n;

	do {
		n = pwritev2(
		    f->fd, io->iov, io->iovcnt, (off_t)io->offset, flags);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EINVAL || errno == EOPNOTSUPP ? -EIO : -errno;
	return (uint64_t)n == io->length ? 0 : -EIO;
}

int
fdio_write(struct backstore *bs, struct bs_io *io)
{
	struct fdio *f = fdio_of(bs);

	if (io->flags & BS_ATOMIC)
		return fdio_write_atomic(f, io);
	if (bs_io_syncs(io))
		return fdio_all(f, io, UINT64_MAX, pwritev2, RWF_DSYNC);
	return fdio_all(
	    f, io, f->direct ? UINT64_MAX : FDIO_PIECE, pwritev2, 0);
}

int
fdio_flush(struct backstore *bs, struct bs_io *io)
{
	int error = whole_sync(fdio_of(bs)->fd);

	/* A device may end the writing of pages with any error, which the
	 * kernel tells once: it is no shortage of ours that passes. */
	return error == -ENOMEM || error == -EAGAIN ? -EIO : error;
}

/* ---- without sleeping ---- */

/* Anything but all of it is left to the full run, errors too. */
static int
fdio_try_call(struct fdio *f, const struct bs_io *io, fdio_call *call,
    _Atomic bool *possible)
{
	ssize_t n;

	if (!atomic_load_explicit(possible, memory_order_relaxed))
		return -EAGAIN;
	n = fdio_once(f, io, 0, UINT64_MAX, call, RWF_NOWAIT);
	if (n >= 0 && (uint64_t)n == io->length)
		return 0;
	if (n < 0 && errno == EOPNOTSUPP)
		atomic_store_explicit(possible, false, memory_order_relaxed);
	return -EAGAIN;
}

/* Count what the cache answered. */
static void
fdio_count_read(struct fdio *f, unsigned cold, bool hit)
{
	if (hit && cold == 0)
		return;
	if (!hit)
		cold = cold + FDIO_COLD_MISS < FDIO_COLD_MOST
			   ? cold + FDIO_COLD_MISS
			   : FDIO_COLD_MOST;
	else
		cold = cold > FDIO_COLD_HIT ? cold - FDIO_COLD_HIT : 0;
	atomic_store_explicit(&f->cold, cold, memory_order_relaxed);
}

/* One of so many is asked for while it is cold. */
static bool
fdio_is_turn(struct fdio *f)
{
	unsigned turn =
	    atomic_load_explicit(&f->cold_turn, memory_order_relaxed) + 1;

	atomic_store_explicit(&f->cold_turn, turn, memory_order_relaxed);
	return turn % FDIO_COLD_TURN == 0;
}

/*
 * To ask in vain costs several times what is saved where the cache has it: what
 * the ring does finds it there as well.  So it is asked first only while it has
 * more than four of five.
 */
static int
fdio_try_read(struct fdio *f, const struct bs_io *io)
{
	unsigned cold;
	int error;

	if (!atomic_load_explicit(&f->nowait_reads, memory_order_relaxed))
		return -EAGAIN;
	cold = atomic_load_explicit(&f->cold, memory_order_relaxed);
	if (cold >= FDIO_COLD && !fdio_is_turn(f))
		return -EAGAIN;
	error = fdio_try_call(f, io, preadv2, &f->nowait_reads);
	fdio_count_read(f, cold, error == 0);
	return error;
}

int
fdio_try(struct backstore *bs, struct bs_io *io)
{
	struct fdio *f = fdio_of(bs);

	if (io->flags & BS_ATOMIC)
		return -EAGAIN;
	if (io->op == BS_READ)
		return fdio_try_read(f, io);
	if (io->op == BS_WRITE && !bs_io_syncs(io))
		return fdio_try_call(f, io, pwritev2, &f->nowait_writes);
	return -EAGAIN;
}

/* ---- holes and zeroes ---- */

static int
fdio_fallocate(struct fdio *f, int mode, uint64_t offset, uint64_t length,
    _Atomic bool *possible)
{
	if (!atomic_load_explicit(possible, memory_order_relaxed))
		return -EOPNOTSUPP;
	while (fallocate(f->fd, mode, (off_t)offset, (off_t)length) < 0) {
		if (errno == EINTR)
			continue;
		if (errno != EOPNOTSUPP && errno != ENOSYS)
			return -errno;
		atomic_store_explicit(possible, false, memory_order_relaxed);
		return -EOPNOTSUPP;
	}
	return 0;
}

int
fdio_punch(struct fdio *f, uint64_t offset, uint64_t length)
{
	return fdio_fallocate(f, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
	    offset, length, &f->punch_hole);
}

int
fdio_write_zeroes(struct backstore *bs, struct bs_io *io)
{
	struct fdio *f = fdio_of(bs);
	int error = -EOPNOTSUPP;

	if (f->may_punch && (io->flags & BS_MAY_UNMAP) != 0)
		error = fdio_punch(f, io->offset, io->length);
	if (error != -EOPNOTSUPP)
		return error;
	return fdio_fallocate(f, FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE,
	    io->offset, io->length, &f->zero_range);
}

/* ---- direct ---- */

int
fdio_set_direct(struct fdio *f, uint32_t *unit)
{
	struct statx st;
	uint32_t align = FDIO_UNIT_MIN;
	int flags = fcntl(f->fd, F_GETFL);

	if (flags < 0 || fcntl(f->fd, F_SETFL, flags | O_DIRECT) < 0)
		return -errno;
	if (statx(f->fd, "", AT_EMPTY_PATH, STATX_DIOALIGN, &st) == 0 &&
	    (st.stx_mask & STATX_DIOALIGN) != 0) {
		if (st.stx_dio_offset_align == 0 ||
		    st.stx_dio_mem_align > FDIO_PAGE)
			return -EINVAL;
		align = st.stx_dio_offset_align;
	}
	if (align > *unit)
		*unit = align;
	return 0;
}

/* ---- atomic ---- */

static uint32_t
fdio_statx_u32(const struct statx *st, size_t offset)
{
	uint32_t value;

	memcpy(&value, (const char *)st + offset, sizeof(value));
	return value;
}

/*
 * The kernel wants powers of two at multiples of themselves, and its file
 * systems do no more than some length.  The pages of databases are 16 KiB;
 * other lengths that a buffer of the pool has in one piece will do where that
 * one is not to be had.
 */
void
fdio_learn_atomic(const struct fdio *f, struct bs_info *info)
{
	static const uint32_t units[] = { 16u << 10, 4u << 10, 64u << 10,
		256u << 10 };
	struct statx st;
	size_t i;

	if (!f->direct || info->read_only ||
	    statx(f->fd, "", AT_EMPTY_PATH, STATX_WRITE_ATOMIC, &st) != 0 ||
	    (st.stx_mask & STATX_WRITE_ATOMIC) == 0)
		return;
	for (i = 0; i < ARRAY_LEN(units); i++) {
		if (units[i] < fdio_statx_u32(&st, FDIO_STATX_UNIT_MIN) ||
		    units[i] > fdio_statx_u32(&st, FDIO_STATX_UNIT_MAX))
			continue;
		info->atomic_write_bytes = units[i];
		info->atomic_write_unit = units[i];
		return;
	}
}
