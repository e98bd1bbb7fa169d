#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The demo's printed qemu-img line works as it stands.
. "$(dirname "$0")/lib.sh"
need qemu-img

PORT=$(free_port)
"$TISANED" --demo "$DIR/demo" --listen "127.0.0.1:$PORT" \
	>"$DIR/out" 2>"$LOG" &
PID=$!
wait_for 20 port_open || fail "the demo does not listen"
wait_for 20 grep -q virsh "$DIR/out" || fail "no virsh line: $(cat "$DIR/out")"
for tool in qemu-img qemu-system-x86_64 iscsiadm virsh; do
	grep -q "$tool" "$DIR/out" || fail "no $tool line: $(cat "$DIR/out")"
done
line=$(grep -o 'qemu-img info .*' "$DIR/out" | head -1)
out=$(eval "$line") || fail "$line failed"
grep -q '1 GiB' <<<"$out" || fail "not 1 GiB: $out"
[ "$(allocated "$DIR/demo/demo.img")" -lt 1048576 ] || fail "demo.img is not sparse"
target_stop TERM
[ "$status" -eq 0 ] || fail "exit status $status"
