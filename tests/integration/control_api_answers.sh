#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The control socket answers every GET of its own description, and its changes
# are refused whole.
. "$(dirname "$0")/lib.sh"
need curl python3 jq
api() { curl -sS --max-time 20 --unix-socket "$DIR/c.sock" "$@"; }
code() { api -o /dev/null -w '%{http_code}' "$@"; }

conf() # more statements, to standard output
{
	cat <<CONF
state-directory @DIR@/state
control @DIR@/c.sock
portal-group pg { listen 127.0.0.1:@PORT@ }
auth-group hosts {
    initiator-name "iqn.2026-11.test.host:*"
    initiator-address 127.0.0.0/8
    chap alice "a-secret-of-12-or-more"
}
lun disk { file @DIR@/disk.img; size 16M }
lun iso { ram; size 8M; read-only yes }
target @IQN@ {
    portal-group pg; auth-group no-authentication
    lun 0 disk
    lun 1 iso { initiator-name "iqn.2026-11.test.host:b" }
}
target @IQN@2 { portal-group pg; auth-group hosts; lun 0 iso }
$1
CONF
}

target_start < <(conf "")
mode=$(stat -c %a "$DIR/c.sock")
[ "$mode" = 660 ] || [ "$mode" = 600 ] || fail "the socket has mode $mode"

