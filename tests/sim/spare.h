/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/sim/spare.h - memory that is kept for the next run: for
 * AddressSanitizer it is as good as freed meanwhile.
 */
#ifndef TESTS_SIM_SPARE_H
#define TESTS_SIM_SPARE_H

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(at, bytes)   ((void)(at), (void)(bytes))
#define ASAN_UNPOISON_MEMORY_REGION(at, bytes) ((void)(at), (void)(bytes))
#endif

#endif
