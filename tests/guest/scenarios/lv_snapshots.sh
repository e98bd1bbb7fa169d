# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# limit: 900
# The daemon in the guest: snapshots and clones of volumes, thick and thin, taken
# while the disk is written; their identities; a thick one that runs full costs
# itself only; and only lun delete with data removes a volume.
. /ctl/own.sh
own_group 200M
check "the pool" -- lvcreate -q -y --errorwhenfull y -L 64M -T vgo/pool0
own_start <<C
lun linear { lv vgo/linear; size 12M }   # of the mail server
lun thin { lv vgo/thin; size 12M; thin-pool pool0 }
target $own { portal-group pg; auth-group no-authentication; lun 0 linear; lun 1 thin }
C
own_login 2
linear=${disks[0]} thin=${disks[1]}
by=/dev/disk/by-path/ip-$own_portal-iscsi-$own-lun

# A disk is all of one letter, then all of the next while the snapshot is taken:
# in the snapshot each block is of either, none before one of the older.
letters() { tr '\0' "$1" </dev/zero | dd of="$2" bs=64k count=160 iflag=fullblock oflag=direct status=none; }
settled() # DEVICE: one letter, then the other
{
	[ "$(head -c 10M "$1" | tr -s abcd | wc -c)" -le 2 ]
}
for lun in linear thin; do
	disk=${!lun}
	letters a "$disk"
	(letters b "$disk"; letters b "$disk"; letters b "$disk") &
	writer=$!
	size=
	[ $lun = thin ] || size="size 16M"
	# shellcheck disable=SC2086
	check "snapshot of $lun" -- t lun snapshot $lun $lun-1 $size
	wait $writer || own_fail "writing $lun"
	check "$lun-1 is as it was at one time" -- settled /dev/vgo/$lun-1
done
shows "listed" 'thin-1 .*of thin' -- t luns
grep -q "# of the mail server" /tmp/own/conf || own_fail "a comment is lost"
refute "without a size" -- t lun snapshot linear linear-2
grep -q "needs a size" <<<"$out" || own_fail "no size: $out"

check "a clone of a snapshot" -- t lun clone thin-1 web target $own number 5
rescan() { iscsiadm -m session --rescan >/dev/null; test -b $by-5; }
wait_for 90 rescan || own_fail "no clone"
letters c "$(readlink -f $by-5)"
check "the snapshot is as before" -- settled /dev/vgo/thin-1
[ "$(t --json luns | grep '"uuid"' | sort -u | wc -l)" = 5 ] || own_fail "identities: $(t --json luns)"
tag=$(t --json luns | grep -A40 '"name": "web"' | grep -m 1 '"uuid"' | cut -d'"' -f4)
shows "the clone carries its own" "tisane.uuid=$tag" -- lvs --noheadings -o lv_tags vgo/web

# the room of a thick snapshot is used up: the snapshot is lost, its origin is not
check "a small one" -- t lun snapshot linear small size 4M
letters d "$linear" && sync "$linear" || own_fail "the origin has an error"
check "the origin is whole" -- settled "$linear"
refute "the snapshot is lost" -- dd if=/dev/vgo/small of=/dev/null bs=1M iflag=direct status=none

# nothing goes that was not told to
check "delete" -- t lun delete small
check "its volume stays" -- lvs vgo/small
refute "offered" -- t lun delete web data
refute "its snapshots would go with it" -- t lun delete linear force data
grep -qE 'vgo/linear has the snapshot vgo/(small|linear-1), which would go with it' <<<"$out" ||
	own_fail "an origin: $out"
shows "the origin is served" 'linear .*vgo/linear' -- t luns
check "logout" -- iscsiadm -m node -T $own --logout
check "delete with data" -- t lun delete web force data
refute "its volume is gone" -- lvs vgo/web
check "delete a snapshot" -- t lun delete linear-1 data
refute "the snapshot is gone" -- lvs vgo/linear-1
check "its origin is not" -- lvs vgo/linear
check "the last snapshot" -- lvremove -q -y vgo/small
check "delete the origin" -- t lun delete linear force data
refute "the origin is gone" -- lvs vgo/linear
check "what is thin stays" -- lvs vgo/thin-1
own_end
