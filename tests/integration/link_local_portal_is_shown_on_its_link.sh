#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# A portal with a link-local address: discovery over its link shows it, without
# an interface; discovery over another link or address does not.  Two hosts are
# two network namespaces, with two cables between them.
. "$(dirname "$0")/lib.sh"
need ip iscsi-ls python3
need_root "network namespaces"
HERE=tisane-$$-a THERE=tisane-$$-b
ip netns add "$HERE" 2>/dev/null || skip "no network namespaces"
cleanups+=("ip netns del $HERE")
ip netns add "$THERE"
cleanups+=("ip netns del $THERE")

# The address of one end, when duplicate address detection has let it be.
cable()
{
	local here=$1 there=$2
	ip -n "$HERE" link add "$here" type veth peer name "$there" netns "$THERE"
	ip netns exec "$HERE" sysctl -qw "net.ipv6.conf.$here.accept_dad=0"
	ip netns exec "$THERE" sysctl -qw "net.ipv6.conf.$there.accept_dad=0"
	ip -n "$HERE" link set "$here" up
	ip -n "$THERE" link set "$there" up
}
link_local() { ip -n "$1" -6 -o addr show dev "$2" scope link | sed 's/.*inet6 \([^/]*\).*/\1/'; }
ready() { [ -n "$(link_local "$@")" ]; }

ip -n "$HERE" link set lo up
cable near far
cable other yonder
for end in "$HERE near" "$HERE other" "$THERE far" "$THERE yonder"; do
	# shellcheck disable=SC2086
	wait_for 20 ready $end || skip "no link-local addresses"
done
ip -n "$HERE" addr add 2001:db8::1/64 dev other nodad
ip -n "$THERE" addr add 2001:db8::2/64 dev yonder nodad
near=$(link_local "$HERE" near) other=$(link_local "$HERE" other)
PORT=3260

cat >"$DIR/tisane.conf" <<C
state-directory $DIR/state
control $DIR/c.sock
portal-group pg {
	listen [$near%near]:$PORT
	listen [$other%other]:$PORT
	listen [2001:db8::1]:$PORT
}
lun a { ram; size 1M }
target $IQN { portal-group pg; auth-group no-authentication; lun 0 a }
C
chmod 600 "$DIR/tisane.conf"
ip netns exec "$HERE" "$TISANED" -c "$DIR/tisane.conf" 2>"$LOG" &
PID=$!
listens() { grep -q "ready workers" "$LOG"; }
wait_for 20 listens || fail "it does not listen"

# shown ADDRESS INTERFACE: what discovery at that address shows, by bytes.
shown()
{
	ip netns exec "$THERE" env PYTHONPATH="$(dirname "$0")" python3 - "$@" <<'P'
import socket, sys
from initiator import *

host, interface = sys.argv[1:]
zone = socket.if_nametoindex(interface) if interface else 0
s = Session.__new__(Session)
s.sock = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
s.sock.settimeout(10)
s.sock.connect((host, 3260, 0, zone))
s.name, s.isid = "iqn.2026-11.test:raw", b"\x40\0\0\0\0\1"
s.cmd_sn, s.exp_stat_sn, s.itt, s.tsih, s.cid = 1, 0, 1, 0, 1
s.header_digest = s.data_digest = False
s.params = {}
s.login(target=None)
s.send(bhs(TEXT | 0x40, 0x80, itt=9, rest=struct.pack(">III", NO_TAG, s.cmd_sn, s.exp_stat_sn)), b"SendTargets=All\0")
for pair in s.recv().data.split(b"\0"):
    if pair.startswith(b"TargetAddress="):
        print(pair.decode().split("=")[1])
P
}

both="[$near]:$PORT,1"$'\n'"[2001:db8::1]:$PORT,1"
[ "$(shown "$near" far)" = "$both" ] || fail "over its link: $(shown "$near" far)"
both="[$other]:$PORT,1"$'\n'"[2001:db8::1]:$PORT,1"
[ "$(shown "$other" yonder)" = "$both" ] || fail "over the other link: $(shown "$other" yonder)"
[ "$(shown 2001:db8::1 "")" = "[2001:db8::1]:$PORT,1" ] || fail "by a global address: $(shown 2001:db8::1 "")"

# A reload that knows neither interface nor cable says so, and changes nothing.
cp "$DIR/tisane.conf" "$DIR/good"
sed -i 's/%near/%nowhere/' "$DIR/tisane.conf"
kill -HUP "$PID"
says() { grep -q "no address of an interface that is there" "$LOG"; }
wait_for 20 says || fail "an interface that is not there is not told"
both="[$near]:$PORT,1"$'\n'"[2001:db8::1]:$PORT,1"
[ "$(shown "$near" far)" = "$both" ] || fail "after the reload: $(shown "$near" far)"
sed -i 's/%nowhere//' "$DIR/tisane.conf"
refute "a link-local address without an interface" -- "$TISANED" -t -c "$DIR/tisane.conf"
grep -q "say on which interface" <<<"$out" || fail "it said: $out"
target_stop
[ "$status" -eq 0 ] || fail "exit status $status"
