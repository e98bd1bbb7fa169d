#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A quota that is used up, and a limit of the size of files, are 07/27/07 on the
# very write, as a full file system is; a flush is none the worse, and with room
# it goes on.
# limit: 120
. "$(dirname "$0")/lib.sh"
need qemu-io mkfs.btrfs btrfs prlimit
need_root "mounts a small file system"
io() { qemu-io -f raw "$@" 2>&1; }
refused() # WORDS COMMAND URL
{
	io -c "$2" "$3" >"$DIR/said" || true
	grep -q 'DATA PROTECTION(7).*0x2707' "$DIR/said" || fail "$1: $(cat "$DIR/said")"
	grep -q 'No space left' "$DIR/said" || fail "$1: QEMU says $(cat "$DIR/said")"
}

truncate -s 200M "$DIR/fs"
check "mkfs" -- mkfs.btrfs -q "$DIR/fs"
mkdir "$DIR/btrfs"
mount -o loop "$DIR/fs" "$DIR/btrfs" || skip "this kernel has no btrfs"
cleanups+=("umount '$DIR/btrfs'")
check "subvolume" -- btrfs subvolume create "$DIR/btrfs/vm"
check "quota" -- btrfs quota enable "$DIR/btrfs"
check "limit" -- btrfs qgroup limit 16M "$DIR/btrfs/vm"
target_start <<CONF
state-directory @DIR@/state
portal-group pg { listen 127.0.0.1:@PORT@ }
lun quota { file @DIR@/btrfs/vm/disk.img; size 64M }
lun large { file @DIR@/large.img; size 64M }
lun direct { file @DIR@/direct.img; size 64M; cache direct }
target @IQN@ { portal-group pg; auth-group no-authentication; lun 0 quota; lun 1 large; lun 2 direct }
CONF
refused "quota" 'write -P 1 0 40M' "$URL/$IQN/0"
check "it is no lost write" -- io -c flush -c 'read 0 1M' "$URL/$IQN/0"
check "room" -- btrfs qgroup limit none "$DIR/btrfs/vm"
check "it goes on" -- io -c 'write -P 2 0 40M' -c flush -c 'read -P 2 0 40M' "$URL/$IQN/0"

check "a limit of the daemon" -- prlimit --pid "$PID" --fsize=8388608:unlimited
for lun in 1 2; do
	refused "size, lun $lun" 'write 16M 1M' "$URL/$IQN/$lun"
	refused "size with FUA, lun $lun" 'write -f 16M 1M' "$URL/$IQN/$lun"
	check "below the limit" -- io -c 'write -P 3 0 1M' -c flush -c 'read -P 3 0 1M' "$URL/$IQN/$lun"
done
check "no limit" -- prlimit --pid "$PID" --fsize=unlimited:unlimited
check "it goes on" -- io -c 'write -P 4 16M 1M' -c flush -c 'read -P 4 16M 1M' "$URL/$IQN/1"
target_stop
[ "$status" -eq 0 ] || fail "exit status $status"
