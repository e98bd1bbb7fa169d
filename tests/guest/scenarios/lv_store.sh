# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# limit: 180
# The daemon in the guest, on logical volumes: made when missing, a file system,
# growth by somebody else, a thin pool that runs full and gets room again.
own=iqn.2026-11.test.tisane:own
check "modules" -- modprobe -a loop dm-mod dm-thin-pool
mkdir -p /tmp/own/state
truncate -s 320M /tmp/own/pv
loop=$(losetup -f --show /tmp/own/pv) || fail "losetup"
check "pvcreate" -- pvcreate -q "$loop"
check "vgcreate" -- vgcreate -q vgo "$loop"
check "the pool" -- lvcreate -q -y --errorwhenfull y -L 48M -T vgo/pool0
cat >/tmp/own/conf <<C
state-directory /tmp/own/state
portal-group pg { listen 127.0.0.1:3260 }
lun linear { lv vgo/linear; size 46M }
lun thin { lv vgo/thin; size 200M; thin-pool pool0 }
target $own { portal-group pg; auth-group no-authentication; lun 0 linear; lun 1 thin }
C
chmod 600 /tmp/own/conf
/ctl/tisane/tisaned -c /tmp/own/conf >/tmp/own/log 2>&1 &
daemon=$!
end_own()
{
	iscsiadm -m node -T $own --logout
	iscsiadm -m node -T $own -o delete
	kill $daemon
	wait $daemon
	echo "the daemon's status: $?"
	cat /tmp/own/log
	vgchange -q -an vgo
	losetup -d "$loop"
} >/tmp/own/end 2>&1
own_fail()
{
	cat /tmp/own/log
	fail "$@"
}
wait_for 20 grep -q ready /tmp/own/log || own_fail "the daemon does not start"
shows "the volumes are there" 'linear.*50331648' -- \
	lvs --noheadings --units b --nosuffix -o lv_name,lv_size vgo
check "discovery" -- iscsiadm -m discovery -t st -p 127.0.0.1:3260
check "login" -- iscsiadm -m node -T $own -p 127.0.0.1:3260 --login
by=/dev/disk/by-path/ip-127.0.0.1:3260-iscsi-$own-lun
wait_for 20 test -b $by-0 || own_fail "no disk"
wait_for 20 test -b $by-1 || own_fail "no second disk"
linear=$(readlink -f $by-0) thin=$(readlink -f $by-1)

check "mkfs" -- mke2fs -q -t ext4 "$linear"
mount "$linear" /mnt || own_fail "mount"
make_files /mnt 6 1024 || own_fail "writing"

check "lvextend by the admin" -- lvextend -q -L 96M vgo/linear
grown()
{
	echo 1 >"/sys/block/${linear##*/}/device/rescan"
	[ "$(blockdev --getsize64 "$linear")" = 100663296 ]
}
wait_for 30 grown || own_fail "the disk has not grown"
check "resize2fs while mounted" -- resize2fs "$linear"
check "sums" -- verify_files /mnt
umount /mnt

refute "more than the pool holds" -- dd if=/dev/zero of="$thin" bs=1M count=120 oflag=direct
grep -q 'No space left' <<<"$out" || own_fail "not ENOSPC: $out"
check "what was written is there" -- dd if="$thin" of=/dev/null bs=1M count=8 iflag=direct
check "room for the pool" -- lvextend -q -L 150M vgo/pool0
check "the same goes on" -- dd if=/dev/zero of="$thin" bs=1M count=120 oflag=direct
check "discard gives it back" -- blkdiscard "$thin"
given_back()
{
	[ "$(lvs --noheadings -o data_percent vgo/thin | tr -d ' ')" = 0.00 ]
}
wait_for 10 given_back || own_fail "the pool still holds $(lvs --noheadings -o data_percent vgo/thin)"

refute "a volume in use" -- mke2fs -q /dev/vgo/linear
end_own
grep -q 'status: 0' /tmp/own/end || fail "the end: $(cat /tmp/own/end)"
