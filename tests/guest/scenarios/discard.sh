# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# fstrim gives the blocks of removed files back to the host's file system, and
# blkdiscard all of them; what is left is whole.
login disk
check "mkfs" -- mke2fs -q -t ext4 "$disk"
mount "$disk" /mnt || fail "mount"
mkdir /mnt/keep /mnt/go
make_files /mnt/keep 4 1024 || fail "writing"
dd if=/dev/urandom of=/mnt/go/big bs=1M count=64 conv=fsync status=none || fail "writing"
full=$(host_do allocated disk.img)
[ "$full" -gt $((68 << 10)) ] || fail "only $full KiB are taken"
rm -r /mnt/go
sync
shows "fstrim" trimmed -- fstrim -v /mnt
trimmed=$(host_do allocated disk.img)
[ "$trimmed" -lt $((full - (60 << 10))) ] || fail "$full KiB before fstrim, $trimmed after"
check "sums" -- verify_files /mnt/keep
umount /mnt
check "e2fsck" -- e2fsck -fn "$disk"
check "blkdiscard" -- blkdiscard "$disk"
left=$(host_do allocated disk.img)
[ "$left" -lt 64 ] || fail "$left KiB are left after blkdiscard"
check "zeroes" -- cmp -n $((64 << 20)) "$disk" /dev/zero
logout
