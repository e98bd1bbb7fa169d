/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * backstores/stores.h - what the core and the stores share among themselves.
 */
#ifndef BACKSTORES_STORES_H
#define BACKSTORES_STORES_H

#include "backstores/backstore.h"

extern const struct bs_ops bs_file_ops, bs_block_ops, bs_ram_ops, bs_null_ops,
    bs_lv_ops, bs_tcmu_ops;
#ifdef HAVE_NBD
extern const struct bs_ops bs_nbd_ops;
#endif

#ifdef HAVE_RBD
extern const struct bs_ops bs_rbd_ops;
#endif

/*
 * Any thread: what the store can do from now on; a change is one line of the
 * log, with why.  BS_LOST stays.
 */
void bs_set_state(struct backstore *bs, enum bs_state state, const char *why);

/* A flush that is not an operation, on a thread that may sleep: false when
 * another is at the store.  0 or -errno, which is remembered. */
bool bs_flush_begin(struct backstore *bs);
int bs_flush_run(struct backstore *bs);
void bs_flush_end(struct backstore *bs);

/* MAP of a store that does not know its holes: all of the range is data. */
void bs_map_as_data(struct bs_io *io);

/*
 * Fill why with a sentence (%m is the text of error, a positive errno) and
 * return -error, so that an open can end with `return bs_refuse(...)`.
 */
int bs_refuse(char *why, size_t why_size, int error, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

#endif
