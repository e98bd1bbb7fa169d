#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A loop device stands in for a disk.
. "$(dirname "$0")/lib.sh"
need qemu-img losetup
need_root "makes a loop device"
truncate -s 64M "$DIR/backing"
dev=$(losetup -f --show "$DIR/backing") || skip "no loop devices"
cleanups+=("losetup -d $dev")
target_with_lun "block $dev"
head -c 8M /dev/urandom >"$DIR/data"
truncate -s 64M "$DIR/data"
check "convert" -- qemu-img convert -n -f raw -O raw "$DIR/data" "$LUN"
check "compare" -- qemu-img compare -f raw -F raw "$DIR/data" "$LUN"
target_stop TERM
check "the device has the data" -- cmp "$DIR/data" "$dev"
