#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# allocation full: the file's allocated size is its size, and a discard keeps it.
. "$(dirname "$0")/lib.sh"
need qemu-io
target_with_lun "file @DIR@/disk.img; size 64M; allocation full"
[ "$(allocated "$DIR/disk.img")" -ge 67108864 ] || fail "not reserved"
check "write zeroes" -- qemu-io -d unmap -f raw -c 'write -z -u 0 32M' -c flush "$LUN"
[ "$(allocated "$DIR/disk.img")" -ge 67108864 ] || fail "the reservation was given away"
