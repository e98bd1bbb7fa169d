#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# limit: 90
# Restarts under verified I/O of QEMU's initiator, as the service manager does
# them (the socket stays open): no error, and each is a short pause.
. "$(dirname "$0")/lib.sh"
need qemu-io python3
PORT=$(free_port)

# Holds the listening socket, and starts the daemon on it whenever asked.
cat >"$DIR/manager" <<'P'
import os, socket, sys
s = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=512)
for line in sys.stdin:
    pid = os.fork()
    if pid == 0:
        os.dup2(os.dup(s.fileno()), 3)
        log = os.open(sys.argv[4], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(log, 1)
        os.dup2(log, 2)
        env = dict(os.environ, LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
        os.execve(sys.argv[2], [sys.argv[2], "-c", sys.argv[3]], env)
    print(pid, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
P
target_conf <<'C'
state-directory @DIR@/state
portal-group pg { listen 127.0.0.1:@PORT@ }
lun disk { file @DIR@/disk.img; size 16M }
target @IQN@ { portal-group pg; auth-group no-authentication; lun 0 disk }
C
LUN=iscsi://127.0.0.1:$PORT/$IQN/0
touch "$LOG"
mkfifo "$DIR/ask" "$DIR/told"
python3 "$DIR/manager" "$PORT" "$TISANED" "$DIR/tisane.conf" "$LOG" <"$DIR/ask" >"$DIR/told" &
children+=($!)
exec 8>"$DIR/ask" 9<"$DIR/told"
run()
{
	local before
	before=$(grep -c ' ready ' "$LOG") || true
	echo go >&8
	read -r -t 60 PID <&9
	is_ready() { [ "$(grep -c ' ready ' "$LOG")" -gt "$before" ]; }
	wait_for 20 is_ready || fail "the daemon does not start"
}
run

# Each pattern is written where the one before was, and read back.
traffic()
{
	local n=0
	until [ -e "$DIR/stop" ]; do
		n=$((n % 250 + 1))
		echo "write -q -P $n $((n % 16))M 64k"
		echo "read -q -P $n $((n % 16))M 64k"
		[ $((n % 10)) -ne 0 ] || echo "flush"
		sleep 0.01
	done
	echo quit
}
traffic | qemu-io -f raw "$LUN" >"$DIR/io" 2>&1 &
io=$!
children+=($io)
logged_in() { [ "$(grep -c 'logged in' "$LOG")" -gt "$1" ]; }
wait_for 20 logged_in 0 || fail "QEMU does not log in"
for i in 1 2 3; do
	sleep 0.5
	kill -TERM "$PID"
	read -r -t 60 status <&9
	[ "$status" = 0 ] || fail "exit status $status"
	run
	wait_for 30 logged_in "$i" || fail "QEMU does not come back"
done
sleep 0.5
touch "$DIR/stop"
wait $io || fail "qemu-io: $(cat "$DIR/io")"
! grep -iE 'error|fail|mismatch|verif' "$DIR/io" || fail "an operation failed"
kill -TERM "$PID"
read -r -t 60 status <&9
PID=
python3 - "$LOG" <<'P'
import datetime, sys
down = None
for line in open(sys.argv[1]):
    when = datetime.datetime.fromisoformat(line.split()[0].replace("Z", "+00:00"))
    if " stopping " in line:
        down = when
    elif " logged in " in line and down:
        print(f"pause of {(when - down).total_seconds():.2f} s")
        down = None
P
