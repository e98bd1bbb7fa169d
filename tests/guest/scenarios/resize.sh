# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# A larger size and SIGHUP: the guest is told, takes the size at a rescan, and
# grows its file system under way.
login disk
check "mkfs" -- mke2fs -q -t ext4 "$disk"
mount "$disk" /mnt || fail "mount"
make_files /mnt 8 1024 || fail "writing"
check "SIGHUP" -- host_do reload 'size 64M' 'size 192M'
told()
{
	echo x >>/mnt/poke && sync -d /mnt/poke
	grep -q 'Capacity data has changed' <<<"$(dmesg)"
}
wait_for 20 told || fail "no unit attention in the kernel's log"
[ "$(blockdev --getsize64 "$disk")" = $((64 << 20)) ] || fail "already $(blockdev --getsize64 "$disk")"
check "rescan" -- iscsiadm -m session --rescan
grown() { [ "$(blockdev --getsize64 "$disk")" = $((192 << 20)) ]; }
wait_for 10 grown || fail "still $(blockdev --getsize64 "$disk")"
check "resize2fs" -- resize2fs "$disk"
check "more fits" -- dd if=/dev/zero of=/mnt/more bs=1M count=100 conv=fsync
check "sums" -- verify_files /mnt
umount /mnt
check "e2fsck" -- e2fsck -fn "$disk"
logout
