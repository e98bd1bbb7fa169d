# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# long
# limit: 900
# Ten times SIGKILL of the daemon, at any moment, under synced files on ext4 and
# xfs and verified writes on a third LUN.
login disk session.timeo.replacement_timeout=120
xfs=$(disk_of disk 1) || exit 1
raw=$(disk_of disk 2) || exit 1
check "mkfs.ext4" -- mke2fs -q -t ext4 "$disk"
check "mkfs.xfs" -- mkfs.xfs -q "$xfs"
mkdir -p /mnt/ext4 /mnt/xfs
mount "$disk" /mnt/ext4 || fail "mount ext4"
mount "$xfs" /mnt/xfs || fail "mount xfs"

# One of eight files after the other, each synced, with its sum.
files()
{
	local i=0
	cd "$1" || return 1
	while [ ! -e /tmp/stop ]; do
		dd if=/dev/urandom of="new" bs=64k count=16 conv=fsync status=none || return 1
		mv new file$((i % 8)) || return 1
		sha256sum file$((i % 8)) >/tmp/sum."$2".$((i % 8))
		i=$((i + 1))
	done
	sync
}
writes_start "$raw" 2m
files /mnt/ext4 ext4 &
ext4_files=$!
files /mnt/xfs xfs &
xfs_files=$!
back() { [ "$(cat /sys/class/iscsi_session/session*/state)" = LOGGED_IN ]; }
for i in {1..10}; do
	sleep $((RANDOM % 5 + 2)).$((RANDOM % 10))
	host_do daemon kill
	sleep $((RANDOM % 4))
	host_do daemon start || fail "no daemon after kill $i"
	wait_for 90 back || fail "the session is lost after kill $i"
done
writes_stop
wait $ext4_files || fail "writing to ext4"
wait $xfs_files || fail "writing to xfs"
dmesg | grep 'I/O error' && fail "the kernel gave up a request"
umount /mnt/ext4 /mnt/xfs
logout
login disk
xfs=$(disk_of disk 1) || exit 1
check "e2fsck" -- e2fsck -fn "$disk"
check "xfs_repair" -- xfs_repair -n "$xfs"
mount "$disk" /mnt/ext4 || fail "mount ext4"
mount "$xfs" /mnt/xfs || fail "mount xfs"
for fs in ext4 xfs; do
	(cd /mnt/$fs && cat /tmp/sum.$fs.* | sha256sum --quiet -c) || fail "sums on $fs"
done
umount /mnt/ext4 /mnt/xfs
logout
