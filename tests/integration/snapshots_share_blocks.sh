#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Snapshots and clones of files on xfs and btrfs: taken at one moment while a
# guest writes, shown, with an identity of their own, deleted only when nobody
# uses them; a golden image is cloned fifty times in seconds.
# limit: 120
. "$(dirname "$0")/lib.sh"
need jq qemu-io mkfs.xfs mkfs.btrfs
need_root "mounts small file systems"
TISANE=${TISANE:-$(dirname "$TISANED")/tisane}
here=$(cd "$(dirname "$0")" && pwd)
t() { "$TISANE" -s "$DIR/control.sock" "$@"; }
lun() { t --json luns | jq -r ".luns[] | select(.name == \"$1\") | .$2"; }

small_fs() # NAME MKFS...
{
	local name=$1
	shift
	truncate -s 320M "$DIR/$name.fs"
	"$@" "$DIR/$name.fs" >"$DIR/mkfs.out" 2>&1 || fail "$*: $(cat "$DIR/mkfs.out")"
	mkdir "$DIR/$name"
	mount -o loop "$DIR/$name.fs" "$DIR/$name" || skip "this kernel has no $name"
	cleanups+=("umount '$DIR/$name'")
}
small_fs xfs mkfs.xfs -q
small_fs btrfs mkfs.btrfs -q
mkdir "$DIR/tmp"
mount -t tmpfs -o size=64m tmpfs "$DIR/tmp"
cleanups+=("umount '$DIR/tmp'")

target_start <<CONF
state-directory @DIR@/state
portal-group pg { listen 127.0.0.1:@PORT@ }
lun vmx { file @DIR@/xfs/vmx.img; size 64M }   # of the mail server
lun vmb { file @DIR@/btrfs/vmb.img; size 64M; block-size 4096; cache direct }
lun full { file @DIR@/xfs/full.img; size 8M; allocation full }
lun tmp { file @DIR@/tmp/tmp.img; size 8M }
target @IQN@ {
	portal-group pg; auth-group no-authentication
	lun 0 vmx; lun 1 vmb; lun 2 full; lun 3 tmp
}
CONF

# A guest numbers its blocks one after the other. A snapshot has the first n of
# them, and all that were acknowledged before it was asked for.
cat >"$DIR/writer.py" <<'P'
import os, sys, time
sys.path.insert(0, sys.argv[1])
from initiator import *
port, lun, size, path = int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), sys.argv[5]
s = Session(port)
s.login()
while s.command(b"\0" * 6, lun=lun)[0]:
    pass  # the attention of a new session
