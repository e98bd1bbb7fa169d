/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/hostile/fault.h - what the parts of the library to preload share.
 */
#ifndef TESTS_HOSTILE_FAULT_H
#define TESTS_HOSTILE_FAULT_H

#include <dlfcn.h>
#include <stdbool.h>

/* The call of that name that this one stands in front of. */
#define REAL(type, name, ...)                                                  \
	static type (*real)(__VA_ARGS__);                                      \
	if (real == NULL)                                                      \
	*(void **)&real = dlsym(RTLD_NEXT, name)

extern const char *fault_hang; /* FAULT_HANG, or NULL */
extern bool fault_short;       /* FAULT_ERRNO is "short" */

/* Is this call to fail?  errno is set then. */
bool fault_hits(const char *call);
/* Does I/O on it hang now? */
bool fault_hangs(int fd);

#endif
