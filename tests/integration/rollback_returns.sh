#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# rollback: from a bad edit to what is in force, from a good one to what was in
# force before, and forward again; and a reload that fails half-way undoes itself.
. "$(dirname "$0")/lib.sh"
need python3 qemu-io
TISANE=${TISANE:-build/tisane}
tisane() { "$TISANE" --socket "$DIR/control.sock" "$@"; }
mkdir "$DIR/conf.d"
target_start <<'C'
state-directory @DIR@/state
include conf.d/*.conf
portal-group pg { listen 127.0.0.1:@PORT@ } # the only one
lun disk { file @DIR@/disk.img; size 16M }
target @IQN@ { portal-group pg; auth-group no-authentication; lun 0 disk }
C
has() { grep -q "\"name\": \"$1\"" <<<"$(tisane --json luns)"; }
first=$(cat "$DIR/tisane.conf")
kept() { [ -s "$DIR/state/configuration" ]; }
wait_for 20 kept || fail "the configuration is not kept"
refute "nothing is before" -- tisane rollback
grep -q 'no earlier' <<<"$out" || fail "it says: $out"

# a bad edit
echo 'lunn typo { ram }' >>"$DIR/tisane.conf"
refute "a bad file" -- tisane reload
check "back to what is in force" -- tisane rollback
[ "$(cat "$DIR/tisane.conf")" = "$first" ] || fail "the file is not what it was"

# a good one, with a file of its own
echo 'lun two { ram; size 8M }' >"$DIR/conf.d/two.conf"
check "reload" -- tisane reload
has two || fail "no second LUN"
refute "another file is included than before" -- tisane rollback
grep -q 'other files are included' <<<"$out" || fail "it says: $out"
[ -s "$DIR/conf.d/two.conf" ] && has two || fail "a refused rollback has changed something"
check "lun create" -- tisane lun create three ram size 8M
check "back" -- tisane rollback
has two && ! has three || fail "the third LUN is still there"
check "and forward" -- tisane rollback
has three || fail "the third LUN is not there again"
target_stop
target_run
check "also after a restart" -- tisane rollback
! has three || fail "the third LUN is still there after a restart"

# a reload that fails late: the port of another, after a store was opened
python3 -c 'import socket, sys, time
s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1], flush=True); time.sleep(600)' >"$DIR/busy" &
children+=($!)
wait_for 20 test -s "$DIR/busy"
cat >"$DIR/conf.d/four.conf" <<C
lun four { file $DIR/four.img; size 8M }
portal-group more { listen 127.0.0.1:$(cat "$DIR/busy") }
C
refute "a busy port" -- tisane reload
grep -q 'cannot listen' <<<"$out" || fail "it says: $out"
! has four || fail "half of the reload is in force"
check "the store is free again" -- qemu-io -f raw -c 'write 0 64k' "$DIR/four.img"
check "what ran runs on" -- qemu-io -f raw -c 'write 0 64k' "$LUN"
