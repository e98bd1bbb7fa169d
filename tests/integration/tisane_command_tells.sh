#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Every verb that looks, as text and as JSON, and the exit statuses.
. "$(dirname "$0")/lib.sh"
need jq python3
TISANE=${TISANE:-$(dirname "$TISANED")/tisane}

t() { "$TISANE" -s "$DIR/c.sock" "$@"; }
# status N COMMAND...: it ends with that exit status; $out has what it said
status()
{
	local want=$1 got=0
	shift
	out=$("$@" 2>&1) || got=$?
	[ "$got" -eq "$want" ] || fail "$* ended with $got, not $want: $out"
}
says() { grep -q -- "$1" <<<"$out" || fail "no \"$1\" in: $out"; }

# not running
status 3 t status
says "systemctl start"
status 2 t
status 2 t nonsense
status 2 t show
status 2 t --nonsense
status 0 t --help
status 0 t --version

conf()
{
	cat <<CONF
state-directory @DIR@/state
control @DIR@/c.sock
portal-group pg { listen 127.0.0.1:@PORT@ }
auth-group hosts {
    initiator-name "iqn.2026-11.test.host:*"
    chap alice "a-secret-of-12-or-more"
}
lun disk { file @DIR@/disk.img; size 16M }
lun iso { ram; size 8M; read-only yes }
target @IQN@ {
    alias "one"
    portal-group pg; auth-group no-authentication
    lun 0 disk
    lun 1 iso { initiator-name "iqn.2026-11.test.host:b" }
}
target @IQN@2 { portal-group pg; auth-group hosts; lun 3 iso }
$1
CONF
}
target_start < <(conf "")

for verb in status sessions luns "show disk" "show $IQN" "top 1" "explain 5/24/0" \
	"export qemu disk" diff check reload "why iqn.2026-11.test.host:a"; do
	# shellcheck disable=SC2086
	t --json $verb >"$DIR/json" || fail "$verb --json"
	jq -e . "$DIR/json" >/dev/null || fail "$verb --json is no JSON"
	# shellcheck disable=SC2086
	status 0 t $verb
done
status 0 t status
says "$IQN"; says "2 LUNs of 24 MiB"
status 0 t luns
says "16 MiB"
status 1 t show nobody
[ "$(t top 2 | grep -c "^disk ")" = 2 ] || fail "top 2 tells twice"

# why: each refusal with its line
status 0 t why iqn.2026-11.test.host:a to "$IQN"
says "LUN 1 iso is hidden"; says "tisane.conf:14"
status 1 t why iqn.2026-11.other:a to "${IQN}2"
says "does not admit this name  ($DIR/tisane.conf:5)"
status 1 t why iqn.2026-11.test.host:a as bob to "${IQN}2"
says "has no user bob"
status 0 t why iqn.2026-11.test.host:a as alice to "${IQN}2" from 127.0.0.1
status 2 t why iqn.2026-11.test.host:a frm 127.0.0.1
status 1 t why "not a name"

# a session is seen and dropped
qemu-io -r -f raw -c 'sleep 600000' "$URL/$IQN/0" >/dev/null 2>&1 &
children+=($!)
listed() { grep -q "$IQN" <<<"$(t sessions)"; }
wait_for 20 listed || fail "no session is listed"
t --json events >"$DIR/events" &
children+=($!)
status 0 t session drop "$(t --json sessions | jq '.sessions[0].tsih')"
wait_for 20 grep -q "dropped by the admin" "$DIR/events" || fail "no event"
status 1 t session drop 65000
status 1 t session drop x

# exports: qemu uses what is printed
status 0 t export qemu disk
args=$(t export qemu disk | tr -d '\\' | tr '\n' ' ')
if command -v qemu-system-x86_64 >/dev/null; then
	# shellcheck disable=SC2086
	out=$(printf '%s\n' '{"execute":"qmp_capabilities"}' \
		'{"execute":"query-named-block-nodes"}' '{"execute":"quit"}' |
		timeout 40 qemu-system-x86_64 -nodefaults -display none -S -m 64 -qmp stdio $args 2>&1) ||
		fail "qemu does not take $args: $out"
	says '"virtual-size": 16777216'
fi
status 0 t export libvirt disk
python3 -c 'import sys, xml.dom.minidom as m; m.parse(sys.stdin)' <<<"$out" || fail "no XML: $out"
says "name='127.0.0.1' port='$PORT'"
status 0 t export libvirt iso to "${IQN}2"
says "<auth username='alice'>"; says "<readonly/>"; says "2/3'"
status 0 t export iscsiadm disk
says "-p 127.0.0.1:$PORT --login"
naa=$(t --json luns | jq -r '.luns[0].naa')
status 0 t export multipath disk
says "wwid 3$naa"
# storage.cfg: TYPE: ID, then a tab, a key and its value; portal has no port there
status 0 t export proxmox disk
says "target $IQN"
[ "$(sed -n 1p <<<"$out")" = "iscsi: disk" ] || fail "proxmox: $out"
! sed 1d <<<"$out" | grep -vP '^\t(portal [0-9a-f.:]+|target iqn\.\S+|content images|nodes \S+)$' || fail "proxmox: $out"
status 1 t export qemu nobody
status 2 t export nonsense disk

# codes
status 0 t explain 05/24/00
says "INVALID FIELD IN CDB"
status 0 t explain 0202
says "why NAME from ADDRESS"
status 0 t explain status 18
says "RESERVATION CONFLICT"
status 0 t explain reject 09
status 1 t explain ff
status 2 t explain words

# the configuration
conf "lunn x { ram }" | target_conf
status 4 t check
says "tisane.conf:17:1"; says "lun"
status 4 t reload
says "stays in force"
status 0 t status
says "FAULT: the last reload failed"
conf "lun more { ram; size 4M }" | target_conf
status 0 t diff
says "lun more added"
status 0 t reload
says "3 LUNs"
status 0 t diff
says "nothing differs"
printf 'workers 0\n' >"$DIR/other.conf"
status 4 t check "$DIR/other.conf"
target_stop
status 4 t check "$DIR/other.conf"
status 3 t luns
