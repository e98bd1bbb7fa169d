#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# open-isns' server is told of the targets at the start, at a reload and at the
# end; one that does not answer holds up nothing.
PATH=$PATH:/usr/sbin
. "$(dirname "$0")/lib.sh"
need isnsd iscsi-ls
PORT=$(free_port)
ISNS=$(free_port)
SILENT=$(free_port)
mkdir "$DIR/isns"
cat >"$DIR/isnsd.conf" <<C
SourceName = iqn.2026-11.test.tisane:isns
BindAddress = 127.0.0.1:$ISNS
Database = $DIR/isns
PIDFile = $DIR/isnsd.pid
ControlSocket = $DIR/isnsd.ctl
Security = 0
SLPRegister = 0
DefaultDiscoveryDomain = 1
C
isnsd -f -c "$DIR/isnsd.conf" 2>"$DIR/isnsd.log" &
children+=($!)
# Accepts, and says nothing.
python3 -c "import socket, time
s = socket.create_server(('127.0.0.1', $SILENT)); time.sleep(600)" &
children+=($!)
wait_for 20 bash -c ": <>/dev/tcp/127.0.0.1/$ISNS" || fail "isnsd does not listen"
wait_for 20 bash -c ": <>/dev/tcp/127.0.0.1/$SILENT" || fail "the silent one does not listen"

knows() { grep -q -- "$1" <<<"$(isnsd --dump-db -c "$DIR/isnsd.conf" 2>/dev/null)"; }
knows_not() { ! knows "$1"; }

target_start <<C
state-directory @DIR@/state
isns-server 127.0.0.1:$SILENT
isns-server 127.0.0.1:$ISNS
isns-timeout 2s
portal-group pg { listen 0.0.0.0:@PORT@; tag 7 }
lun disk { ram; size 16M }
target @IQN@ { alias "a disk"; portal-group pg; auth-group no-authentication; lun 0 disk }
C
check "it serves meanwhile" -- iscsi-ls "$URL"
wait_for 20 knows "$IQN" || fail "the target is not registered"
wait_for 20 knows "$PORT/tcp" || fail "nor its portal"
wait_for 20 grep -q "iSNS registration failed server=127.0.0.1:$SILENT" "$LOG" ||
	fail "the silent server is not told of"

target_conf <<C
state-directory @DIR@/state
isns-server 127.0.0.1:$ISNS
isns-timeout 2s
portal-group pg { listen 0.0.0.0:@PORT@; tag 7 }
lun disk { ram; size 16M }
target @IQN@-new { portal-group pg; auth-group no-authentication; lun 0 disk }
C
kill -HUP "$PID"
wait_for 20 knows "$IQN-new" || fail "the new target is not registered"
wait_for 20 knows_not "$IQN\"$" || fail "the old one is still there"
target_stop
[ "$status" -eq 0 ] || fail "exit status $status"
wait_for 20 knows_not "$IQN" || fail "it is still registered at the end"
