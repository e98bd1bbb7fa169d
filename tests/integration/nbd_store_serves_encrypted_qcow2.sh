#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# An encrypted qcow2 image behind qemu-storage-daemon is a LUN: the data are in
# no file as they were written, discard gives clusters back, and holes are known.
. "$(dirname "$0")/lib.sh"
need qemu-img qemu-io qemu-storage-daemon jq
grep -q nbd <<<"$("$TISANED" --version)" || skip "built without libnbd"
secret=(--object "secret,id=key,data=tisane-tisane")
image=driver=qcow2,encrypt.key-secret=key,file.driver=file,file.filename=$DIR/disk.qcow2

# How many rounds the key gets for its time is measured by qemu-img in CPU
# time, which some clocks tell so coarsely that it finds none spent, and gives
# up: its whim, and not what is tested.
create()
{
	local i out
	for ((i = 0; i < 20; i++)); do
		out=$(qemu-img create -q "${secret[@]}" -f qcow2 \
			-o encrypt.format=luks,encrypt.key-secret=key,encrypt.iter-time=10 \
			"$DIR/disk.qcow2" 64M 2>&1) && return 0
		grep -q "accurate CPU usage" <<<"$out" || break
	done
	fail "create: $out"
}
create
serve()
{
	qemu-storage-daemon "${secret[@]}" \
		--blockdev "driver=file,node-name=file,filename=$DIR/disk.qcow2,discard=unmap" \
		--blockdev driver=qcow2,node-name=disk,file=file,discard=unmap,encrypt.format=luks,encrypt.key-secret=key \
		--nbd-server "addr.type=unix,addr.path=$DIR/nbd.sock,max-connections=1" \
		--export type=nbd,id=disk,node-name=disk,name=vm,writable=on &
	server=$!
	children+=("$server")
	wait_for 20 test -S "$DIR/nbd.sock" || fail "qemu-storage-daemon does not listen"
}
serve
target_with_lun "nbd \"nbd+unix:///vm?socket=@DIR@/nbd.sock\""
head -c 8M < <(yes tisane-was-here) >"$DIR/data"
truncate -s 64M "$DIR/data"
check "convert" -- qemu-img convert -t writeback -n -f raw -O raw "$DIR/data" "$LUN"
check "compare" -- qemu-img compare -f raw -F raw "$DIR/data" "$LUN"
grep -q tisane-was-here "$DIR/disk.qcow2" && fail "the data can be read in the image"
[ "$(qemu-img map --output=json -f raw "$LUN" | jq '[.[] | select(.data) | .length] | add')" = $((8 << 20)) ] ||
	fail "holes: $(qemu-img map --output=json -f raw "$LUN")"
before=$(allocated "$DIR/disk.qcow2")
check "discard" -- qemu-io -f raw -d unmap -c 'discard 0 4M' -c flush -c 'read -P 0 0 4M' "$LUN"
[ "$(allocated "$DIR/disk.qcow2")" -le $((before - (3 << 20))) ] || fail "nothing is given back"
target_stop
[ "$status" -eq 0 ] || fail "exit status $status"
kill "$server"
wait "$server" || true
check "the image is well" -- qemu-img check -q "${secret[@]}" --image-opts "$image"
head -c 4M /dev/zero | dd of="$DIR/data" conv=notrunc status=none
check "with its key it has the data" -- qemu-img compare -q "${secret[@]}" --image-opts \
	"$image" "driver=raw,file.driver=file,file.filename=$DIR/data"
