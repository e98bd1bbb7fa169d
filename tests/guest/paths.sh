# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# What the scenarios with two paths share.
#
#   paths_start [CHOICE...]   logs in by both proxies; the multipath device is
#                      $mpath.  CHOICE: of paths, in multipath.conf's words; else
#                      by turns
#   paths STATE COUNT  so many paths are in this state
#   goes_on WORDS      writes to it are done
#   paths_stop
paths_start()
{
	PORTAL=$PATH_A
	cat >/etc/multipath.conf <<-C
	defaults {
		user_friendly_names no
		find_multipaths no
		polling_interval 2
		max_polling_interval 2
		path_checker tur
		checker_timeout 5
		path_selector "round-robin 0"
		${1:-path_grouping_policy multibus}
		${2:-}
		${3:-}
		no_path_retry queue
		fast_io_fail_tmo 3
	}
	blacklist {
		devnode "^vd"
	}
	C
	login disk session.timeo.replacement_timeout=3 'conn[0].timeo.noop_out_interval=2' \
		'conn[0].timeo.noop_out_timeout=3' session.err_timeo.abort_timeout=3
	second=$(disk_of disk 0 "$PATH_B") || exit 1
	id=$(/lib/udev/scsi_id -g -u "$disk")
	[ "$id" = "$(/lib/udev/scsi_id -g -u "$second")" ] || fail "two names: $disk $second"
	check "the device-mapper's modules" -- modprobe -a dm-multipath dm-round-robin scsi_dh_alua
	multipathd -d -s >/tmp/multipathd 2>&1 &
	mpath=/dev/mapper/$id
	wait_for 90 test -b "$mpath" || fail "no $mpath: $(cat /tmp/multipathd; multipath -ll)"
	wait_for 90 paths active 2 || fail "two paths: $(multipathd show paths)"
}

paths_stop()
{
	# who looked at it when its paths changed may have it open for a moment
	wait_for 60 multipath -f "$id" || fail "flush: $(multipath -f "$id" 2>&1)"
	multipathd shutdown >/dev/null
	logout
}

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
