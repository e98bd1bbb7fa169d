/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * backstores/bs_refuse.c - a store says why it does not open.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "backstores/stores.h"

int
bs_refuse(char *why, size_t why_size, int error, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	errno = error;
	vsnprintf(why, why_size, fmt, ap);
	va_end(ap);
	return -error;
}
