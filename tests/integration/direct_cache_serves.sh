#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
. "$(dirname "$0")/lib.sh"
need qemu-img
target_with_lun "file @DIR@/disk.img; size 32M; cache direct"
head -c 8M /dev/urandom >"$DIR/data"
truncate -s 32M "$DIR/data"
check "convert" -- qemu-img convert -n -f raw -O raw "$DIR/data" "$LUN"
check "compare" -- qemu-img compare -f raw -F raw "$DIR/data" "$LUN"
