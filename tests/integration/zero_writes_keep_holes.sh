#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
. "$(dirname "$0")/lib.sh"
need qemu-io
target_with_lun "file @DIR@/disk.img; size 64M"
check "write zeroes" -- qemu-io -d unmap -f raw -c 'write -z -u 0 32M' -c flush "$LUN"
[ "$(allocated "$DIR/disk.img")" -lt 1048576 ] || fail "zeroes were allocated"
