#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Each verb of the table answers with JSON when asked to, and says what to do when
# the daemon does not run: with the exit status that is documented.
. "$(dirname "$0")/lib.sh"
need jq
TISANE=${TISANE:-$(dirname "$TISANED")/tisane}
t() { "$TISANE" -s "$DIR/control.sock" "$@"; }

cat >"$DIR/tgt.conf" <<C
<target iqn.2020-01.test.tisane:old>
    backing-store $DIR/a.img
</target>
C
target_start <<'C'
state-directory @DIR@/state
fault-injection yes
portal-group pg { listen 127.0.0.1:@PORT@ }
lun disk { ram; size 4M }
target @IQN@ { portal-group pg; auth-group no-authentication; lun 0 disk }
C
qemu-io -r -f raw -c 'sleep 600000' "$LUN" >/dev/null 2>&1 &
children+=($!)
logged_in() { [ "$(t --json sessions | jq '.sessions | length')" = 1 ]; }
wait_for 20 logged_in || fail "no session"
tsih=$(t --json sessions | jq '.sessions[0].tsih')
# One of each verb; "-": without the daemon as well
cat >"$DIR/verbs" <<V
status
sessions
luns
show disk
top 1
why iqn.2026-11.test.host:a
events
- explain 5/24/0
export qemu disk
- import tgt $DIR/tgt.conf
- check
diff
reload
lun create a file $DIR/a.img size 4M
lun grow a 8M
lun set a limit-iops 100
rollback
lun snapshot a b copy
lun clone a c copy
lun convert a full
- lun adopt a keep
lun export-image a $DIR/a.raw
jobs
job cancel 1
fault add disk reads delay=1
fault list
fault remove 1
session record $tsih $DIR/pcapng
target list
target create ${IQN}2 auth-group no-authentication
target add ${IQN}2 disk
target remove ${IQN}2 disk
target delete ${IQN}2
initiator list
initiator set iqn.2026-11.* limit-iops 5
session drop $tsih
lun delete c
V
t --help | sed -n 's/^  \([a-z][a-z-]*\( [a-z][a-z-]*\)\{0,1\}\).*/\1/p' | sort >"$DIR/table"
while read -r verb; do
	grep -qE "^(- )?$verb( |\$)" "$DIR/verbs" || fail "the verb $verb is not tried here"
done <"$DIR/table"
[ "$(wc -l <"$DIR/table")" = "$(wc -l <"$DIR/verbs")" ] || fail "not the verbs of the table: $(cat "$DIR/table")"

while read -r line; do
	read -ra words <<<"${line#- }"
	got=0
	timeout $((30 * ${TEST_SLOWDOWN:-1})) "$TISANE" -s "$DIR/control.sock" \
		-c "$DIR/tisane.conf" --json "${words[@]}" >"$DIR/json" 2>"$DIR/err" &
	# events goes on for ever
	[ "$line" != events ] || { wait_for 20 test -s "$DIR/json" && kill $!; } || fail "no events: $(cat "$DIR/err")"
	wait $! || got=$?
	case $got:$line in
	0:* | 143:events) ;;
	1:"job cancel"*) ;; # it has ended
	*) fail "$line ended with $got: $(cat "$DIR/json" "$DIR/err")" ;;
	esac
	jq -es 'length > 0' "$DIR/json" >/dev/null || fail "$line is no JSON: $(cat "$DIR/json" "$DIR/err")"
done <"$DIR/verbs"
target_stop
[ "$status" = 0 ] || fail "exit status $status"
rm "$DIR/pcapng"

while read -r line; do
	read -ra words <<<"${line#- }"
	got=0 want=3
	[ "$line" = "${line#- }" ] || want=0
	"$TISANE" -s "$DIR/control.sock" -c "$DIR/tisane.conf" "${words[@]}" >"$DIR/out" 2>&1 || got=$?
	[ "$got" = "$want" ] || fail "without the daemon $line ended with $got: $(cat "$DIR/out")"
	[ "$want" = 0 ] || grep -q 'systemctl start tisaned' "$DIR/out" ||
		fail "without the daemon $line says no way: $(cat "$DIR/out")"
done <"$DIR/verbs"
