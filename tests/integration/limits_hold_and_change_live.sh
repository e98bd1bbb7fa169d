#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# 60 reads at 20 a second take two seconds and more, however fast the machine
# is; with the limit lifted while they wait, by a reload or by the verb, they end
# at once.  Two sessions have even shares, whoever came first.  The verbs keep
# the comments of the file.
. "$(dirname "$0")/lib.sh"
need qemu-img qemu-io jq
TISANE=${TISANE:-$(dirname "$TISANED")/tisane}
target_start <<'CONF'
state-directory @DIR@/state
control @DIR@/c.sock
portal-group pg { listen 127.0.0.1:@PORT@ }
lun disk { file @DIR@/disk.img; size 16M; limit-iops 20 burst 2 }   # held back
target @IQN@ { portal-group pg; auth-group no-authentication; lun 0 disk }
CONF

t() { "$TISANE" -s "$DIR/c.sock" "$@"; }
reads() # COUNT FILE
{
	local i
	for i in $(seq "$1"); do
		echo "aio_read $((i * 4))k 4k"
	done | stdbuf -oL qemu-io -r -f raw "$LUN" >"$2" 2>&1
}
done_of() { grep -c 'read 4096/4096' "$1" || true; }
delayed() { grep -q '"delayed_commands": [1-9]' <<<"$(t luns --json)"; }

start=$(date +%s%N)
reads 60 "$DIR/reads"
took=$((($(date +%s%N) - start) / 1000000))
[ "$took" -ge 2000 ] || fail "60 reads at 20 a second took $took ms"
grep -q 'read 4096/4096' "$DIR/reads" || fail "no reads: $(cat "$DIR/reads")"

# one session's commands are there before the other's first
reads 60 "$DIR/first" &
first=$!
begun() { [ "$(done_of "$DIR/first")" -ge 5 ]; }
wait_for 20 begun || fail "nothing is read"
reads 60 "$DIR/second" &
children+=($!)
both() { [ "$(done_of "$DIR/second")" -ge 1 ]; }
wait_for 20 both || fail "nothing is read by the second session"
alone=$(done_of "$DIR/first")
wait "$first"
second=$(done_of "$DIR/second")
[ "$second" -ge $(((60 - alone) / 2)) ] ||
	fail "the second session had $second reads while the first had $((60 - alone))"

reads 2000 "$DIR/reads" &
reader=$!
children+=("$reader")
wait_for 20 delayed || fail "nothing was delayed"
sed -i 's/limit-iops 20 burst 2/limit-iops 100000/' "$DIR/tisane.conf"
kill -HUP "$PID"
over() { ! kill -0 "$reader" 2>/dev/null; }
wait_for 30 over || fail "2000 reads still wait 30 s after the limit was lifted"

# ---- by the verbs
check "lun set" -- t lun set disk limit-iops 20 burst 2 threshold 75%
grep -qF 'limit-iops 20 burst 2; threshold 75% }   # held back' "$DIR/tisane.conf" ||
	fail "the file: $(cat "$DIR/tisane.conf")"
reads 2000 "$DIR/reads" &
reader=$!
children+=("$reader")
slow() { [ "$(t luns --json | jq '.luns[0].limit_iops, .luns[0].limit_iops_burst, .luns[0].threshold' | paste -sd' ')" = "20 2 75" ]; }
wait_for 20 slow || fail "the limit is not told: $(t luns --json)"
check "lun set none" -- t lun set disk limit-iops none threshold none
wait_for 30 over || fail "2000 reads still wait 30 s after lun set lifted the limit"
! grep -q 'limit-iops' "$DIR/tisane.conf" || fail "the limit is still there"
check "initiator set" -- t initiator set 'iqn.2008-11.org.linux-kvm*' limit-bandwidth 1M burst 8K
grep -qE '^iqn.2008-11.org.linux-kvm\* +none +1 MiB/s$' <<<"$(t initiator list)" || fail "$(t initiator list)"
start=$(date +%s%N)
check "writes at 1M a second" -- qemu-io -f raw -c 'write 0 3M' -c 'write 3M 4k' "$LUN"
took=$((($(date +%s%N) - start) / 1000000))
[ "$took" -ge 2000 ] || fail "3 MiB at 1 MiB a second took $took ms"
check "initiator set none" -- t initiator set 'iqn.2008-11.org.linux-kvm*' limit-bandwidth none

refused() # STATUS WORDS...
{
	local want=$1 got=0 before
	before=$(cat "$DIR/tisane.conf")
	shift
	out=$(t "$@" 2>&1) || got=$?
	[ "$got" -eq "$want" ] || fail "$* ended with $got, not $want: $out"
	[ "$(cat "$DIR/tisane.conf")" = "$before" ] || fail "$*: the file has changed"
}
refused 2 lun set disk
refused 2 lun set disk sise 4G
refused 2 lun set disk limit-iops 5 limit-iops 6
refused 1 lun set nobody limit-iops 5
refused 1 lun set disk limit-iops '5 burst 2 more'
refused 1 lun set disk limit-iops "5 burst 2$(printf '%130s' more)"
refused 4 lun set disk limit-iops 0
refused 4 lun set disk threshold 300%
refused 1 lun set disk size 4M
refused 2 initiator set 'iqn.*' threshold 3
refused 4 initiator set 'iqn.*' limit-iops many
