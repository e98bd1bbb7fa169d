#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A full file system is ENOSPC to the guest; room makes it work again.
. "$(dirname "$0")/lib.sh"
need qemu-io
need_root "mounts a tmpfs"
mkdir "$DIR/small"
mount -t tmpfs -o size=8m tmpfs "$DIR/small"
cleanups+=("umount '$DIR/small'")
target_with_lun "file @DIR@/small/disk.img; size 64M"
out=$(qemu-io -f raw -c 'write 0 32M' "$LUN" 2>&1) || true
grep -q 'No space left' <<<"$out" || fail "QEMU says: $out"
check "what is written stays readable" -- qemu-io -f raw -c 'read 0 1M' "$LUN"
mount -o remount,size=64m "$DIR/small"
check "with room it works again" -- qemu-io -f raw -c 'write -P 3 0 32M' -c 'read -P 3 0 32M' "$LUN"
