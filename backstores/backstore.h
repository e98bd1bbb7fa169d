/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * backstores/backstore.h - bytes at offsets behind one small ops struct.
 *
 * A backstore knows neither SCSI nor blocks nor threads.  The core in
 * backstore.c checks ranges, counts what is in flight, emulates what a store
 * does not have, remembers a failed flush, and brings completions home.
 */
#ifndef BACKSTORES_BACKSTORE_H
#define BACKSTORES_BACKSTORE_H

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "common/home.h"

enum bs_op {
	BS_READ,
	BS_WRITE,
	BS_FLUSH,   /* the whole store; offset and length are ignored */
	BS_DISCARD, /* give the space back; reads as zero if discard_zeroes */
	BS_WRITE_ZEROES, /* reads as zero afterwards; see BS_MAY_UNMAP */
	BS_MAP,          /* list data and holes */
	BS_CLONE,  /* share the blocks of a range of another store, copy on
		      write; see backstore_can_clone() */
	BS_SETTLE, /* the core's own: the end of a write by the journal */
	BS_OPS,
};

enum bs_io_flag {
	BS_FUA = 1 << 0, /* WRITE, WRITE_ZEROES, CLONE: durable when done */
	BS_MAY_UNMAP = 1 << 1, /* WRITE_ZEROES: a hole will do */
	BS_ATOMIC = 1 << 2,    /* WRITE: see bs_info.atomic_write_bytes */
};

/* How the store runs its operations. */
enum bs_kind {
	BS_INLINE,   /* never sleeps: run where it was submitted */
	BS_BLOCKING, /* may sleep: .try first, then on an I/O thread */
	BS_ASYNC,    /* .submit starts it, bs_io_complete() ends it */
};

enum bs_extent_kind {
	BS_EXTENT_DATA,
	BS_EXTENT_HOLE, /* not allocated; reads as zero if discard_zeroes */
	BS_EXTENT_ZERO, /* allocated, reads as zero */
};

struct bs_extent {
	uint64_t offset, length; /* bytes */
	enum bs_extent_kind kind;
};

/* Whether a store that is open can serve at the moment. */
enum bs_state {
	BS_SERVES,
	BS_RETURNS, /* no, but it will by itself */
	BS_LOST,    /* not until it is opened again */
};

struct backstore;
struct bs_journal;

/*
 * One operation.  The submitter owns it, fills the upper half, and leaves all
 * of it and the memory behind iov alone until done() has been called.
 */
struct bs_io {
	enum bs_op op;
	unsigned flags;          /* enum bs_io_flag */
	uint64_t offset, length; /* bytes, block-aligned by the caller */
	struct iovec *iov; /* READ, WRITE: sums up to length; not modified */
	int iovcnt;
	struct bs_extent *extents; /* MAP: room for max_extents */
	int max_extents;
	struct backstore *from; /* CLONE: what to share; stays open meanwhile */
	uint64_t from_offset;   /* CLONE */
	/*
	 * Called exactly once, on home's thread, perhaps before
	 * backstore_submit() returns.  error is 0 or a negative errno.
	 */
	void (*done)(struct bs_io *io, int error);
	struct home *home;

	/*
	 * For the submitter in done(): MAP only, how many were filled.  They
	 * are dense from offset on; the last may end before offset + length.
	 */
	int extents_found;

	/* Private to the core and to whoever runs the operation. */
	struct backstore *bs;
	struct job job;
	int error;
	struct bs_io *next;
	enum bs_op then; /* second step of an emulation, BS_OPS for none */
};

/* What open found out.  READ CAPACITY (16), VPD B0 B1 B2 come from this. */
struct bs_info {
	uint64_t size_bytes;
	uint32_t min_block_bytes; /* offsets and lengths must be a multiple */
	uint32_t physical_block_bytes; /* smallest write that reads nothing */
	uint32_t optimal_io_bytes;     /* 0: no preference */
	uint32_t discard_granularity;  /* bytes; 0: cannot discard */
	uint64_t max_discard_bytes;    /* 0: no limit */
	/* A BS_ATOMIC write of up to so many bytes is found whole or not at all
	 * after it failed and after a loss of power; 0: that is not promised.
	 * Its offset and length are multiples of the unit; 0: any will do. */
	uint32_t atomic_write_bytes, atomic_write_unit;
	bool thin;            /* writes may find no space, unless it is full */
	bool copies_on_write; /* and even then */
	bool discard_zeroes;  /* discarded ranges read as zero */
	bool read_only;
	bool volatile_cache; /* done() of a WRITE does not mean durable */
	bool rotational;
	bool maps;   /* BS_MAP tells holes from data */
	bool sleeps; /* fd: even io_uring may sleep while it starts I/O */
	/* Of what this is a snapshot or clone, for people; "": not known. */
	char origin[64];
	char pool[128]; /* lv: a thin one's; "" else */
};

