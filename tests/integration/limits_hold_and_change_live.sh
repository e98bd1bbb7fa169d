#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# 60 reads at 20 a second take two seconds and more, however fast the machine
# is; with the limit lifted by a reload, while they wait, they end at once.
. "$(dirname "$0")/lib.sh"
need qemu-img qemu-io
TISANE=${TISANE:-$(dirname "$TISANED")/tisane}
target_start <<'CONF'
state-directory @DIR@/state
control @DIR@/c.sock
portal-group pg { listen 127.0.0.1:@PORT@ }
lun disk { ram; size 16M; limit-iops 20 burst 2 }
target @IQN@ { portal-group pg; auth-group no-authentication; lun 0 disk }
CONF

reads()
{
	local i
	for i in $(seq "$1"); do
		echo "aio_read $((i * 4))k 4k"
	done | qemu-io -r -f raw "$LUN" >"$DIR/reads" 2>&1
}

delayed() { grep -q '"delayed_commands": [1-9]' <<<"$("$TISANE" -s "$DIR/c.sock" luns --json)"; }

start=$(date +%s%N)
reads 60
took=$((($(date +%s%N) - start) / 1000000))
[ "$took" -ge 2000 ] || fail "60 reads at 20 a second took $took ms"
grep -q 'read 4096/4096' "$DIR/reads" || fail "no reads: $(cat "$DIR/reads")"

reads 2000 &
reader=$!
children+=("$reader")
wait_for 5 delayed || fail "nothing was delayed"
sed -i 's/limit-iops 20 burst 2/limit-iops 100000/' "$DIR/tisane.conf"
kill -HUP "$PID"
over() { ! kill -0 "$reader" 2>/dev/null; }
wait_for 30 over || fail "2000 reads still wait 30 s after the limit was lifted"
