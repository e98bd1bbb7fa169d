# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# limit: 300
# ext4 on 512-byte blocks, xfs on 4096-byte blocks: files, each synced, have
# their sums after another login and the file systems are whole.
login disk
check "mkfs.ext4" -- mke2fs -q -t ext4 "$disk"
xfs=$(disk_of disk 1) || exit 1
check "mkfs.xfs" -- mkfs.xfs -q "$xfs"
mkdir -p /mnt/ext4 /mnt/xfs
mount "$disk" /mnt/ext4 || fail "mount ext4"
mount "$xfs" /mnt/xfs || fail "mount xfs"
for fs in ext4 xfs; do
	for i in {0..9}; do
		dd if=/dev/urandom of=/mnt/$fs/file$i bs=64k count=8 conv=fsync status=none ||
			fail "fsync on $fs"
	done
	(cd /mnt/$fs && sha256sum file* >sums)
	check "unmount" -- umount /mnt/$fs
done
logout
login disk
xfs=$(disk_of disk 1) || exit 1
check "e2fsck" -- e2fsck -fn "$disk"
check "xfs_repair" -- xfs_repair -n "$xfs"
mount "$disk" /mnt/ext4 || fail "mount ext4"
mount "$xfs" /mnt/xfs || fail "mount xfs"
for fs in ext4 xfs; do
	check "sums on $fs" -- verify_files /mnt/$fs
	check "unmount" -- umount /mnt/$fs
done
logout