for i in range(1, 16384):
    time.sleep(0.0002)
    status, _, sense = s.command(write10(i * 4096 // size, 4096 // size), write=i.to_bytes(8, "big") * 512, lun=lun)
    assert status == 0, sense
    os.pwrite(1, b"%8d" % i, 0)
    if os.path.exists(path):
        break
P
cat >"$DIR/reader.py" <<'P'
import sys
image, acknowledged = open(sys.argv[1], "rb").read(), int(sys.argv[2])
n = 0
while True:
    block = image[(n + 1) * 4096:(n + 2) * 4096]
    if block != (n + 1).to_bytes(8, "big") * 512:
        break
    n += 1
assert image[(n + 1) * 4096:].count(0) == len(image) - (n + 1) * 4096, "torn behind %d" % n
assert n >= acknowledged, (n, acknowledged)
print(n)
P
snapshots_of() # LUN NUMBER BLOCK DIRECTORY
{
	local i before
	rm -f "$DIR/stop" "$DIR/acked"
	python3 "$DIR/writer.py" "$here" "$PORT" "$2" "$3" "$DIR/stop" >"$DIR/acked" &
	children+=($!)
	local writer=$!
	wait_for 20 test -s "$DIR/acked" || fail "no writes"
	for i in 1 2 3; do
		before=$(cat "$DIR/acked")
		check "snapshot $i of $1" -- t lun snapshot "$1" "$1-$i"
		check "it is as it was at one time" -- python3 "$DIR/reader.py" "$4/$1-$i.img" $before
	done
	touch "$DIR/stop"
	wait "$writer" || fail "the guest had an error"
}
snapshots_of vmx 0 512 "$DIR/xfs"
snapshots_of vmb 1 4096 "$DIR/btrfs"
grep -q "# of the mail server" "$DIR/tisane.conf" || fail "a comment is lost"
[ "$(lun vmx-1 origin)" = vmx ] || fail "origin: $(lun vmx-1 origin)"
[ "$(lun vmx-1 read_only)" = true ] || fail "a snapshot is writable"
[ "$(lun vmx-1 uuid)" != "$(lun vmx uuid)" ] || fail "one identity for two"
grep -q "vmx-1.*of vmx" <<<"$(t luns)" || fail "luns does not tell: $(t luns)"

# offered to initiators it is read-only for them
check "an offered snapshot" -- t lun snapshot vmx seen target "$IQN" number 8
check "it is read" -- qemu-io -r -f raw -c 'read 0 64k' "$URL/$IQN/8"
out=$(qemu-io -f raw -c 'write -P 1 0 4k' "$URL/$IQN/8" 2>&1) || true
! grep -q '^wrote' <<<"$out" || fail "a snapshot was written: $out"
grep -qiE 'read.?only|write protected|0x2700' <<<"$out" || fail "another reason: $out"

# clones: writable, of a snapshot, of their own
check "clone" -- t lun clone vmx-1 web target "$IQN" number 7
check "it is written" -- qemu-io -f raw -c 'write -P 0xaa 4k 4k' -c 'read -P 0xaa 4k 4k' "$URL/$IQN/7"
check "the snapshot is as before" -- python3 "$DIR/reader.py" "$DIR/xfs/vmx-1.img" 1
[ "$(lun web origin)" = vmx-1 ] || fail "origin of a clone: $(lun web origin)"

# what cannot be done says why
refute "tmpfs" -- t lun snapshot tmp s
grep -q "tmpfs" <<<"$out" || fail "which file system? $out"
[ ! -e "$DIR/tmp/s.img" ] || fail "something is left"
refute "full" -- t lun snapshot full s
grep -q "convert it to sparse" <<<"$out" || fail "full: $out"
refute "a name that is taken" -- t lun snapshot vmx vmb
refute "a file that is there" -- t lun snapshot vmx s file "$DIR/xfs/vmx.img"
refute "no such target" -- t lun clone vmx s target iqn.2026-11.no:such
[ ! -e "$DIR/xfs/s.img" ] || fail "the file of a refused clone is left"
check "a copy where blocks are not shared" -- t lun snapshot tmp s copy
cmp "$DIR/tmp/tmp.img" "$DIR/tmp/s.img" || fail "the copy differs"
check "export" -- t lun export-image vmx-1 "$DIR/out.img"
cmp "$DIR/xfs/vmx-1.img" "$DIR/out.img" || fail "the export differs"
[ "$(allocated "$DIR/out.img")" -lt 40000000 ] || fail "holes are filled: $(allocated "$DIR/out.img")"

# deleted safely
refute "offered" -- t lun delete web data
check "delete" -- t lun delete vmx-1 data
[ ! -e "$DIR/xfs/vmx-1.img" ] || fail "the data are there"
check "with force" -- t lun delete web data force
[ ! -e "$DIR/xfs/web.img" ] || fail "the clone's data are there"
check "its name again" -- t lun snapshot vmx vmx-1

# fifty clones
clones=50
[ -z "${TEST_UNDER:-}" ] || clones=5 # each takes a second then
check "golden" -- t lun snapshot vmx golden
start=$(date +%s%N)
for i in $(seq $clones); do t lun clone golden "desk$i" >/dev/null || fail "clone $i"; done
took=$((($(date +%s%N) - start) / 1000000))
[ "$(t --json luns | jq '[.luns[] | select(.name | startswith("desk")) | .uuid] | unique | length')" = $clones ] ||
	fail "not $clones identities"
[ "$(stat -f -c %f "$DIR/xfs")" -gt 30000 ] || fail "they take room"
echo "$clones clones in $took ms"
grep -q "clone *done" <<<"$(t jobs)" || fail "jobs: $(t jobs)"
target_stop
[ "$status" -eq 0 ] || fail "exit status $status"
check "the file is valid" -- "$TISANED" -t -c "$DIR/tisane.conf"
