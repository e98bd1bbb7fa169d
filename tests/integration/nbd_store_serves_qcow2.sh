#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A qcow2 image behind qemu-nbd is a LUN: data, discard, and a restarted server.
. "$(dirname "$0")/lib.sh"
need qemu-img qemu-io qemu-nbd
grep -q nbd <<<"$("$TISANED" --version)" || skip "built without libnbd"

nbd_start()
{
	qemu-nbd -f qcow2 --discard=unmap --persistent --shared=0 -k "$DIR/nbd.sock" \
		"$DIR/disk.qcow2" &
	nbd=$!
	children+=("$nbd")
	wait_for 20 test -S "$DIR/nbd.sock" || fail "qemu-nbd does not listen"
}

qemu-img create -q -f qcow2 "$DIR/disk.qcow2" 64M
nbd_start
target_with_lun "nbd \"nbd+unix:///?socket=@DIR@/nbd.sock\""
head -c 8M /dev/urandom >"$DIR/data"
truncate -s 64M "$DIR/data"
check "convert" -- qemu-img convert -t writeback -n -f raw -O raw "$DIR/data" "$LUN"
check "compare" -- qemu-img compare -f raw -F raw "$DIR/data" "$LUN"

kill -KILL "$nbd"
wait "$nbd" 2>/dev/null || true
rm -f "$DIR/nbd.sock"
nbd_start
check "the same after the server's restart" -- \
	qemu-img compare -f raw -F raw "$DIR/data" "$LUN"
check "discard" -- qemu-io -d unmap -f raw -c 'discard 0 8M' -c 'read -P 0 0 8M' "$LUN"
target_stop TERM
[ "$status" -eq 0 ] || fail "exit status $status"
kill "$nbd"
wait "$nbd" 2>/dev/null || true
qemu-img map --output=json "$DIR/disk.qcow2" | python3 -c '
import json, sys
data = sum(e["length"] for e in json.load(sys.stdin) if e["data"])
sys.exit(data > 1 << 20)' || fail "the discard did not reach the image"
