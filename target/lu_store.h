/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * target/lu_store.h - where something of a logical unit outlives a power loss:
 * its reservations (APTPL, SPC-4 5.13.5), its settings (settings.h).
 *
 * What is kept is a text that only target/ understands.  The shell keeps it,
 * off the threads that serve.
 */
#ifndef TARGET_LU_STORE_H
#define TARGET_LU_STORE_H

#include <stddef.h>

#include "backstores/backstore.h"
#include "common/home.h"
#include "target/sense.h"

/* One replacement of what is kept.  The submitter leaves it and the text alone
 * until done() has been called. */
struct lu_save {
	const char *text;
	size_t bytes; /* 0: nothing is to be kept any more */
	struct home *home;
	/*
	 * Once, on home's thread, perhaps before save() returns.  error is 0,
	 * and the text will be read at the next start whatever happens; or a
	 * negative errno, and it will be this text or the one before.
	 */
	void (*done)(struct lu_save *save, int error);

	/* Private to the store. */
	struct lu_store *store;
	struct job job;
	int error;
};

struct lu_store {
	/* On save->home's thread.  One save of a store at a time. */
	void (*save)(struct lu_store *store, struct lu_save *save);
};

/* Have the text kept.  home is the one that we are on. */
static inline void
lu_store_save(struct lu_store *store, struct lu_save *save, struct home *home,
    const char *text, size_t bytes,
    void (*done)(struct lu_save *save, int error))
{
	*save = (struct lu_save){
		.text = text,
		.bytes = bytes,
		.home = home,
		.done = done,
		.store = store,
	};
	store->save(store, save);
}

/* What a command ends with whose change could not be kept: a shortage of memory
 * or descriptors passes. */
static inline struct outcome
lu_store_refusal(int error)
{
	return backstore_is_shortage(error) ? BUSY : INTERNAL_TARGET_FAILURE;
}

/*
 * Reading a text: the line at p, without its newline, in line, which has size
 * bytes.  Where the next one begins; NULL: it does not end before end, does not
 * fit, or has a NUL in it.
 */
const char *lu_store_line(
    const char *p, const char *end, char *line, size_t size);

#endif
