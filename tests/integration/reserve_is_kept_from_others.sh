#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A reserve is room for a sparse file that others cannot have: writes find it on
# a full file system, by the page cache, past it and with FUA, and discarded
# room comes back to it. It changes by a reload, is refused where there is no
# room, survives SIGKILL and a start that fails, and goes with its LUN.
# limit: 120
. "$(dirname "$0")/lib.sh"
need qemu-io jq mkfs.ext4 mkfs.xfs mkfs.btrfs
need_root "mounts small file systems"
TISANE=${TISANE:-$(dirname "$TISANED")/tisane}
t() { "$TISANE" -s "$DIR/control.sock" "$@"; }
lun() { t --json luns | jq -r ".luns[] | select(.name == \"$1\") | .$2"; }
io() { qemu-io -f raw -d unmap "${@:2}" "$URL/$IQN/$1" 2>&1; }

small_fs() # NAME SIZE MKFS...
{
	truncate -s "$2" "$DIR/$1.fs"
	check "mkfs" -- "${@:3}" "$DIR/$1.fs"
	mkdir "$DIR/$1"
	mount -o loop "$DIR/$1.fs" "$DIR/$1" || skip "this kernel has no $1"
	cleanups+=("umount '$DIR/$1'")
}
small_fs ext4 96M mkfs.ext4 -q -m 0
small_fs xfs 300M mkfs.xfs -q
small_fs btrfs 128M mkfs.btrfs -q --mixed

target_start <<CONF
state-directory @DIR@/state
portal-group pg { listen 127.0.0.1:@PORT@ }
lun a { file @DIR@/ext4/a.img; size 1G; reserve 40M }
lun b { file @DIR@/ext4/b.img; size 1G }
lun c { file @DIR@/xfs/c.img; size 200M; reserve 25%; cache direct }
target @IQN@ { portal-group pg; auth-group no-authentication; lun 0 a; lun 1 b; lun 2 c }
CONF
[ "$(allocated "$DIR/ext4/a.img.reserve")" -ge $((39 << 20)) ] || fail "nothing is set aside on ext4"
[ "$(lun a reserve_kept)" -ge $((39 << 20)) ] || fail "kept: $(lun a reserve_kept)"
[ "$(lun c reserve)" = $((50 << 20)) ] || fail "a quarter: $(lun c reserve)"
[ "$(lun a allocated)" -lt 65536 ] || fail "what is kept counts as used: $(lun a allocated)"
grep -q "reserve .*40 MiB, .* set aside" <<<"$(t show a)" || fail "show: $(t show a)"

# a percent is of the size that the LUN is to have
sed -i 's/size 200M; reserve 25%/size 4G; reserve 25%/' "$DIR/tisane.conf"
refute "no room for a quarter of 4 GiB" -- t reload
grep -q "lun c: there is no room for its reserve" <<<"$out" || fail "reload says: $out"
[ "$(stat -c %s "$DIR/xfs/c.img")" = $((200 << 20)) ] || fail "it has grown without its reserve"
sed -i 's/size 4G; reserve 25%/size 240M; reserve 25%/' "$DIR/tisane.conf"
check "there is room for a quarter of 240 MiB" -- t reload
[ "$(lun c reserve)" = $((60 << 20)) ] || fail "a quarter: $(lun c reserve)"
[ "$(allocated "$DIR/xfs/c.img.reserve")" -le $((64 << 20)) ] || fail "it keeps more than its quarter"

# others take all that there is
io 1 -c 'write 0 200M' >"$DIR/said" || true
grep -q 'No space left' "$DIR/said" || fail "the file system is not full: $(cat "$DIR/said")"
dd if=/dev/zero of="$DIR/xfs/other" bs=1M 2>"$DIR/said" && fail "xfs is not full"
# the guaranteed amount is there, in pieces all over the disk
for i in $(seq 0 8); do
	io 0 -c "write -P $((i + 1)) $((i * 100))M 3M" -c "write -f -P 9 $((i * 100 + 50))M 1M" >"$DIR/said" ||
		fail "write $i within the reserve: $(cat "$DIR/said")"
	io 2 -c "write -f -P $((i + 1)) $((i * 20))M 4M" >"$DIR/said" || fail "direct write $i: $(cat "$DIR/said")"
