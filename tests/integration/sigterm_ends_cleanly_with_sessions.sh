#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# SIGTERM under load: exit status 0, and what was flushed is in the file.
. "$(dirname "$0")/lib.sh"
need qemu-img
target_with_lun "file @DIR@/disk.img; size 64M"
qemu-img bench -f raw -w -c 1000000 -d 16 -s 4096 -t none "$LUN" >/dev/null 2>&1 &
load=$!
children+=("$load")
sleep 1
start=$SECONDS
target_stop TERM
[ "$status" -eq 0 ] || fail "exit status $status"
[ $((SECONDS - start)) -le $((30 * ${TEST_SLOWDOWN:-1})) ] || fail "it took $((SECONDS - start)) s"
