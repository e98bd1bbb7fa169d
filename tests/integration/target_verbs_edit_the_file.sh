#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# target create, add, remove and delete change the file with its comments kept
# and what runs, or nothing of both; not under initiators unless forced.
. "$(dirname "$0")/lib.sh"
need jq
TISANE=${TISANE:-$(dirname "$TISANED")/tisane}
t() { "$TISANE" -s "$DIR/control.sock" "$@"; }
refused() # STATUS WORDS... - ends with it, and the file has not changed
{
	local want=$1 got=0 before
	before=$(cat "$DIR/tisane.conf")
	shift
	out=$(t "$@" 2>&1) || got=$?
	[ "$got" -eq "$want" ] || fail "$* ended with $got, not $want: $out"
	[ "$(cat "$DIR/tisane.conf")" = "$before" ] || fail "$*: the file has changed"
}

target_start <<CONF
# the only comment
state-directory @DIR@/state
portal-group pg { listen 127.0.0.1:@PORT@ }
lun disk { ram; size 8M }
lun other { ram; size 4M }
target @IQN@ { portal-group pg; auth-group no-authentication; lun 0 disk }
CONF
new=iqn.2026-11.test.tisane:new
check create -- t target create $new auth-group no-authentication alias "a new one"
refused 1 target create $new auth-group no-authentication
refused 4 target create iqn.2026-11.test.tisane:x auth-group nobody
refused 4 target create nonsense auth-group no-authentication
refused 2 target create iqn.2026-11.test.tisane:x
refused 2 target create $new auth-group no-authentication colour red
check add -- t target add $new disk number 3
check "add without a number" -- t target add $new other
refused 1 target add $new nobody
refused 1 target add iqn.2026-11.no:such disk
refused 4 target add $new disk number 3
refused 2 target add $new disk number x
[ "$(t --json show $new | jq -c '[.alias, (.luns[] | [.number, .name])]')" = '["a new one",[0,"other"],[3,"disk"]]' ] ||
	fail "show: $(t --json show $new)"
grep -q "^$new  *2  *0" <<<"$(t target list)" || fail "list: $(t target list)"
check "LUN 3 is served" -- qemu-io -f raw -c 'write -P 9 0 64k' "$URL/$new/3"
grep -q "# the only comment" "$DIR/tisane.conf" || fail "lost the comment"
check "it is valid" -- "$TISANED" -t -c "$DIR/tisane.conf"

qemu-io -f raw -c 'sleep 600000' "$URL/$new/3" >/dev/null 2>&1 &
children+=($!)
logged_in() { [ "$(t --json sessions | jq '.sessions | length')" = 1 ]; }
wait_for 20 logged_in || fail "no session"
refused 1 target remove $new other
refused 1 target delete $new
check "remove by force" -- t target remove $new other force
logged_in || fail "the session has gone"
refused 1 target remove $new other force
check "delete by force" -- t target delete $new force
refute "it is gone" -- qemu-io -f raw -c 'read 0 512' "$URL/$new/3"
! grep -q "$new" "$DIR/tisane.conf" || fail "still in the file"
grep -q "lun other" "$DIR/tisane.conf" || fail "its LUN is gone"
refused 1 target delete $new
target_stop
[ "$status" -eq 0 ] || fail "exit status $status"
