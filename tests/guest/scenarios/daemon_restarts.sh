# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# limit: 300
# Restarts under writes that are verified: the initiator is asked to log out, comes
# back, and gives up no request.
login disk session.timeo.replacement_timeout=60
writes_start "$disk" 4m 32
recovered() { grep -q LOGGED_IN <<<"$(iscsiadm -m session -P3)"; }
for i in 1 2 3; do
	sleep 3
	host_do daemon restart || fail "restart $i"
	wait_for 60 recovered || fail "the session is lost after restart $i"
done
sleep 2
writes_stop
dmesg | grep 'I/O error' && fail "the kernel gave up a request"
logout
