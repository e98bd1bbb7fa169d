# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# limit: 300
# Persistent reservations between two initiator names.
iface()
{
	check "iface $1" -- iscsiadm -m iface -I "$1" -o new
	check "its name" -- iscsiadm -m iface -I "$1" -o update -n iface.initiatorname \
		-v "iqn.2026-11.test.guest:$1"
}

# The disk of the session of an initiator name.
disk_of_name()
{
	local s
	for s in /sys/class/iscsi_session/session*; do
		[ "$(cat "$s/initiatorname")" = "iqn.2026-11.test.guest:$1" ] || continue
		echo "/dev/$(basename "$(echo "$s"/device/target*/*/block/*)")"
	done
}
has_disk() { [ -b "$(disk_of_name "$1")" ]; }

iface one
iface two
shows "discovery" "$(iqn disk)" -- iscsiadm -m discovery -t sendtargets -p "$PORTAL" -I one -I two
check "login of both" -- iscsiadm -m node -T "$(iqn disk)" --login
wait_for 60 has_disk one || fail "no disk of one"
wait_for 60 has_disk two || fail "no disk of two"
one=$(disk_of_name one) two=$(disk_of_name two)

pr() { sg_persist --no-inquiry "$@"; }
writes() { dd if=/dev/zero of="$1" oflag=direct bs=4k count=1 status=none; }
reads() { dd if="$1" of=/dev/null iflag=direct bs=4k count=1 status=none; }
conflict()
{
	refute "$1" -- "${@:2}"
	grep -qi 'conflict' <<<"$out" || fail "$1: not a conflict: $out"
}

check "one registers" -- pr --out --register --param-sark=0xaaa "$one"
check "two registers" -- pr --out --register --param-sark=0xbbb "$two"
shows "both keys" 0xbbb -- pr --in --read-keys "$one"
check "one reserves: write exclusive" -- pr --out --reserve --param-rk=0xaaa --prout-type=1 "$one"
shows "the holder" 0xaaa -- pr --in --read-reservation "$two"
check "the holder writes" -- writes "$one"
refute "another one writes" -- writes "$two"
check "another one reads" -- reads "$two"
conflict "another one reserves" pr --out --reserve --param-rk=0xbbb --prout-type=1 "$two"
shows "full status names ports" iqn.2026-11.test.guest:two -- pr --in --read-full-status "$one"

check "two preempts" -- pr --out --preempt --param-rk=0xbbb --param-sark=0xaaa --prout-type=3 "$two"
wait_for 5 reads "$two" || fail "the new holder reads"
check "the new holder writes" -- writes "$two"
refute "the old holder writes" -- writes "$one"
refute "exclusive access: the old holder reads" -- reads "$one"
grep -qiE 'reservation conflict' <<<"$(dmesg)" || fail "the kernel saw no conflict"

# A reservation outlives the session of its holder.  open-iscsi comes back with
# another ISID, which is another initiator port: it has to take over.
check "two logs out" -- iscsiadm -m node -T "$(iqn disk)" -I two --logout
refute "still reserved" -- writes "$one"
check "two logs in again" -- iscsiadm -m node -T "$(iqn disk)" -I two --login
wait_for 60 has_disk two || fail "no disk of two"
two=$(disk_of_name two)
check "two registers again" -- pr --out --register-ignore --param-sark=0xccc "$two"
check "two takes over" -- pr --out --preempt --param-rk=0xccc --param-sark=0xbbb --prout-type=3 "$two"
check "two writes" -- writes "$two"
check "release" -- pr --out --release --param-rk=0xccc --prout-type=3 "$two"
check "all may write" -- writes "$one"
check "clear" -- pr --out --clear --param-rk=0xccc "$two"
shows "no keys" 'no registered|there are NO' -- pr --in --read-keys "$two"
logout
iscsiadm -m iface -I one -o delete >/dev/null
iscsiadm -m iface -I two -o delete >/dev/null
