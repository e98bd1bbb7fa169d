/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tcmu/symbols.h - the functions that modules expect their host to have.
 *
 * Lengths are in blocks of HOST_BLOCK, where they are not called bytes.
 */
#ifndef TCMU_SYMBOLS_H
#define TCMU_SYMBOLS_H

#include "tcmu/host.h"

int tcmur_register_handler(struct abi_handler *handler);
void tcmur_cmd_complete(struct tcmu_device *d, void *cmd, int status);

void *tcmur_dev_get_private(struct tcmu_device *d);
void tcmur_dev_set_private(struct tcmu_device *d, void *private);
void *tcmu_dev_get_private(struct tcmu_device *d);
char *tcmu_dev_get_cfgstring(struct tcmu_device *d);
uint32_t tcmu_dev_get_block_size(struct tcmu_device *d);
uint64_t tcmu_dev_get_num_lbas(struct tcmu_device *d);
uint64_t tcmu_cfgfs_dev_get_info_u64(
    struct tcmu_device *d, const char *name, int *error);
void tcmu_dev_set_write_cache_enabled(struct tcmu_device *d, bool enabled);
void tcmu_dev_set_max_unmap_len(struct tcmu_device *d, uint32_t blocks);
void tcmu_dev_set_opt_unmap_gran(
    struct tcmu_device *d, uint32_t blocks, bool split);
void tcmu_dev_set_unmap_gran_align(struct tcmu_device *d, uint32_t blocks);
void tcmu_dev_set_opt_xcopy_rw_len(struct tcmu_device *d, uint32_t blocks);
void tcmu_dev_set_solid_state_media(struct tcmu_device *d, bool is);

size_t tcmu_iovec_length(struct iovec *iov, size_t count);
size_t tcmu_iovec_seek(struct iovec *iov, size_t bytes);
size_t tcmu_memcpy_into_iovec(
    struct iovec *iov, size_t count, void *data, size_t bytes);
size_t tcmu_memcpy_from_iovec(
    void *data, size_t bytes, struct iovec *iov, size_t count);

#define MODULE_LOG(name)                                                       \
	void name(struct tcmu_device *d, const char *function, int line,       \
	    const char *fmt, ...) __attribute__((format(printf, 4, 5)))

MODULE_LOG(tcmu_crit_message);
MODULE_LOG(tcmu_err_message);
MODULE_LOG(tcmu_warn_message);
MODULE_LOG(tcmu_info_message);
MODULE_LOG(tcmu_dbg_message);

#undef MODULE_LOG

void tcmu_notify_lock_lost(struct tcmu_device *d);
void tcmu_notify_conn_lost(struct tcmu_device *d);
void tcmu_notify_cmd_timed_out(struct tcmu_device *d);
void tcmu_sense_set_info(uint8_t *sense, uint32_t info);

#endif
