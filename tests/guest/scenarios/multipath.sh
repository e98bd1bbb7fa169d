# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# limit: 240
# Two portals: one path is cut, comes back, and then the other one swallows
# everything.  Writes go on, and all that was written is there.
PORTAL=$PATH_A
cat >/etc/multipath.conf <<'C'
defaults {
	user_friendly_names no
	find_multipaths no
	polling_interval 2
	max_polling_interval 2
	path_checker tur
	checker_timeout 5
	path_selector "round-robin 0"
	path_grouping_policy multibus
	no_path_retry queue
	fast_io_fail_tmo 3
}
blacklist { devnode "^vd" }
C
login disk session.timeo.replacement_timeout=3 'conn[0].timeo.noop_out_interval=2' \
	'conn[0].timeo.noop_out_timeout=3' session.err_timeo.abort_timeout=3
second=$(disk_of disk 0 "$PATH_B") || exit 1
id=$(/lib/udev/scsi_id -g -u "$disk")
[ "$id" = "$(/lib/udev/scsi_id -g -u "$second")" ] || fail "two names: $disk $second"
check "the device-mapper's modules" -- modprobe -a dm-multipath dm-round-robin scsi_dh_alua
multipathd -d -s >/tmp/multipathd 2>&1 &
mpath=/dev/mapper/$id
wait_for 30 test -b "$mpath" || fail "no $mpath: $(cat /tmp/multipathd; multipath -ll)"

# paths STATE COUNT: so many paths are in this state
paths()
{
	[ "$(multipathd show paths raw format '%t %o' | grep -cE "^$1")" = "$2" ]
}
# written: requests done on the multipath device
written()
{
	awk '{print $5}' "/sys/block/$(basename "$(readlink -f "$mpath")")/stat"
}
more_than() { [ "$(written)" -gt "$1" ]; }
goes_on()
{
	local before
	before=$(written)
	wait_for 60 more_than $((before + 20)) || fail "$1: writes stand still"
}
wait_for 30 paths active 2 || fail "two paths: $(multipathd show paths)"

fio --name=v --filename="$mpath" --size=40M --rw=randwrite --bs=16k --rate=1m \
	--direct=1 --ioengine=libaio --iodepth=8 --verify=crc32c --verify_fatal=1 \
	--do_verify=1 --output=/tmp/fio &
fio=$!
goes_on "two paths"
host_do path A kill
wait_for 60 paths failed 1 || fail "the cut path: $(multipathd show paths)"
goes_on "path A is cut"
host_do path A start || fail "no proxy"
wait_for 60 paths active 2 || fail "the path that came back: $(multipathd show paths)"
host_do path B hole
wait_for 60 paths failed 1 || fail "the black hole: $(multipathd show paths)"
goes_on "path B is a black hole"
host_do path B open
wait_for 60 paths active 2 || fail "both again: $(multipathd show paths)"
wait $fio || fail "fio: $(cat /tmp/fio)"
check "flush" -- multipath -f "$id"
multipathd shutdown >/dev/null
logout
