# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# In the guest: runs the scenarios that the host names, one at a time.
. /ctl/kit.sh

scenario()
{
	# shellcheck disable=SC2034
	PORTAL=$2 PATH_A=$3 PATH_B=$4
	dmesg -C
	# shellcheck disable=SC1090
	. "/ctl/scenarios/$1.sh"
}

echo "InitiatorName=iqn.2026-11.test.guest:$(cat /ctl/initiator)" >/etc/iscsi/initiatorname.iscsi
check "iscsid starts" -- iscsid
while next=$(host_do next); do
	# shellcheck disable=SC2086
	set -- $next
	(scenario "$@") >"/ctl/log.$1" 2>&1 </dev/null
	host_do ended "$1" $? >/dev/null
done
