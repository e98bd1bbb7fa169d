#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A libiscsi client that demands CRC32C header digests reads what it wrote.
. "$(dirname "$0")/lib.sh"
need qemu-io
target_with_lun "file @DIR@/disk.img; size 32M"
check "write and read" -- qemu-io --image-opts -c 'write -P 9 0 8M' -c 'read -P 9 0 8M' "driver=raw,file.driver=iscsi,file.transport=tcp,file.portal=127.0.0.1:$PORT,file.target=$IQN,file.lun=0,file.header-digest=crc32c"
