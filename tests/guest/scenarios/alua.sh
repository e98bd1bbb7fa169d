# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# limit: 400
# Two portal groups, of which one is preferred: dm-multipath writes by that one, and
# follows when SET TARGET PORT GROUPS, and then the configuration, say another, and
# when the one in use goes to standby.  All that was written is there.
. /ctl/paths.sh
PORTAL=$PATH_B discover disk
paths_start "path_grouping_policy group_by_prio" "prio alua" "failback immediate"
shows "sg_rtpg, near" 'active/optimized' -- sg_rtpg --decode "$disk"
shows "sg_rtpg, far" 'active/non optimized' -- sg_rtpg --decode "$second"

# writes_of DISK: requests done on that path
writes_of() { awk '{print $5}' "/sys/block/$(basename "$1")/stat"; }
more_by() { [ "$(writes_of "$1")" -gt "$2" ]; }
# goes_by DISK OTHER WORDS: the one is written to, and soon the other one is not.
rests()
{
	local before
	before=$(writes_of "$1")
	sleep 3
	# What checks paths does not write.
	[ "$(writes_of "$1")" = "$before" ]
}
goes_by()
{
	wait_for 60 more_by "$1" $(($(writes_of "$1") + 20)) ||
		fail "$3: no writes by $1: $(multipath -ll)"
	wait_for 60 rests "$2" || fail "$3: still writes by $2: $(multipath -ll)"
}

writes_start "$mpath" 1m
goes_by "$disk" "$second" "at first"
tag() { sg_vpd --page=di "$1" | sed -n 's/.*Target port group: *//p' | head -n 1; }
near=$(tag "$disk") far=$(tag "$second")
check "sg_stpg" -- sg_stpg --tp="$near,$far" --state=an,ao "$disk"
goes_by "$second" "$disk" "after SET TARGET PORT GROUPS"
check "the other way by the configuration" -- host_do reload \
	'far state active-non-optimized' 'far state standby'
# It is told so; then Linux may ask for that path again (SET TARGET PORT GROUPS), as
# long as multipathd does not know what it is worth by now, and it is active by right.
standby() { dmesg | grep -q 'alua: port group .* state S '; }
wait_for 60 standby || fail "far is not in standby: $(sg_rtpg --decode "$second"; dmesg | grep alua)"
left()
{
	rests "$second" || grep -A 1 "id : $far " <<<"$(sg_rtpg --decode "$second")" | grep -q active/optimized
}
wait_for 60 more_by "$disk" $(($(writes_of "$disk") + 20)) || fail "no writes by near: $(multipath -ll)"
wait_for 60 left || fail "with far in standby: still writes by far: $(multipath -ll; sg_rtpg --decode "$second")"
writes_stop
paths_stop
