# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# What every integration test sources: a place of its own, a daemon of its own
# on a free port, and an end to both, also when the test fails.
#
#   target_start <<'CONF' ... CONF   writes tisane.conf, starts tisaned, waits;
#                                    @DIR@ and @PORT@ are filled in
#   target_stop [SIGNAL]             and waits for its end; status in $status
#   $DIR $PORT $URL $PID $LOG        scratch, port, iscsi://127.0.0.1:PORT,
#                                    the daemon's PID, its standard error
#   fail WORDS, skip WORDS, check WORDS -- COMMAND
set -euo pipefail

TISANED=${TISANED:-build/tisaned}
IQN=iqn.2026-11.test.tisane:t
DIR=$(mktemp -d "${TMPDIR:-/tmp}/tisane-test.XXXXXX")
LOG=$DIR/log
PID=
children=()
cleanups=()

fail()
{
	echo "FAIL: $*" >&2
	if [ -f "$LOG" ]; then
		echo "--- the daemon's last lines" >&2
		tail -n 25 "$LOG" >&2
	fi
	exit 1
}

skip()
{
	echo "SKIP: $*"
	exit 77
}

# check WORDS -- COMMAND...: the command succeeds, or the test fails with WORDS
# and what the command printed.
check()
{
	local words=$1 out
	shift 2
	out=$("$@" 2>&1) || fail "$words: $* said: $out"
}

# refute WORDS -- COMMAND...: the command fails; $out has what it printed.
refute()
{
	local words=$1
	shift 2
	if out=$("$@" 2>&1); then
		fail "$words: $* succeeded: $out"
	fi
}

need()
{
	local c
	for c in "$@"; do
		command -v "$c" >/dev/null 2>&1 || skip "$c is not installed"
	done
}

need_root()
{
	[ "$(id -u)" -eq 0 ] || skip "needs root: $*"
}

# Below the ports that connections get; another process asks for another, and
# each call is a process: initiator.py does the same.
free_port()
{
	local port=$((10000 + BASHPID * 8 % 22000))
	while (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
		port=$((port + 1))
	done
	echo "$port"
}

tool_cleanup()
{
	local p c
	# Memory that is lost is told of at an orderly end.
	[ -z "${TEST_UNDER:-}" ] || [ -z "$PID" ] || target_stop || true
	for p in "${children[@]+"${children[@]}"}" $PID; do
		kill -KILL "$p" 2>/dev/null || true
	done
	wait 2>/dev/null || true
	for c in "${cleanups[@]+"${cleanups[@]}"}"; do
		eval "$c" >/dev/null 2>&1 || true
	done
	rm -rf "$DIR"
}
trap tool_cleanup EXIT

# wait_for SECONDS COMMAND...: until it succeeds; longer under sanitizers.
wait_for()
{
	local seconds=$(($1 * ${TEST_SLOWDOWN:-1})) i
	shift
	for ((i = 0; i < seconds * 20; i++)); do
		"$@" >/dev/null 2>&1 && return 0
		sleep 0.05
	done
	return 1
}

port_open()
{
	(exec 3<>"/dev/tcp/127.0.0.1/$PORT") 2>/dev/null
}

# Start (again) with the configuration that is there.
target_run()
{
	# shellcheck disable=SC2086
	${TEST_UNDER:-} "$TISANED" -c "$DIR/tisane.conf" >>"$DIR/out" 2>>"$LOG" &
	PID=$!
	wait_for 20 port_open || fail "tisaned does not listen on port $PORT"
	kill -0 "$PID" 2>/dev/null || fail "tisaned ended at once"
}

target_conf()
{
	mkdir -p "$DIR/state"
	sed -e "s|@DIR@|$DIR|g" -e "s|@PORT@|$PORT|g" -e "s|@IQN@|$IQN|g" \
		>"$DIR/tisane.conf"
	grep -q '^control ' "$DIR/tisane.conf" ||
		echo "control $DIR/control.sock" >>"$DIR/tisane.conf"
	# valgrind outlives no sandbox
	[ -z "${TEST_UNDER:-}" ] || echo "sandbox no" >>"$DIR/tisane.conf"
	chmod 600 "$DIR/tisane.conf"
}

target_start()
{
	PORT=${PORT:-$(free_port)}
	URL=iscsi://127.0.0.1:$PORT
	LUN=$URL/$IQN/0
	target_conf
	target_run
}

# One LUN 0 of the given lun statements, open to all.
target_with_lun()
{
	target_start <<CONF
state-directory @DIR@/state
portal-group pg { listen 127.0.0.1:@PORT@ }
lun disk { $* }
target @IQN@ { portal-group pg; auth-group no-authentication; lun 0 disk }
CONF
}

target_stop()
{
	kill "-${1:-TERM}" "$PID"
	status=0
	wait "$PID" || status=$?
	PID=
}

allocated()
{
	echo $(($(stat -c %b "$1") * 512))
}
