/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * backstores/rbd_lib.c - librados and librbd, loaded when they are needed.
 */
#ifdef HAVE_RBD

#include <dlfcn.h>
#include <errno.h>
#include <string.h>

#include "backstores/rbd.h"

#define RBD_RADOS_NAME "librados.so.2"
#define RBD_NAME       "librbd.so.1"

static const char *const rbd_names[] = {
#define RBD_STRING(name) #name,
	RBD_SYMBOLS(RBD_STRING)
#undef RBD_STRING
};

#define RBD_COUNT (sizeof(rbd_names) / sizeof(rbd_names[0]))

static union {
	struct rbd_lib lib;
	void *symbols[RBD_COUNT]; /* the same in the same order */
} rbd_loaded;

_Static_assert(sizeof(struct rbd_lib) == sizeof(void *) * RBD_COUNT,
    "one pointer for each name");

/* Under the mutex.  NULL, or what is missing. */
static const char *
rbd_lib_find(void *rados, void *rbd)
{
	size_t i;
	void *from;

	for (i = 0; i < RBD_COUNT; i++) {
		from = strncmp(rbd_names[i], "rados_", 6) == 0 ? rados : rbd;
		rbd_loaded.symbols[i] = dlsym(from, rbd_names[i]);
		if (rbd_loaded.symbols[i] == NULL)
			return rbd_names[i];
	}
	return NULL;
}

/* Once loaded they stay: their threads do. */
const struct rbd_lib *
rbd_lib_load(char *why, size_t why_size)
{
	static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	static bool ready;
	void *rados, *rbd = NULL;
	const char *missing;

	pthread_mutex_lock(&mutex);
	if (!ready) {
		rados = dlopen(RBD_RADOS_NAME, RTLD_NOW | RTLD_LOCAL);
		if (rados != NULL)
			rbd = dlopen(RBD_NAME, RTLD_NOW | RTLD_LOCAL);
		missing = rbd != NULL ? rbd_lib_find(rados, rbd) : dlerror();
		if (missing != NULL)
			bs_refuse(why, why_size, ENOSYS,
			    "librbd cannot be used: %s", missing);
		ready = missing == NULL;
	}
	pthread_mutex_unlock(&mutex);
	return ready ? &rbd_loaded.lib : NULL;
}

#endif
