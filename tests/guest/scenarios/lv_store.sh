# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# limit: 900
# The daemon in the guest, on logical volumes: made when missing, a file system,
# growth by somebody else, a thin pool that runs full and gets room again, VPD
# pages of either kind, volumes that others use, and one that is suspended.
. /ctl/own.sh
own_group 320M
check "the pool" -- lvcreate -q -y --errorwhenfull y -L 48M -T vgo/pool0
own_start "task-abort 1s" <<C
lun linear { lv vgo/linear; size 46M }
lun thin { lv vgo/thin; size 200M; thin-pool pool0 }
target $own { portal-group pg; auth-group no-authentication; lun 0 linear; lun 1 thin }
C
shows "the volumes are there" 'linear.*50331648' -- \
	lvs --noheadings --units b --nosuffix -o lv_name,lv_size vgo
own_login 2
linear=${disks[0]} thin=${disks[1]}

# what they say of themselves: blocks of a thin one come from its pool, by the
# chunk, and what is less than that is not zeroed; those of the other are there
shows "thin: B2h" 'Provisioning type: 2 ' -- sg_vpd --page=lbpv "$thin"
grep -q 'LBPRZ): 0' <<<"$out" || own_fail "thin: zeroes are promised: $out"
shows "thin: B0h" "unmap granularity: $(($(lvs --noheadings --units b --nosuffix -o chunk_size vgo/pool0) / 512)) " -- \
	sg_vpd --page=bl "$thin"
shows "linear: B2h" 'Provisioning type: 1 ' -- sg_vpd --page=lbpv "$linear"

# it grows by the hand of the admin, and each time is told once: while it is
# written and verified, and with a file system on it
address=$(basename "$(readlink "/sys/block/${linear##*/}/device")")
told() { dmesg | grep -c "sd $address: Capacity data has changed"; }
has_size() # BYTES
{
	echo 1 >"/sys/block/${linear##*/}/device/rescan"
	[ "$(blockdev --getsize64 "$linear")" = "$1" ]
}
grow_to() # MIB
{
	local before
	before=$(told)
	check "lvextend by the admin" -- lvextend -q -L "$1M" vgo/linear
	wait_for 90 has_size $(($1 << 20)) || own_fail "the disk has not grown to $1 MiB"
	check "a command, that it be told" -- dd if="$linear" of=/dev/null bs=4k count=1 iflag=direct
	[ $(($(told) - before)) = 1 ] || own_fail "told $(($(told) - before)) times: $(dmesg | tail)"
}
writes_start "$linear" 2m
sleep 1
grow_to 64
writes_stop
check "mkfs" -- mke2fs -q -t ext4 "$linear"
mount "$linear" /mnt || own_fail "mount"
make_files /mnt 6 1024 || own_fail "writing"
grow_to 96
check "resize2fs while mounted" -- resize2fs "$linear"
check "sums" -- verify_files /mnt
umount /mnt

refute "more than the pool holds" -- dd if=/dev/zero of="$thin" bs=1M count=120 oflag=direct
grep -q 'No space left' <<<"$out" || own_fail "not ENOSPC: $out"
told_of_pool() { dmesg | grep -q 'reached a thin provisioning soft threshold'; }
poke() { dd if="$thin" of=/dev/null bs=4k count=1 iflag=direct && told_of_pool; }
wait_for 90 poke || own_fail "no soft threshold of the pool"
check "what was written is there" -- dd if="$thin" of=/dev/null bs=1M count=8 iflag=direct
check "room for the pool" -- lvextend -q -L 150M vgo/pool0
check "the same goes on" -- dd if=/dev/zero of="$thin" bs=1M count=120 oflag=direct
check "discard gives it back" -- blkdiscard "$thin"
given_back()
{
	[ "$(lvs --noheadings -o data_percent vgo/thin | tr -d ' ')" = 0.00 ]
}
wait_for 60 given_back || own_fail "the pool still holds $(lvs --noheadings -o data_percent vgo/thin)"

refute "a volume in use" -- mke2fs -q /dev/vgo/linear

# volumes that are mounted, part of another stack, or swapped to
refused()
{
	refute "$1" -- t lun create other lv vgo/other
	grep -q "is mounted or in use" <<<"$out" || own_fail "$1: $out"
}
refute "a pool" -- t lun create other lv vgo/pool0
grep -q "vgo/pool0 is a pool or another part of volumes" <<<"$out" || own_fail "a pool: $out"
check "another volume" -- lvcreate -q -y -L 16M -n other vgo
check "mkfs" -- mke2fs -q -t ext4 /dev/vgo/other
mount /dev/vgo/other /mnt || own_fail "mount"
refused "mounted"
refute "mounted, and larger" -- t lun create other lv vgo/other size 32M
shows "it has not grown" '^ *16777216$' -- lvs --noheadings --units b --nosuffix -o lv_size vgo/other
umount /mnt
inner=(--config 'devices { scan_lvs=1 }')
check "a group on it" -- vgcreate "${inner[@]}" -q -y vgi /dev/vgo/other
check "a volume of that" -- lvcreate "${inner[@]}" -q -y -L 4M -n in vgi
refused "a physical volume"
# the words of the manual keep the host's LVM from what is inside; "a" behind them
# would let it in by /dev/dm-N
filter='"r|^/dev/vgo/.*|", "r|^/dev/mapper/vgo-.*|"'
filtered() { vgs --config "devices { scan_lvs=1 global_filter=[ $1 ] }"; }
shows "without a filter" vgi -- vgs "${inner[@]}"
shows "with it" vgo -- filtered "$filter"
grep -q vgi <<<"$out" && own_fail "the filter lets vgi through: $out"
shows "with more behind it" vgi -- filtered "$filter, \"a|.*|\""
check "the group goes" -- vgremove "${inner[@]}" -q -y -f vgi
check "mkswap" -- mkswap -f /dev/vgo/other
check "swapon" -- swapon /dev/vgo/other
refused "swap"
swapoff /dev/vgo/other
check "and when nobody has it" -- t lun create other lv vgo/other
check "removed" -- t lun delete other data

# one that is suspended holds up itself: the other is served, and a reset is
# answered, by a refusal, because what is read may still come
echo 3 >/proc/sys/vm/drop_caches
check "suspend" -- dmsetup suspend --noflush --nolockfs vgo-linear
dd if="$linear" of=/tmp/own/read bs=64k skip=1400 count=1 iflag=direct 2>/tmp/own/dd &
reader=$!
sleep 1
check "the other one" -- timeout 60 dd if="$thin" of=/dev/null bs=64k count=16 iflag=direct
sg_reset --no-esc --device "$linear" >/tmp/own/reset 2>&1 &
resetter=$!
# which it tells when it answers; the kernel may have other things to wait for
wait_for 60 grep -q 'abort takes too long.*function=5' /tmp/own/log || own_fail "LUN RESET is not answered"
check "the other one, after the reset" -- timeout 60 dd if="$thin" of=/dev/null bs=64k count=16 iflag=direct
check "status" -- timeout 60 /ctl/tisane/tisane -s /tmp/own/sock status
kill -0 $reader || own_fail "a suspended volume was read: $(cat /tmp/own/dd)"
check "resume" -- dmsetup resume vgo-linear
wait $resetter
wait $reader || own_fail "the read after it: $(cat /tmp/own/dd)"
check "sums after it" -- e2fsck -fn "$linear"
own_end