/* A file system or pool that gives a store its space. */
struct bs_pool {
	uint64_t size, available; /* bytes */
};

/* What to open.  Strings belong to the caller and may go after open. */
struct bs_config {
	const char *type;          /* "file", "block", "ram", "null" */
	const char *path;          /* file, block */
	uint64_t size;             /* bytes; 0: what is there */
	const char *owner, *group; /* file: to be; NULL: as it is */
	unsigned mode;             /* file: to be; 0: as it is */
	bool full;                 /* file: reserve every block */
	bool direct;               /* bypass the page cache */
	bool read_only;
	uint32_t block_size;     /* the LU's logical block, 512 or 4096 */
	uint32_t physical_block; /* to tell; 0: what the store finds out */
	const char *pool;        /* lv: of thin volumes; NULL: not thin */
	const char *conf; /* rbd: Ceph's file; NULL: where it usually is */
	const char *user; /* rbd: NULL: admin */
	const char *name_space; /* rbd: of the pool; NULL: none */
	unsigned stripes;       /* lv: when it is created; 0: one */
};

struct bs_ops {
	const char *name;
	enum bs_kind kind;
	/*
	 * May block or hang: never on a worker.  Fill bs->info and bs->priv.
	 * 0 or -errno, with why (a sentence for the admin) filled on failure.
	 */
	int (*open)(struct backstore *bs, const struct bs_config *config,
	    char *why, size_t why_size);
	void (*close)(struct backstore *bs);
	/* May block.  Grow to bytes, keeping the allocation policy. */
	int (*resize)(struct backstore *bs, uint64_t bytes);
	/* May block.  Ask the store for its size now (somebody may have grown
	 * or shrunk it).  NULL: it never changes behind our back. */
	int (*refresh)(struct backstore *bs, uint64_t *size_bytes);
	/* May block.  Optional: 0 when the data are still where they were
	 * opened; -ENOENT: nothing is; -ESTALE: something else is. */
	int (*look)(struct backstore *bs);
	/* Optional: be full (nothing gives blocks back from now on) or sparse.
	 * No operation that changes data is under way. */
	void (*set_full)(struct backstore *bs, bool full);
	/* Bytes allocated now; NULL: as many as the size. */
	int (*allocated)(struct backstore *bs, uint64_t *bytes);
	/* May block.  Where its space comes from; NULL: nobody knows. */
	int (*pool)(struct backstore *bs, struct bs_pool *pool);
	/* Optional, see backstore_reserve(). */
	int (*reserve)(struct backstore *bs, uint64_t bytes, uint64_t *kept);

	/*
	 * INLINE, BLOCKING: do all of it, 0 or -errno.  A NULL one is emulated
	 * or refused with -EOPNOTSUPP by the core:
	 * flush: nothing to do.  write_zeroes: written from a zero buffer.
	 * discard: -EOPNOTSUPP.  map: one BS_EXTENT_DATA over the range.
	 */
	int (*read)(struct backstore *bs, struct bs_io *io);
	int (*write)(struct backstore *bs, struct bs_io *io);
	int (*flush)(struct backstore *bs, struct bs_io *io);
	int (*discard)(struct backstore *bs, struct bs_io *io);
	int (*write_zeroes)(struct backstore *bs, struct bs_io *io);
	int (*map)(struct backstore *bs, struct bs_io *io);
	/*
	 * Optional: share blocks with from, a store of the same ops for which
	 * can_clone is true.  -EOPNOTSUPP: not these ranges, or not between
	 * these two, and nothing has changed.
	 */
	bool (*can_clone)(
	    const struct backstore *bs, const struct backstore *from);
	int (*clone)(struct backstore *bs, struct bs_io *io);
	/*
	 * write (of an ASYNC store: write_zeroes too) honours BS_FUA; else the
	 * core adds a flush.
	 */
	bool fua;
	/*
	 * INLINE, optional: a READ that starts at offset is about to be
	 * submitted, unless something comes in between.  See backstore_hint().
	 */
	void (*hint)(const struct backstore *bs, uint64_t offset);
	/*
	 * BLOCKING, optional: all of it without sleeping, or -EAGAIN and
	 * nothing that a later full run would do wrong.
	 */
	int (*try)(struct backstore *bs, struct bs_io *io);
	/*
	 * BLOCKING, optional: a descriptor on which READ and WRITE mean preadv2
	 * and pwritev2 (RWF_DSYNC for FUA) at the same offset, and FLUSH means
	 * fdatasync, so that an executor may use io_uring.  -1: use run.
	 */
	int (*fd)(struct backstore *bs);
	/* ASYNC: start it; bs_io_complete() from any thread. */
	void (*submit)(struct backstore *bs, struct bs_io *io);
};

