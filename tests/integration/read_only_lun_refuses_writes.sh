#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
. "$(dirname "$0")/lib.sh"
need qemu-io iscsi-inq
truncate -s 16M "$DIR/disk.img"
chmod 444 "$DIR/disk.img"
target_with_lun "file @DIR@/disk.img; read-only yes"
check "reads" -- qemu-io -r -f raw -c 'read -P 0 0 4k' "$LUN"
refute "an open for writing" -- qemu-io -f raw -c 'write 0 4k' "$LUN"
