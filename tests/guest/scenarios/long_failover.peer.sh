# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# The host that takes over: by PREEMPT AND ABORT, while the other one writes.
pr() { sg_persist --no-inquiry "$@"; }
marked serving
login disk
refute "writing under the reservation of the other host" -- \
	dd if=/dev/zero of="$disk" bs=4k count=1 oflag=direct
check "register" -- pr --out --register --param-sark=0xbbb "$disk"
sleep 2
check "preempt and abort" -- pr --out --preempt-abort --param-rk=0xbbb --param-sark=0xaaa \
	--prout-type=5 "$disk"
shows "one key is left" '0xbbb' -- pr --in --read-keys "$disk"
grep -q 0xaaa <<<"$out" && fail "the other host is still registered: $out"
mark taken
e2fsck -fp "$disk" >/tmp/fsck 2>&1
[ $? -le 1 ] || fail "e2fsck: $(cat /tmp/fsck)"
mount "$disk" /mnt || fail "mount"
check "what the other host had synced" -- verify_files /mnt/synced
make_files /mnt 4 512 || fail "writing"
marked gone
check "what this host wrote, after the other one is gone" -- verify_files /mnt
umount /mnt
check "e2fsck" -- e2fsck -fn "$disk"
check "clear" -- pr --out --clear --param-rk=0xbbb "$disk"
logout
