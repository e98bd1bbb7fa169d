/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * server/demo.h - a configuration to try, without a file.
 */
#ifndef SERVER_DEMO_H
#define SERVER_DEMO_H

#include <stddef.h>

struct demo {
	char *directory; /* absolute */
	char *address;   /* "127.0.0.1:3260" */
	char *text;      /* the configuration */
};

/*
 * Make directory when it is missing, and the configuration text.  0; or -errno
 * with a sentence in why.
 */
int demo_make(struct demo *d, const char *directory, const char *address,
    char *why, size_t why_size);
/* Tell on standard output how to use what is being served. */
void demo_print(const struct demo *d);
void demo_free(struct demo *d);

#endif
