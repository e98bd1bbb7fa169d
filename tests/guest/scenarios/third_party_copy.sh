# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# sg_xcopy from one LUN to the other, and sg_sanitize of the first.
login disk
other=$(disk_of disk 1) || exit 1
head -c $((8 << 20)) /dev/urandom >/tmp/data
check "writing" -- dd if=/tmp/data of="$disk" bs=1M oflag=direct
check "sg_copy_results" -- sg_copy_results --params "$disk"
check "sg_vpd of third-party copy" -- sg_vpd --page=tpc "$disk"
check "sg_xcopy" -- sg_xcopy if="$disk" of="$other" bs=512 count=$((8 << 11)) seek=2048

# same OFFSET: at this MiB of the other LUN are the data
same()
{
	dd if="$other" bs=1M skip="$1" count=8 iflag=direct status=none | cmp - /tmp/data ||
		fail "at $1 MiB are not the data"
}
same 1
check "sg_xcopy within a LUN" -- sg_xcopy if="$other" of="$other" bs=512 count=$((8 << 11)) \
	skip=2048 seek=32768
same 16
check "sg_sanitize" -- sg_sanitize --block --quick --wait "$disk"
# What udev has read of it before is still in the guest's cache.
check "forgetting" -- blockdev --flushbufs "$disk"
check "zeroes" -- cmp -n $((64 << 20)) "$disk" /dev/zero
left=$(host_do allocated a.img)
[ "$left" -lt 64 ] || fail "$left KiB are left"
same 16
logout
