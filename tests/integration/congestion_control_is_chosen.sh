#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# The connections of a portal group have the congestion control that it names,
# after a reload those that are made then, and without a name the system's; one
# that the kernel does not have is refused.
. "$(dirname "$0")/lib.sh"
need ss iscsi-ls
PORT=$(free_port)
URL=iscsi://127.0.0.1:$PORT
HELD=$DIR/held

conf()
{
	target_conf <<C
state-directory @DIR@/state
portal-group pg {
	listen 127.0.0.1:@PORT@
	$1
}
lun disk { ram; size 1M }
target @IQN@ { portal-group pg; auth-group no-authentication; lun 0 disk }
C
}

# A connection is made, looked at from the daemon's end, and closed.
control_of_a_new_one()
{
	exec 3<>"/dev/tcp/127.0.0.1/$PORT"
	ss -tinH state established "( sport = :$PORT )" >"$HELD"
	exec 3>&-
	grep -owE 'reno|cubic|bbr' "$HELD" | head -n 1
}
has() { [ "$(control_of_a_new_one)" = "$1" ]; }

system=$(cat /proc/sys/net/ipv4/tcp_congestion_control)
[ "$system" != reno ] || skip "reno is the system's own"
conf "congestion-control reno"
target_run
has reno || fail "a connection has $(control_of_a_new_one)"

conf "congestion-control nonsense"
kill -HUP "$PID"
wait_for 20 grep -q 'tisane.conf:2: portal-group pg: congestion-control nonsense: not one' "$LOG" ||
	fail "no word about one that the kernel does not have"
has reno || fail "a refused file changed it to $(control_of_a_new_one)"

conf ""
kill -HUP "$PID"
wait_for 20 has "$system" || fail "it is not the system's again: $(control_of_a_new_one)"
check "it serves" -- iscsi-ls "$URL"
