# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# limit: 900
# The daemon in the guest: WRITE ATOMIC to a volume, by the initiator, up to what
# VPD B0h says and not one block more; whenever the daemon is killed, all of the
# last one is there, or nothing of it.
. /ctl/own.sh
own_group 64M
own_start <<C
lun linear { lv vgo/linear; size 16M }
target $own { portal-group pg; auth-group no-authentication; lun 0 linear }
C
own_no_disks
own_login 1
disk=${disks[0]}
shows "VPD B0h" 'Maximum atomic transfer length: 2048 ' -- sg_vpd --page=bl "$disk"
for letter in a b c d; do
	head -c 1M /dev/zero | tr '\0' $letter >/tmp/own/$letter
done

# atomic LETTER [BLOCKS]: from block 64 on.  sg_raw sends no more than 1 MiB.
atomic()
{
	local blocks=${2:-2048}
	sg_raw -s $((blocks > 2048 ? 1048576 : blocks * 512)) -i "/tmp/own/$1" "$disk" 9c 00 00 00 00 00 00 00 00 40 \
		00 00 "$(printf %02x $((blocks >> 8)))" "$(printf %02x $((blocks & 255)))" 00 00
}

region() { dd if="$disk" bs=32k skip=1 count=32 iflag=direct status=none; }
letters() { region | tr -s abcd; }

check "all that may be" -- atomic a
[ "$(letters)" = a ] || own_fail "after a: $(letters)"
check "a part" -- atomic b 7
[ "$(letters)" = ba ] || own_fail "after b: $(letters)"
refute "a block more" -- atomic c 2049
grep -q 'Invalid field in cdb' <<<"$out" || own_fail "not 05/24/00: $out"
[ "$(letters)" = ba ] || own_fail "after what was refused: $(letters)"

for kill in {1..4}; do
	rm -f /tmp/own/stop
	check "before kill $kill" -- atomic a
	while [ ! -e /tmp/own/stop ]; do
		for letter in b c d; do atomic $letter || break 2; done
	done >/dev/null 2>&1 &
	writer=$!
	sleep "$((kill / 3)).$((RANDOM % 900 + 100))"
	: >/tmp/own/stop
	kill -KILL "$daemon"
	wait "$daemon" 2>/dev/null
	own_run
	wait $writer
	wait_for 60 region || own_fail "the disk does not come back"
	[[ $(letters) = [abcd] ]] || own_fail "after kill $kill: $(letters)"
done
grep -E 'error|changed by others' /tmp/own/log && own_fail "the daemon complains"
own_end
