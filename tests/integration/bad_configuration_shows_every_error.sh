#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# -t and -c both refuse with status 4 and show all errors with their places.
. "$(dirname "$0")/lib.sh"

PORT=1
target_conf <<'C'
state-directory @DIR@/state
portal-group pg { listen 127.0.0.1:99999 }
lunn disk { file @DIR@/d; size 1G }
lun d2 { tcmu x; size 1G }
target @IQN@ { portal-group nope; auth-group no-authentication; lun 0 disk }
C
for mode in -t ""; do
	status=0
	# shellcheck disable=SC2086
	"$TISANED" $mode -c "$DIR/tisane.conf" >"$DIR/out" 2>&1 || status=$?
	[ "$status" -eq 4 ] || fail "status $status with '$mode'"
	for line in 2 3 4 5; do
		grep -q "tisane.conf:$line:" "$DIR/out" ||
			fail "no error for line $line: $(cat "$DIR/out")"
	done
	grep -q '"x" is neither qcow/PATH' "$DIR/out" || fail "tcmu is not refused with its form"
done
