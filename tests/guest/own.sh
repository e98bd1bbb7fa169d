# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# What the scenarios share whose daemon runs in the guest, on logical volumes.
#
#   own_group SIZE     a volume group of that size: vgo
#   own_start [WORDS]  the daemon, with the LUNs and the target ($own) of standard
#                      input, and what more is in its timeout block
#   own_run            start it again, after a kill -9 $daemon
#   own_no_disks       while it does, its own disks hang: LVM is not to look at them
#   own_login COUNT    log in; the disks of the LUNs from 0 on are in ${disks[@]}
#   own_end            log out and stop all; the daemon ended well
#   own_fail WORDS     fail, with the daemon's log
#   t WORDS            the admin's command
# shellcheck disable=SC2034
own=iqn.2026-11.test.tisane:own
own_portal=127.0.0.1:3260
disks=()

t() { /ctl/tisane/tisane -s /tmp/own/sock "$@"; }

own_fail()
{
	cat /tmp/own/log
	fail "$@"
}

own_group()
{
	check "modules" -- modprobe -a loop dm-mod dm-thin-pool dm-snapshot
	rm -rf /tmp/own
	mkdir -p /tmp/own/state
	truncate -s "$1" /tmp/own/pv
	loop=$(losetup -f --show /tmp/own/pv) || fail "losetup"
	check "pvcreate" -- pvcreate -q "$loop"
	check "vgcreate" -- vgcreate -q vgo "$loop"
}

own_is_ready() { [ "$(grep -c ready /tmp/own/log)" = "$starts" ]; }

own_run()
{
	starts=$((${starts:-0} + 1))
	/ctl/tisane/tisaned -c /tmp/own/conf >>/tmp/own/log 2>&1 &
	daemon=$!
	wait_for 90 own_is_ready || own_fail "the daemon does not start"
}

own_start()
{
	{
		echo "state-directory /tmp/own/state"
		echo "control /tmp/own/sock"
		echo "timeout { open 2min${1:+; $1} }"
		echo "portal-group pg { listen $own_portal }"
		cat
	} >/tmp/own/conf
	chmod 600 /tmp/own/conf
	own_run
}

own_filter=/etc/lvm/lvmlocal.conf
own_no_disks() { echo 'devices { global_filter = [ "r|^/dev/sd.*|" ] }' >$own_filter; }

own_login()
{
	local lun by=/dev/disk/by-path/ip-$own_portal-iscsi-$own-lun
	check "discovery" -- iscsiadm -m discovery -t st -p $own_portal
	check "login" -- iscsiadm -m node -T $own -p $own_portal --login
	for ((lun = 0; lun < $1; lun++)); do
		wait_for 60 test -b $by-$lun || own_fail "no disk of LUN $lun"
		disks+=("$(readlink -f $by-$lun)")
	done
}

own_end()
{
	local status
	iscsiadm -m node -T $own --logout >/dev/null 2>&1
	iscsiadm -m node -T $own -o delete
	kill "$daemon"
	wait "$daemon"
	status=$?
	vgchange -q -an vgo
	losetup -d "$loop"
	rm -rf /tmp/own/pv $own_filter
	[ $status = 0 ] || own_fail "the daemon's status: $status"
}
