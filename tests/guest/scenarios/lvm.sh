# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# limit: 300
# A volume group on two LUNs: a file system, a snapshot, an extension onto the
# second LUN, and the group found again after another login.
login disk
second=$(disk_of disk 1) || exit 1
check "device-mapper" -- modprobe -a dm-mod dm-snapshot
check "pvcreate" -- pvcreate -q "$disk" "$second"
check "vgcreate" -- vgcreate -q vg "$disk" "$second"
check "lvcreate" -- lvcreate -q -y -Wn -Zn -n data -L 48M vg "$disk"
check "mkfs" -- mke2fs -q -t ext4 /dev/vg/data
mount /dev/vg/data /mnt || fail "mount"
make_files /mnt 8 1024 || fail "writing"
check "snapshot" -- lvcreate -q -y -s -n snap -L 16M vg/data
cp /mnt/sums /tmp/sums
make_files /mnt 8 512 || fail "writing over it"
check "sums" -- verify_files /mnt
umount /mnt
mount -o ro,noload /dev/vg/snap /mnt || fail "mount the snapshot"
check "sums of the snapshot" -- verify_files /mnt
cmp -s /mnt/sums /tmp/sums || fail "the snapshot has changed"
umount /mnt
check "snapshot goes" -- lvremove -q -y vg/snap
check "extension" -- lvextend -q -L +64M vg/data "$second"
check "e2fsck" -- e2fsck -fp /dev/vg/data
check "resize2fs" -- resize2fs /dev/vg/data
check "deactivation" -- vgchange -q -an vg
logout
login disk
disk_of disk 1 >/dev/null
udevadm settle
check "the group is there again" -- vgchange -q -ay vg
mount /dev/vg/data /mnt || fail "mount"
check "sums after another login" -- verify_files /mnt
umount /mnt
check "deactivation" -- vgchange -q -an vg
logout
