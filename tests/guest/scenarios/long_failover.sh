# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# long
# limit: 300
# Two hosts and one LUN: this one writes to its file system under a reservation
# until the other one takes the LUN over; what was synced is there.
pr() { sg_persist --no-inquiry "$@"; }
login disk
# What the other host aborts is not answered (TAS is 0): the kernel lets the time
# pass three times before it asks, and does so for WRITE SAME of two minutes.
echo 10 >"/sys/block/${disk##*/}/device/timeout"
check "mkfs" -- mke2fs -q -t ext4 -E lazy_itable_init=0,lazy_journal_init=0 "$disk"
check "register" -- pr --out --register --param-sark=0xaaa "$disk"
check "reserve" -- pr --out --reserve --param-rk=0xaaa --prout-type=5 "$disk"
mount "$disk" /mnt || fail "mount"
mkdir /mnt/synced
make_files /mnt/synced 8 512 || fail "writing"
sync
mark serving
while dd if=/dev/urandom of=/mnt/noise bs=64k count=64 conv=fsync status=none 2>/dev/null; do
	:
done
marked taken
refute "writing after the other host took over" -- dd if=/dev/zero of="$disk" bs=4k count=1 oflag=direct
umount /mnt
mark gone
logout