done
check "what was written is there" -- io 0 -c 'read -P 9 800M 3M' -c 'read -P 9 850M 1M' -c 'read -P 1 0 3M'
[ "$(lun a errors)" = 0 ] || fail "errors: $(lun a errors)"
# behind it there is no more
io 0 -c 'write 900M 60M' >"$DIR/said" || true
grep -q 'No space left' "$DIR/said" || fail "behind the reserve: $(cat "$DIR/said")"
check "an error of space is no lost write" -- io 0 -c flush

# what the guest gives back is its own again, and nobody else's
check "discard" -- io 0 -c 'discard 0 3M' -c 'discard 100M 3M' -c 'discard 900M 60M'
io 1 -c 'write 500M 200M' >"$DIR/said" || true
check "it has it again" -- io 0 -c 'write 10M 5M'

# a reload: more than there is is refused, less gives back, none leaves nothing
sed -i 's/reserve 40M/reserve 60M/' "$DIR/tisane.conf"
refute "there is no room" -- t reload
grep -q "no room for its reserve" <<<"$out" || fail "reload says: $out"
sed -i 's/reserve 60M/reserve 35M/' "$DIR/tisane.conf"
grep -q "reserve" <<<"$(t diff)" || fail "diff: $(t diff)"
check "less" -- t reload
wait_for 20 eval '[ "$(lun a reserve)" = $((35 << 20)) ]' || fail "reserve: $(lun a reserve)"
[ "$(lun a reserve_short)" = false ] || fail "it is short"

# a daemon that dies keeps what it set aside; somebody who takes it is told of
kept=$(allocated "$DIR/xfs/c.img.reserve")
target_stop KILL
[ "$(allocated "$DIR/xfs/c.img.reserve")" = "$kept" ] || fail "it is gone with the daemon"
# so does one that cannot start
python3 -c 'import socket, sys, time
s = socket.create_server(("127.0.0.1", int(sys.argv[1])))
time.sleep(600)' "$PORT" &
other=$!
children+=("$other")
wait_for 20 port_open || fail "the port is not taken"
status=0
"$TISANED" -c "$DIR/tisane.conf" >>"$DIR/out" 2>>"$LOG" || status=$?
[ "$status" -eq 1 ] || fail "a start at an occupied port ends with status $status"
grep -q "cannot listen on 127.0.0.1:$PORT" "$LOG" || fail "the log does not tell why"
kill "$other"
# as much as is not written yet
there=$(($(allocated "$DIR/xfs/c.img.reserve") + $(allocated "$DIR/xfs/c.img")))
[ $there -ge $((60 << 20)) ] || fail "it is gone with the start that failed: $there of 60 MiB are there"
rm "$DIR/xfs/c.img.reserve"
head -c 100M /dev/zero >>"$DIR/xfs/other2" 2>/dev/null && fail "xfs is not full again"
target_run
grep -q "FAULT: the reserve of lun c" <<<"$(t status)" || fail "status: $(t status)"
grep -q 'error the reserve is NOT all there.*lun=c' "$LOG" || fail "the log does not tell"
rm "$DIR/xfs/other"
wait_for 20 grep -q 'the reserve is all there again lun=c' "$LOG" || fail "room is not taken again"
check "delete" -- t lun delete c force
wait_for 20 test ! -e "$DIR/xfs/c.img.reserve" || fail "room is kept for nobody"
test -e "$DIR/xfs/c.img" || fail "the data are gone"

# where it cannot be had
truncate -s 64M "$DIR/btrfs/d.img" # by us it would be made for overwriting
refute "copy on write" -- t lun create d file "$DIR/btrfs/d.img" size 64M reserve 32M
[ ! -e "$DIR/btrfs/d.img.reserve" ] || fail "something is left on btrfs"
echo precious >"$DIR/ext4/e.img.reserve"
refute "a file is in the way" -- t lun create e file "$DIR/ext4/e.img" size 64M reserve 2M
[ "$(cat "$DIR/ext4/e.img.reserve")" = precious ] || fail "it was overwritten"
refute "a volume" -- t lun create f lv vg/f size 64M thin-pool p reserve 2M
target_stop
[ "$status" -eq 0 ] || fail "exit status $status"