/*
 * Where BLOCKING stores run.  run() takes io and calls bs_io_run() on a thread
 * that may sleep (or does the same by other means and calls bs_io_complete()).
 * gather() may be NULL; it is asked before the store's own try(): true when it
 * has taken io because that is cheaper done together with others of the turn.
 */
struct bs_executor {
	bool (*gather)(struct bs_executor *executor, struct bs_io *io);
	void (*run)(struct bs_executor *executor, struct bs_io *io);
};

struct bs_flight {
	char apart[SHARE_APART];
	/* Low half: operations that have not ended.  High half: how many have.
	 */
	_Atomic uint64_t n;
};

struct backstore {
	const struct bs_ops *ops;
	struct bs_info info;     /* constant after open */
	_Atomic uint64_t size;   /* bytes, the truth of the moment */
	_Atomic bool full;       /* every block is reserved: no discard */
	_Atomic bool reserved;   /* see backstore_reserve() */
	_Atomic int flush_error; /* first failed flush, kept until reopened */
	_Atomic int state;       /* enum bs_state */
	struct bs_executor *executor; /* of BLOCKING stores; set before I/O */
	struct bs_journal *journal; /* see journal.h; set before I/O; or NULL */
	void *priv;                 /* of the ops */
	char *name;                 /* path or type, for log lines */

	/* Private to the core. */
	struct bs_flight flight[SHARES]; /* by the home of the operation */
	pthread_mutex_t flush_mutex;
	bool flushing;               /* flush_mutex: a flush is at the store */
	struct bs_io *flush_riders;  /* flush_mutex: end with the running one */
	struct bs_io *flush_waiting; /* flush_mutex: came while it runs */
};

/*
 * Must the store itself make it durable?  Where room is set aside the core adds
 * a flush: so a write that finds no room is told from a sync that lost an older
 * one, and may be tried again.
 */
static inline bool
bs_io_syncs(const struct bs_io *io)
{
	return (io->flags & BS_FUA) != 0 && io->then != BS_FLUSH;
}

/* Is a write of that place one for which bs_info promises it? */
static inline bool
bs_io_may_be_atomic(const struct bs_io *io, const struct bs_info *info)
{
	uint32_t unit = info->atomic_write_unit;

	return io->length <= info->atomic_write_bytes &&
	       (unit == 0 ||
		   (io->offset % unit == 0 && io->length % unit == 0));
}

/* NULL when there is no store of that name. */
const struct bs_ops *bs_ops_find(const char *type);
/* The name of the nth store of this build; NULL behind the last. */
const char *bs_store_name(unsigned n);

/*
 * May block: never on a worker.  0 and *out, which backstore_close() frees; or
 * -errno, with a sentence in why.
 */
int backstore_open(const struct bs_config *config, struct backstore **out,
    char *why, size_t why_size);
/* The same for a store that is not in the registry; config->type is ignored. */
int backstore_open_ops(const struct bs_ops *ops, const struct bs_config *config,
    struct backstore **out, char *why, size_t why_size);
/* What stands for one that has not opened yet: BS_RETURNS.  0 or -errno. */
int backstore_open_absent(const struct bs_config *config,
    struct backstore **out, char *why, size_t why_size);
