/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tcmu/symbols.c - the functions that modules expect their host to have.
 *
 * Those of the modules that are served, qcow and rbd, and some that others use.
 * A module that wants one that is not here does not load.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/bytes.h"
#include "tcmu/symbols.h"

/* ---- the device ---- */

void *
tcmur_dev_get_private(struct tcmu_device *d)
{
	return d->private;
}

void
tcmur_dev_set_private(struct tcmu_device *d, void *private)
{
	d->private = private;
}

/* The runner's own device, of which rbd reads counters for a status text. */
void *
tcmu_dev_get_private(struct tcmu_device *d)
{
	static uint64_t zeroes[128];

	return zeroes;
}

char *
tcmu_dev_get_cfgstring(struct tcmu_device *d)
{
	return d->config;
}

uint32_t
tcmu_dev_get_block_size(struct tcmu_device *d)
{
	return HOST_BLOCK;
}

uint64_t
tcmu_dev_get_num_lbas(struct tcmu_device *d)
{
	return d->size / HOST_BLOCK;
}

uint64_t
tcmu_cfgfs_dev_get_info_u64(struct tcmu_device *d, const char *name, int *error)
{
	*error = strcmp(name, "Size") == 0 ? 0 : -1;
	return *error == 0 ? d->size : 0;
}

void
tcmu_dev_set_write_cache_enabled(struct tcmu_device *d, bool enabled)
{
	d->write_cache = enabled;
}

void
tcmu_dev_set_max_unmap_len(struct tcmu_device *d, uint32_t blocks)
{
	d->unmap_blocks_max = blocks;
}

void
tcmu_dev_set_opt_unmap_gran(struct tcmu_device *d, uint32_t blocks, bool split)
{
	d->unmap_granularity = blocks;
}

void
tcmu_dev_set_unmap_gran_align(struct tcmu_device *d, uint32_t blocks)
{
}

void
tcmu_dev_set_opt_xcopy_rw_len(struct tcmu_device *d, uint32_t blocks)
{
}

void
tcmu_dev_set_solid_state_media(struct tcmu_device *d, bool is)
{
}

/* ---- vectors, which are used up ---- */

size_t
tcmu_iovec_length(struct iovec *iov, size_t count)
{
	size_t sum = 0;

	while (count-- > 0)
		sum += iov++->iov_len;
	return sum;
}

/* How many of them are behind us. */
size_t
tcmu_iovec_seek(struct iovec *iov, size_t bytes)
{
	size_t n, passed = 0;

	while (bytes > 0) {
		n = min_u64(bytes, iov->iov_len);
		iov->iov_base = (char *)iov->iov_base + n;
		iov->iov_len -= n;
		bytes -= n;
		if (iov->iov_len > 0)
			break;
		iov++;
		passed++;
	}
	return passed;
}

static size_t
iovec_copy(struct iovec *iov, size_t count, char *data, size_t bytes, bool in)
{
	size_t n, done = 0;

	for (; count > 0 && done < bytes; count--, iov++) {
		n = min_u64(bytes - done, iov->iov_len);
		if (n > 0)
			memcpy(in ? iov->iov_base : data + done,
			    in ? data + done : iov->iov_base, n);
		iov->iov_base = (char *)iov->iov_base + n;
		iov->iov_len -= n;
		done += n;
	}
	return done;
}

size_t
tcmu_memcpy_into_iovec(
    struct iovec *iov, size_t count, void *data, size_t bytes)
{
	return iovec_copy(iov, count, data, bytes, true);
}

size_t
tcmu_memcpy_from_iovec(
    void *data, size_t bytes, struct iovec *iov, size_t count)
{
	return iovec_copy(iov, count, data, bytes, false);
}

/* ---- what it says ---- */

static void
module_says(const char *level, const char *fmt, va_list args)
{
	char text[TCMU_TEXT_MAX];

	vsnprintf(text, sizeof(text), fmt, args);
	say_text(TCMU_SAYS, 0, "%s: %s", level, text);
}

#define MODULE_SAYS(name, level)                                               \
	void name(struct tcmu_device *d, const char *function, int line,       \
	    const char *fmt, ...)                                              \
	{                                                                      \
		va_list args;                                                  \
                                                                               \
		va_start(args, fmt);                                           \
		module_says(level, fmt, args);                                 \
		va_end(args);                                                  \
	}

MODULE_SAYS(tcmu_crit_message, "critical")
MODULE_SAYS(tcmu_err_message, "error")
MODULE_SAYS(tcmu_warn_message, "warning")

/* For the ears of developers. */
void
tcmu_info_message(
    struct tcmu_device *d, const char *function, int line, const char *fmt, ...)
{
}

void
tcmu_dbg_message(
    struct tcmu_device *d, const char *function, int line, const char *fmt, ...)
{
}

/* ---- what happens to it ---- */

/* Another has the image's lock, and may write. */
void
tcmu_notify_lock_lost(struct tcmu_device *d)
{
	say_text(TCMU_LOST, 0, "another client has taken the image's lock");
	_exit(1);
}

void
tcmu_notify_conn_lost(struct tcmu_device *d)
{
	say_text(TCMU_SAYS, 0, "the module has lost its connection");
}

void
tcmu_notify_cmd_timed_out(struct tcmu_device *d)
{
	say_text(TCMU_SAYS, 0, "a command of the module's has timed out");
}

/* Only of comparing and writing, which is not asked of modules. */
void
tcmu_sense_set_info(uint8_t *sense, uint32_t info)
{
}
