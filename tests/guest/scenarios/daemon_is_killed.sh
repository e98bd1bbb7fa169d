# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# limit: 300
# SIGKILL of the daemon under writes: the session comes back, no write fails,
# and all that was written is there.
login disk session.timeo.replacement_timeout=60
writes_start "$disk" 4m 32
sleep 4
host_do daemon kill
sleep 2
host_do daemon start || fail "no daemon"
recovered() { grep -q LOGGED_IN <<<"$(iscsiadm -m session -P3)"; }
wait_for 60 recovered || fail "the session is still lost"
sleep 2
writes_stop
grep -q 'detected conn error' <<<"$(dmesg)" || fail "the session was never lost"
dmesg | grep 'I/O error' && fail "the kernel gave up a request"
logout
