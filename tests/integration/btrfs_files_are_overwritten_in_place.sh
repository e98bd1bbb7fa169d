#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A file that is made on btrfs is not copied on write: a full one can be
# overwritten when the file system is full, and so can a reserve be kept. One
# that was there stays as it is, and says so.
# limit: 120
. "$(dirname "$0")/lib.sh"
need qemu-io jq mkfs.btrfs lsattr
need_root "mounts a small file system"
TISANE=${TISANE:-$(dirname "$TISANED")/tisane}
t() { "$TISANE" -s "$DIR/control.sock" "$@"; }
nocow() { grep -q '^[^ ]*C' <<<"$(lsattr "$1")"; }

truncate -s 160M "$DIR/fs"
check "mkfs" -- mkfs.btrfs -q -m single "$DIR/fs"
mkdir "$DIR/btrfs"
mount -o loop "$DIR/fs" "$DIR/btrfs" || skip "this kernel has no btrfs"
cleanups+=("umount '$DIR/btrfs'")
truncate -s 8M "$DIR/btrfs/old.img"
target_start <<CONF
state-directory @DIR@/state
portal-group pg { listen 127.0.0.1:@PORT@ }
lun full { file @DIR@/btrfs/full.img; size 6M; allocation full }
lun part { file @DIR@/btrfs/part.img; size 64M; reserve 8M }
lun old { file @DIR@/btrfs/old.img; allocation full }
target @IQN@ { portal-group pg; auth-group no-authentication; lun 0 full; lun 1 part; lun 2 old }
CONF
nocow "$DIR/btrfs/full.img" || fail "full.img: $(lsattr "$DIR/btrfs/full.img")"
nocow "$DIR/btrfs/part.img" || fail "part.img: $(lsattr "$DIR/btrfs/part.img")"
nocow "$DIR/btrfs/old.img" && fail "old.img was changed"
grep -q 'warning blocks are reserved, but .*old.img' "$LOG" || fail "old.img: no warning"
grep -q 'warning blocks are reserved, but .*full.img' "$LOG" && fail "full.img: a warning"
check "by a job" -- t lun create more file "$DIR/btrfs/more.img" size 4M allocation full
nocow "$DIR/btrfs/more.img" || fail "more.img: $(lsattr "$DIR/btrfs/more.img")"
check "a clone is alike" -- t lun clone part clone
nocow "$DIR/btrfs/clone.img" || fail "clone.img: $(lsattr "$DIR/btrfs/clone.img")"

dd if=/dev/zero of="$DIR/btrfs/other" bs=1M 2>"$DIR/said" && fail "it is not full"
sync -f "$DIR/btrfs/other"
# btrfs looks for room long before it writes in place: little is written here
for i in 1 2; do
	check "overwrite a full disk" -- qemu-io -f raw -c "write -P $i 0 6M" -c flush "$URL/$IQN/0"
done
check "within the reserve" -- qemu-io -f raw -c 'write -P 9 40M 3M' -c flush -c 'read -P 9 40M 3M' "$URL/$IQN/1"
target_stop
[ "$status" -eq 0 ] || fail "exit status $status"
