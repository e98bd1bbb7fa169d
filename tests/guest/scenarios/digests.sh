# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# limit: 300
# Both digests, with immediate data and with all data by R2T: what is written to
# ext4 comes back.
crc=('conn[0].iscsi.HeaderDigest=CRC32C' 'conn[0].iscsi.DataDigest=CRC32C')
negotiated()
{
	local d
	for d in header_digest data_digest; do
		grep -q '^1$' /sys/class/iscsi_connection/connection*/$d ||
			fail "$d was not negotiated"
	done
}

login disk "${crc[@]}"
negotiated
check "mkfs" -- mke2fs -q -t ext4 -O ^has_journal "$disk"
mount "$disk" /mnt || fail "mount"
make_files /mnt 8 1024 || fail "writing"
check "unmount" -- umount /mnt
logout

login disk "${crc[@]}" session.iscsi.ImmediateData=No session.iscsi.InitialR2T=Yes
negotiated
mount "$disk" /mnt || fail "mount"
check "what was written before" -- verify_files /mnt
make_files /mnt 8 1024 || fail "writing by R2T"
check "what was written by R2T" -- verify_files /mnt
check "unmount" -- umount /mnt
check "fsck" -- e2fsck -fn "$disk"
dmesg | grep -iE 'digest|I/O error' && fail "the kernel complains"
logout