/* It will not: BS_LOST. */
void backstore_give_up(struct backstore *bs, const char *why);
/* May block.  Nothing may be in flight. */
void backstore_close(struct backstore *bs);
/* May block.  0 or -errno; shrinking is -EINVAL. */
int backstore_resize(struct backstore *bs, uint64_t bytes);
/* May block.  Re-read the size from the store; 0 or -errno. */
int backstore_refresh(struct backstore *bs);
/* May block.  0 or -errno. */
int backstore_allocated(struct backstore *bs, uint64_t *bytes);
/* May block.  0 or -errno; -EOPNOTSUPP: nobody knows. */
int backstore_pool(struct backstore *bs, struct bs_pool *pool);
/*
 * May block.  From now on the store can have so many bytes allocated whatever
 * others write: what it lacks to that is set aside, and given up by writes that
 * find no other room.  Called again, it follows what was allocated and freed
 * meanwhile.  0: nothing is set aside any more.  *kept: bytes that are.  0; or
 * -errno, and what can be had is set aside: -ENOSPC, -EDQUOT.
 */
int backstore_reserve(struct backstore *bs, uint64_t bytes, uint64_t *kept);

/* An operation found no room. */
static inline bool
backstore_is_no_room(int error)
{
	return error == -ENOSPC || error == -EDQUOT || error == -EFBIG;
}

/* Of memory or descriptors: it passes. */
static inline bool
backstore_is_shortage(int error)
{
	return error == -ENOMEM || error == -EMFILE || error == -ENFILE;
}

/* Any thread. */
static inline enum bs_state
backstore_state(const struct backstore *bs)
{
	return (enum bs_state)atomic_load_explicit(
	    &bs->state, memory_order_relaxed);
}

static inline uint64_t
backstore_size(const struct backstore *bs)
{
	return atomic_load_explicit(&bs->size, memory_order_relaxed);
}

/* Can it discard, is it thin, does it tell holes from data?  Any thread;
 * changes when a file is converted between sparse and full. */
static inline bool
backstore_discards(const struct backstore *bs)
{
	return bs->info.discard_granularity != 0 &&
	       !atomic_load_explicit(&bs->full, memory_order_relaxed);
}

static inline bool
backstore_is_thin(const struct backstore *bs)
{
	return bs->info.thin &&
	       (bs->info.copies_on_write ||
		   !atomic_load_explicit(&bs->full, memory_order_relaxed));
}

static inline bool
backstore_maps(const struct backstore *bs)
{
	return bs->info.maps &&
	       !atomic_load_explicit(&bs->full, memory_order_relaxed);
}

/* Operations that were submitted and have not ended.  Any thread. */
uint32_t backstore_in_flight(const struct backstore *bs);
/* How many have ended, modulo 2^32.  Any thread. */
uint32_t backstore_ended(const struct backstore *bs);

/*
 * May BS_CLONE from that store be tried?  It may still end with -EOPNOTSUPP,
 * which says that nothing has changed; then read and write.
 */
bool backstore_can_clone(
    const struct backstore *bs, const struct backstore *from);

/*
 * Submit io on its home's thread.  Ends by io->done(); there is no other
 * answer.  Before the store sees it, it ends with -EINVAL when its range is
 * beyond the size or not a multiple of min_block_bytes, -EROFS when it would
 * change a read_only store, -EOPNOTSUPP for what the store cannot do; of a
 * store that does not serve, -ENOTCONN when it will and -ESHUTDOWN when not.
 *
 * One flush is at the store at a time; those that come meanwhile share the
 * next.  After a FLUSH, or the sync of a FUA write, has failed, every later
 * FLUSH and FUA ends with that error.  A FUA write for which there is no room
 * (-ENOSPC, -EDQUOT, -EFBIG) is no such failure, nor is a shortage that passes
 * (-ENOMEM, -EAGAIN: nothing was done, and it may be tried again).
 */
void backstore_submit(struct backstore *bs, struct bs_io *io);

/*
 * A READ from offset on will probably be next: have its first bytes on their
 * way to the processor's cache.  Changes nothing, whatever comes instead.
 */
static inline void
backstore_hint(const struct backstore *bs, uint64_t offset)
{
	if (bs->ops->hint != NULL && offset < backstore_size(bs))
		bs->ops->hint(bs, offset);
}

/* For executors: run it to its end here, sleeping as needed; completes it. */
void bs_io_run(struct bs_io *io);
/* For executors and ASYNC stores: it has ended.  Any thread. */
void bs_io_complete(struct bs_io *io, int error);

#endif
