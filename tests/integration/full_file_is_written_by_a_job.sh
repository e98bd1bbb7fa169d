#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Where the file system reserves no blocks a full file is written, by a job that
# tells how far it is, by a bar on a terminal, can be cancelled, and leaves nothing
# when it ends badly.
. "$(dirname "$0")/lib.sh"
need jq qemu-io mkfs.ext2 script
need_root "mounts a file system"
TISANE=${TISANE:-$(dirname "$TISANED")/tisane}
t() { "$TISANE" -s "$DIR/control.sock" "$@"; }

# ext2 has no extents, and so no fallocate(); more than a fast machine writes
# before it is told to stop
truncate -s 24G "$DIR/fs"
mkfs.ext2 -q -F -m 0 -N 64 "$DIR/fs" || fail "mkfs.ext2"
mkdir "$DIR/old"
mount -o loop "$DIR/fs" "$DIR/old" || skip "no ext2 here"
cleanups+=("umount '$DIR/old'")
refute "this one cannot reserve" -- fallocate -l 1M "$DIR/old/try"
rm -f "$DIR/old/try"
target_with_lun "ram; size 4M"

check create -- t lun create big file "$DIR/old/big.img" size 24M allocation full target "$IQN"
[ "$(allocated "$DIR/old/big.img")" -ge 25165824 ] || fail "allocated: $(allocated "$DIR/old/big.img")"
check "it is used" -- qemu-io -f raw -c 'read -P 0 0 24M' -c 'write -P 1 0 64k' "$URL/$IQN/1"
t --json jobs | jq -e '.jobs[0] | .what == "allocate" and .state == "done" and .done == .total
	and .total == 25165824' >/dev/null || fail "jobs: $(t --json jobs)"

script -qec "'$TISANE' -s '$DIR/control.sock' lun create huge file '$DIR/old/huge.img' size 20G allocation full" \
	/dev/null >"$DIR/huge.out" 2>&1 </dev/null &
waits=$!
runs() { t --json jobs | jq -e '.jobs[1] | .state == "running" and .done > 0'; }
wait_for 20 runs || fail "it does not run: $(t jobs)"
grep -q "^job 2: allocate" <<<"$(t status)" || fail "status does not tell: $(t status)"
wait_for 60 grep -aqE 'allocate \[#* *\] [1-9][0-9]*% of 20 GiB' "$DIR/huge.out" || fail "no bar: $(cat -v "$DIR/huge.out")"
check cancel -- t job cancel 2
status=0
wait "$waits" || status=$?
[ "$status" -eq 1 ] || fail "a cancelled create ends with $status"
grep -q cancelled "$DIR/huge.out" || fail "it says: $(cat "$DIR/huge.out")"
[ -z "$(find "$DIR/old" -name '*huge*' -o -name '*.unfinished')" ] || fail "the file is left"
! grep -q huge "$DIR/tisane.conf" || fail "it is in the configuration"
refute "it has ended" -- t job cancel 2
refute "no such job" -- t job cancel 77

# no room: what was written goes again
mkdir "$DIR/small"
truncate -s 16M "$DIR/small.fs"
mkfs.ext2 -q -F "$DIR/small.fs" && mount -o loop "$DIR/small.fs" "$DIR/small" || fail "a small one"
cleanups+=("umount '$DIR/small'")
refute "no room" -- t lun create more file "$DIR/small/more.img" size 64M allocation full
grep -q "No space left" <<<"$out" || fail "no room: $out"
[ -z "$(find "$DIR/small" -type f)" ] || fail "what was written is left"

# the daemon ends while one runs
t lun create huge file "$DIR/old/huge.img" size 20G allocation full >"$DIR/huge.out" 2>&1 &
grows() { [ -n "$(find "$DIR/old" -name '*.unfinished' -size +0)" ]; }
wait_for 20 grows || fail "it does not run again"
target_stop
[ "$status" -eq 0 ] || fail "exit status $status"
[ -z "$(find "$DIR/old" -name '*huge*' -o -name '*.unfinished')" ] || fail "the end of the daemon leaves the file"
