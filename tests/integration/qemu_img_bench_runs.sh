#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
. "$(dirname "$0")/lib.sh"
need qemu-img
target_with_lun "file @DIR@/disk.img; size 64M"
check "write bench" -- qemu-img bench -f raw -w -c 5000 -d 32 -s 4096 -t none "$LUN"
check "read bench" -- qemu-img bench -f raw -c 5000 -d 32 -s 65536 -t none "$LUN"
check "flush bench" -- qemu-img bench -f raw -w -c 500 -d 8 --flush-interval 8 -t none "$LUN"
