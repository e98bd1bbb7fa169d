#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# lun create, grow and delete change the file with its comments kept and what
# runs, or nothing of both; several at once do not harm each other.
. "$(dirname "$0")/lib.sh"
need jq
TISANE=${TISANE:-$(dirname "$TISANED")/tisane}
t() { "$TISANE" -s "$DIR/control.sock" "$@"; }
refused() # STATUS WORDS... - ends with it, and the file has not changed
{
	local want=$1 got=0 before
	before=$(cat "$DIR/tisane.conf" "$DIR/more.conf")
	shift
	out=$(t "$@" 2>&1) || got=$?
	[ "$got" -eq "$want" ] || fail "$* ended with $got, not $want: $out"
	[ "$(cat "$DIR/tisane.conf" "$DIR/more.conf")" = "$before" ] || fail "$*: the file has changed"
}

mkdir -p "$DIR/state"
cat >"$DIR/more.conf" <<CONF
# of the other department
lun other { ram; size 4M }   # theirs
CONF
chmod 600 "$DIR/more.conf"
target_start <<CONF
# the first comment
state-directory @DIR@/state
include more.conf
portal-group pg { listen 127.0.0.1:@PORT@ }
lun disk { file @DIR@/disk.img; size 16M }   # of the web server
target @IQN@ {
	portal-group pg; auth-group no-authentication
	lun 0 disk   # its only one
	lun 5 other
}
CONF

check create -- t lun create vm1 file "$DIR/vm 1.img" size 8M allocation sparse target "$IQN"
[ "$(stat -c %s "$DIR/vm 1.img")" = 8388608 ] || fail "no image"
check "LUN 1 is served" -- qemu-io -f raw -c 'write -P 9 0 64k' "$URL/$IQN/1"
for comment in "# the first comment" "# of the web server" "# its only one"; do
	grep -q "$comment" "$DIR/tisane.conf" || fail "lost: $comment"
done
check "it is valid" -- "$TISANED" -t -c "$DIR/tisane.conf"

refused 1 lun create vm1 ram size 4M
refused 1 lun create vm2 ram size 4M target iqn.2026-11.no:such
refused 4 lun create vm2 ram size 4 target "$IQN"
refused 4 lun create vm2 file "$DIR/vm 1.img" size 8M
refused 4 lun create vm2 file /nonexistent/x.img size 8M
refused 4 lun create vm2 ram size 4M target "$IQN" number 0
refused 2 lun create vm2 ram sise 4M
refused 2 lun create
refused 1 lun grow vm1 4M
refused 1 lun grow nobody 4G
refused 1 lun grow vm1 much

# while a session is there: it grows, and is only deleted when told so
qemu-io -f raw -c 'sleep 600000' "$URL/$IQN/1" >/dev/null 2>&1 &
children+=($!)
logged_in() { [ "$(t --json sessions | jq '.sessions | length')" = 1 ]; }
wait_for 20 logged_in || fail "no session"
check grow -- t lun grow vm1 12M
[ "$(stat -c %s "$DIR/vm 1.img")" = 12582912 ] || fail "not grown"
grep -q "size 12M" "$DIR/tisane.conf" || fail "not in the file"
refused 1 lun delete vm1
check delete -- t lun delete vm1 force
logged_in || fail "the session has gone"
refute "it is gone" -- qemu-io -f raw -c 'read 0 512' "$URL/$IQN/1"
[ -f "$DIR/vm 1.img" ] || fail "the data are gone"
! grep -q vm1 "$DIR/tisane.conf" || fail "still in the file"

# a lun of an included file
check "delete of an included one" -- t lun delete other force
grep -q "# of the other department" "$DIR/more.conf" || fail "lost their comment"
! grep -q "lun other" "$DIR/more.conf" || fail "still in the included file"

# several at once
for i in 1 2 3 4 5 6; do t lun create "r$i" ram size 4M target "$IQN" >"$DIR/out.$i" 2>&1 & p[i]=$!; done
for i in 1 2 3 4 5 6; do wait "${p[i]}" || fail "create r$i: $(cat "$DIR/out.$i")"; done
[ "$(t --json luns | jq '[.luns[] | select(.name | startswith("r"))] | length')" = 6 ] || fail "six at once"
[ "$(t --json show "$IQN" | jq '[.luns[].number] | unique | length')" = 7 ] ||
	fail "numbers: $(t show "$IQN")"
target_stop
[ "$status" -eq 0 ] || fail "exit status $status"
target_run
[ "$(t --json luns | jq '.luns | length')" = 7 ] || fail "not after a restart"
