#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A real image goes to the LUN and back unchanged, and the file stays sparse.
. "$(dirname "$0")/lib.sh"
need qemu-img mke2fs

truncate -s 256M "$DIR/image"
mke2fs -q -t ext4 -d /etc "$DIR/image" 2>/dev/null
target_with_lun "file @DIR@/disk.img; size 256M"
check "convert to the LUN" -- qemu-img convert -n -f raw -O raw "$DIR/image" "$LUN"
check "compare" -- qemu-img compare -f raw -F raw "$DIR/image" "$LUN"
check "convert back" -- qemu-img convert -f raw -O raw "$LUN" "$DIR/back"
check "the same bytes" -- cmp "$DIR/image" "$DIR/back"
image=$(allocated "$DIR/image") disk=$(allocated "$DIR/disk.img")
[ "$disk" -lt $((image + 8 * 1048576)) ] ||
	fail "the image has $image bytes allocated, the LUN's file $disk"
