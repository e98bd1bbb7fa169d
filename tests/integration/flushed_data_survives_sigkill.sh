#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
. "$(dirname "$0")/lib.sh"
need qemu-io
target_with_lun "file @DIR@/disk.img; size 64M"
check "write and flush" -- qemu-io -f raw -c 'write -P 0x5a 1M 8M' -c flush \
	-c 'write -f -P 0xa5 20M 1M' "$LUN"
target_stop KILL
target_run
check "both are there" -- qemu-io -f raw -c 'read -P 0x5a 1M 8M' \
	-c 'read -P 0xa5 20M 1M' "$LUN"
