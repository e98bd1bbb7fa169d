/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * common/clock.h - the monotonic clock, for the shell and for threads without
 * a home (common/home.h).
 */
#ifndef COMMON_CLOCK_H
#define COMMON_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline uint64_t
clock_now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static inline uint64_t
clock_now_ms(void)
{
	return clock_now_us() / 1000;
}

#endif
