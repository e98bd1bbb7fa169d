#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
. "$(dirname "$0")/lib.sh"
need qemu-io
target_with_lun "file @DIR@/disk.img; size 64M"
check "write" -- qemu-io -f raw -c 'write -P 7 0 32M' -c flush "$LUN"
[ "$(allocated "$DIR/disk.img")" -ge 33554432 ] || fail "not allocated after the write"
check "discard" -- qemu-io -d unmap -f raw -c 'discard 0 32M' -c flush "$LUN"
[ "$(allocated "$DIR/disk.img")" -lt 1048576 ] || fail "space was not given back"
check "reads as zero" -- qemu-io -f raw -c 'read -P 0 0 32M' "$LUN"
