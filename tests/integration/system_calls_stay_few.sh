#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# limit: 180
#
# System calls per command, all threads, under the recorded numbers.  They do
# not depend on how busy the machine is, but for how much one turn finds: the
# numbers leave a margin, most where a thread takes part.
. "$(dirname "$0")/lib.sh"
need strace
[ -z "${TEST_SLOWDOWN:-}" ] || skip "a sanitizer makes calls of its own"
LOAD=$(dirname "$TISANED")/load
[ -x "$LOAD" ] || skip "$LOAD is not built"
COMMANDS=4000

target_start <<'CONF'
workers 1
state-directory @DIR@/state
portal-group pg { listen 127.0.0.1:@PORT@ }
lun file { file @DIR@/disk.img; size 64M }
lun ram { ram; size 64M }
target @IQN@ { portal-group pg; auth-group no-authentication; lun 0 file; lun 1 ram }
CONF

load()
{
	"$LOAD" --portal "127.0.0.1:$PORT" --iqn "$IQN" -w 0 "$@" >"$DIR/load" 2>&1 ||
		fail "the load $* said: $(cat "$DIR/load")"
}

# Skips from within $(...) when strace may not trace.
calls_of()
{
	local strace
	strace -f -c -U calls,name -o "$DIR/calls" -p "$PID" 2>"$DIR/strace" &
	strace=$!
	wait_for 10 grep -q attached "$DIR/strace" ||
		skip "strace cannot attach: $(head -n 1 "$DIR/strace")"
	load --ops $COMMANDS "$@"
	kill -INT $strace
	wait $strace || true
	awk '$2 == "total" { print $1 }' "$DIR/calls"
}

for lun in 0 1; do
	load -l $lun -b 1m -q 4 -s -r 0 --ops 64
done

# calls per 100 commands, LUN, load
while read -r most lun args; do
	# shellcheck disable=SC2086
	calls=$(calls_of -l "$lun" $args)
	case $calls in *SKIP*) echo "$calls"; exit 77 ;; esac
	echo "LUN $lun $args: $((calls * 100 / COMMANDS)) per 100 commands (at most $most)"
	[ "${calls:-0}" -gt 0 ] || fail "strace counted nothing: $(cat "$DIR/strace")"
	[ $((calls * 100)) -le $((most * COMMANDS)) ] ||
		fail "$calls calls for $COMMANDS commands ($args), more than $most per 100: $(cat "$DIR/calls")"
done <<'TABLE'
320 1 -b 4k -q 1
40 1 -b 4k -q 32
40 1 -b 4k -q 32 -r 0
430 0 -b 4k -q 1
160 0 -b 4k -q 32
350 0 -b 4k -q 32 -r 0
190 0 -b 64k -q 16
TABLE
target_stop
