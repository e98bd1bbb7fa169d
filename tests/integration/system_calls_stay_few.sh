#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# limit: 180
#
# System calls per command, all threads, under the recorded numbers.  They do
# not depend on how busy the machine is, but for how much one turn finds: the
# numbers leave a margin.  Where threads take part only their waits for each
# other are counted.
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
	local strace name=$1
	shift
	strace -f -c -U calls,name -o "$DIR/calls" -p "$PID" 2>"$DIR/strace" &
	strace=$!
	wait_for 20 grep -q attached "$DIR/strace" ||
		skip "strace cannot attach: $(head -n 1 "$DIR/strace")"
	load --ops $COMMANDS "$@"
	kill -INT $strace
	wait $strace || true
	awk -v name="$name" '$2 == name { n = $1 } END { print n + 0 }' "$DIR/calls"
}

for lun in 0 1; do
	load -l $lun -b 1m -q 4 -s -r 0 --ops 64
done

# A turn's small reads of a file are one call where there is a ring.
small=40
! grep -q "io_uring is not available" "$LOG" || small=160

# most of these calls per 100 commands, LUN, load
while read -r most name lun args; do
	# shellcheck disable=SC2086
	calls=$(calls_of "$name" -l "$lun" $args)
	case $calls in *SKIP*) echo "$calls"; exit 77 ;; esac
	echo "LUN $lun $args: $((calls * 100 / COMMANDS)) $name per 100 commands (at most $most)"
	grep -q sendmsg "$DIR/calls" || fail "strace counted nothing: $(cat "$DIR/strace")"
	[ $((calls * 100)) -le $((most * COMMANDS)) ] ||
		fail "$calls calls for $COMMANDS commands ($args), more than $most per 100: $(cat "$DIR/calls")"
done <<TABLE
320 total 1 -b 4k -q 1
40 total 1 -b 4k -q 32
40 total 1 -b 4k -q 32 -r 0
430 total 0 -b 4k -q 1
$small total 0 -b 4k -q 32
190 total 0 -b 64k -q 16
60 futex 0 -b 4k -q 32 -r 0
60 futex 0 -b 64k -q 16 -r 0
TABLE
target_stop