# the description: each GET without required parameters answers 200
api http://x/v1/openapi.json >"$DIR/api.json"
jq -e '.openapi == "3.1.0"' "$DIR/api.json" >/dev/null || fail "no OpenAPI"
for path in $(jq -r '.paths | to_entries[] | select(.value.get != null)
	| select([.value.get.parameters[] | select(.required)] == []) | .key' "$DIR/api.json"); do
	[ "$(code "http://x$path")" = 200 ] || fail "$path does not answer"
done
# each that changes something is there, and refuses to on an older configuration
jq -r '.paths | to_entries[] | .key as $p | .value | keys[] | select(. != "get") | ascii_upcase + " " + $p' \
	"$DIR/api.json" >"$DIR/changes"
[ "$(wc -l <"$DIR/changes")" -ge 20 ] || fail "too few: $(cat "$DIR/changes")"
tag() { api -D - -o /dev/null http://x/v1/status | tr -d '\r' | sed -n 's/^ETag: //p'; }
stale=$(tag)
[ "$(code -X POST http://x/v1/reload)" = 200 ] || fail "reload"
while read -r method path; do
	got=$(code -X "$method" -H "If-Match: $stale" "http://x${path//[\{\}]/}")
	[ "$got" = 412 ] || fail "$method $path on an older configuration: $got"
done <"$DIR/changes"
[ "$(code -X POST -H "If-Match: W/$(tag)" http://x/v1/reload)" = 412 ] || fail "a weak tag"
[ "$(code -X POST -H "If-Match: $stale, $(tag)" http://x/v1/reload)" = 200 ] || fail "one of a list"
[ "$(code -X POST -H "If-Match: *" http://x/v1/reload)" = 200 ] || fail "any"
[ "$(api http://x/openapi.json | jq -c .)" = "$(jq -c . "$DIR/api.json")" ] || fail "/openapi.json"

# of several at once that have read the same, one is first
now=$(tag)
for i in 1 2 3 4 5; do
	code -X POST -H "If-Match: $now" -d '{"name":"r'$i'","store":"ram","size":"1M"}' http://x/v1/luns >"$DIR/put.$i" & p[i]=$!
done
first() # WORDS
{
	local i answers
	for i in 1 2 3 4 5; do wait "${p[i]}"; done
	answers=$(for i in 1 2 3 4 5; do cat "$DIR/put.$i"; echo; done | sort | paste -sd' ')
	[ "$answers" = "200 412 412 412 412" ] || fail "of five $1, one is first: $answers"
}
first "LUNs made"
# also when what is asked is counted first
for i in 1 2 3 4 5; do
	[ "$(code -X POST -d '{"name":"'$IQN:$i'","auth-group":"hosts"}' http://x/v1/targets)" = 200 ] || fail "target $i"
done
now=$(tag)
for i in 1 2 3 4 5; do
	code -X DELETE -H "If-Match: $now" "http://x/v1/targets/$IQN:$i" >"$DIR/put.$i" & p[i]=$!
done
first "targets deleted"
conf "" | target_conf
[ "$(code -X POST http://x/v1/reload)" = 200 ] || fail "reload"

[ "$(code http://x/v1/nothing)" = 404 ] || fail "nothing is there"
[ "$(code -X DELETE http://x/v1/status)" = 405 ] || fail "not by DELETE"
[ "$(code http://x/v1/status?typo=1)" = 400 ] || fail "unknown parameter"
[ "$(code 'http://x/v1/events?follow=false&follow=true')" = 400 ] || fail "parameter twice"
[ "$(code -X DELETE http://x/v1/sessions/65535%00x)" = 400 ] || fail "zero byte"
[ "$(code -X POST -d '{"typo":1}' http://x/v1/reload)" = 400 ] || fail "unknown member"
[ "$(code -X POST -d '{' http://x/v1/reload)" = 400 ] || fail "broken body"

# listings
api http://x/v1/luns | jq -e '.luns | length == 2 and .[0].name == "disk"
	and .[0].size == 16777216 and .[0].allocated < 65536
	and .[0].maps[0].number == 0 and .[1].read_only' >/dev/null || fail "luns"
api http://x/v1/targets | jq -e '.targets[0].portal_groups[0].portals[0].listen
	== "127.0.0.1:'$PORT'"' >/dev/null || fail "targets"
qemu-io -r -f raw -c 'sleep 600000' "$URL/$IQN/0" >/dev/null 2>&1 &
children+=($!)
has_session() { [ "$(api http://x/v1/sessions | jq '.sessions | length')" = "$1" ]; }
wait_for 20 has_session 1 || fail "no session is listed"
tsih=$(api http://x/v1/sessions | jq '.sessions[0].tsih')
api http://x/v1/status | jq -e '.sessions == 1 and .logins.good >= 1
	and .workers[0].answered' >/dev/null || fail "status"

# events arrive while they are followed
api -N "http://x/v1/events?follow=true" >"$DIR/events" 2>/dev/null &
children+=($!)
[ "$(code -X DELETE "http://x/v1/sessions/$tsih")" = 200 ] || fail "drop"
[ "$(code -X DELETE http://x/v1/sessions/65000)" = 404 ] || fail "drop of none"
wait_for 20 grep -q "dropped by the admin tsih=$tsih" "$DIR/events" || fail "no event of it"

# reload: bad is refused whole, good is applied
conf "lunn x { ram }" | target_conf
[ "$(code -X POST http://x/v1/check)" = 422 ] || fail "check of a bad file"
api -X POST http://x/v1/reload >"$DIR/answer"
jq -e '.applied == false and (.messages[0] | test("unknown keyword"))' \
	"$DIR/answer" >/dev/null || fail "reload said: $(cat "$DIR/answer")"
conf "lun more { ram; size 4M }" | target_conf
api -X POST http://x/v1/diff | jq -e '.changes == [{object: "lun more", change:
	"added", lines: .changes[0].lines}]' >/dev/null || fail "diff"
for i in 1 2 3 4; do api -X POST http://x/v1/reload >"$DIR/answer.$i" & p[i]=$!; done
for i in 1 2 3 4; do wait "${p[i]}"; done
for i in 1 2 3 4; do
	jq -e '.applied and .luns == 3' "$DIR/answer.$i" >/dev/null || fail "reload $i"
done

# why
why() { api -G http://x/v1/why --data-urlencode "initiator=$1" "${@:2}"; }
why iqn.2026-11.test.host:a --data-urlencode target=${IQN} |
	jq -e '.admitted == 1 and .targets[0].luns[1].visible == false' >/dev/null || fail "why 1"
why iqn.2026-11.other:a | jq -e '.targets[1] | .admitted == false and .status == "0202"
	and (.steps[-1].place.line == 5)' >/dev/null || fail "why 2: $(why iqn.2026-11.other:a)"
why iqn.2026-11.test.host:a -d address=127.0.0.1 -d user=bob |
	jq -e '.targets[1].status == "0201"' >/dev/null || fail "why 3"
why iqn.2026-11.test.host:a -d address=127.0.0.1 -d user=alice |
	jq -e '.targets[1].admitted' >/dev/null || fail "why 4"
why iqn.2026-11.test.host:a -d address=192.0.2.1 -d user=alice |
	jq -e '.targets[1].steps[-1].check == "address"' >/dev/null || fail "why 5"

# others are refused
if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null; then
	chmod 755 "$DIR"; chmod 666 "$DIR/c.sock"
	other=$(setpriv --reuid 65534 --regid 65534 --clear-groups \
		curl -sS -o /dev/null -w '%{http_code}' --unix-socket "$DIR/c.sock" http://x/v1/status)
	[ "$other" = 403 ] || fail "another user is answered with $other"
fi

# the socket of a dead daemon is taken over, a live one's is not
refute "two daemons" -- "$TISANED" -c "$DIR/tisane.conf"
target_stop KILL
target_run
[ "$(code http://x/v1/status)" = 200 ] || fail "not after a crash"
target_stop
[ "$status" -eq 0 ] || fail "exit status $status"
[ ! -e "$DIR/c.sock" ] || fail "the socket stays behind"
