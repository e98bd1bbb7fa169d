#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# limit: 300
#
# Instructions per command in user space, counted by valgrind, under the
# recorded numbers.  The difference of two runs is taken, so that what starting
# and ending cost does not count.  Where the machine is busy fewer commands come
# at once, and each costs more: what is too much is counted again, twice.
. "$(dirname "$0")/lib.sh"
need valgrind
[ -z "${TEST_SLOWDOWN:-}" ] || skip "a sanitizer executes instructions of its own"
[ "$(uname -m)" = x86_64 ] || skip "the numbers are those of x86-64"
LOAD=$(dirname "$TISANED")/load
[ -x "$LOAD" ] || skip "$LOAD is not built"
FEW=1000 MANY=9000

REAL=$(realpath "$TISANED")
cat >"$DIR/counted" <<W
#!/bin/sh
exec valgrind --tool=callgrind --callgrind-out-file=/dev/null --log-file=$DIR/valgrind \
	$REAL "\$@"
W
chmod +x "$DIR/counted"
TISANED=$DIR/counted

# load LUN COMMANDS LOAD...
load()
{
	local lun=$1 commands=$2
	shift 2
	"$LOAD" --portal "127.0.0.1:$PORT" --iqn "$IQN" -l "$lun" -w 0 --ops "$commands" "$@" \
		>"$DIR/load" 2>&1 || fail "the load $* said: $(cat "$DIR/load")"
}

# instructions_of COMMANDS LUN LOAD...
instructions_of()
{
	local commands=$1 lun=$2
	shift 2
	target_start <<'CONF'
workers 1
sandbox no
state-directory @DIR@/state
portal-group pg { listen 127.0.0.1:@PORT@ }
lun file { file @DIR@/disk.img; size 32M }
lun ram { ram; size 32M }
target @IQN@ { portal-group pg; auth-group no-authentication; lun 0 file; lun 1 ram }
CONF
	# what was never written is read in another way
	load "$lun" 32 -b 1m -q 4 -s -r 0
	load "$lun" "$commands" "$@"
	target_stop
	count=$(sed -n 's/.*Collected : *//p' "$DIR/valgrind")
	[ -n "$count" ] || skip "valgrind counted nothing: $(tail -n 1 "$DIR/valgrind")"
}

# stays_under MOST LUN LOAD...
stays_under()
{
	local most=$1 few each
	shift
	instructions_of $FEW "$@"
	few=$count
	instructions_of $MANY "$@"
	each=$(((count - few) / (MANY - FEW)))
	echo "LUN $*: $each instructions (at most $most)"
	[ $each -le "$most" ]
}

# instructions per command, LUN, load
while read -r most lun args; do
	# shellcheck disable=SC2086
	stays_under "$most" "$lun" $args || stays_under "$most" "$lun" $args || stays_under "$most" "$lun" $args ||
		fail "a command of LUN $lun ($args) has more instructions than $most"
done <<'TABLE'
3800 1 -b 4k -q 32
4250 1 -b 4k -q 32 -r 0
3400 0 -b 4k -q 32
TABLE
