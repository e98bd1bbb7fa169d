/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/backstores/suites.c - the suites of backstores/.
 */
#include <stddef.h>

#include "tests/unit/unit.h"

extern const struct unit_suite core_suite, flush_suite, journal_suite,
    file_suite, block_suite, spare_suite, lock_suite, fault_suite, ram_suite;
/* contract.c: one suite per kind of store */
extern const struct unit_suite contract_null, contract_ram, contract_sparse,
    contract_full, contract_direct, contract_tmpfs, contract_block,
    contract_block_direct, contract_sparse_thread, contract_full_thread,
    contract_direct_thread, contract_block_thread, contract_nbd, contract_rbd,
    contract_tcmu, contract_tcmu_rbd;

extern const struct unit_suite nbd_suite, command_suite, lvm_suite, tcmu_suite,
    qcow_suite, rbd_suite, each_call_suite, file_new_suite;

const struct unit_suite *const unit_suites[] = {
	&core_suite,
	&flush_suite,
	&journal_suite,
	&contract_null,
	&contract_ram,
	&ram_suite,
	&contract_sparse,
	&contract_full,
	&contract_direct,
	&contract_tmpfs,
	&contract_block,
	&contract_block_direct,
	&contract_sparse_thread,
	&contract_full_thread,
	&contract_direct_thread,
	&contract_block_thread,
	&contract_nbd,
	&contract_rbd,
	&contract_tcmu,
	&contract_tcmu_rbd,
	&nbd_suite,
	&command_suite,
	&lvm_suite,
	&tcmu_suite,
	&qcow_suite,
	&rbd_suite,
	&each_call_suite,
	&file_new_suite,
	&file_suite,
	&spare_suite,
	&block_suite,
	&lock_suite,
	&fault_suite,
	NULL,
};
