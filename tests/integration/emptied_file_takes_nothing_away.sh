#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A reload that meets a file which an editor has emptied, to write it anew, is refused.
. "$(dirname "$0")/lib.sh"
need iscsi-inq
t() { "$TISANE" -s "$DIR/control.sock" "$@"; }
target_with_lun "file @DIR@/disk.img; size 16M"
cp "$DIR/tisane.conf" "$DIR/whole"
for text in '' $'# that is not yet all\n'; do
	printf %s "$text" >"$DIR/tisane.conf"
	refute "nothing is applied" -- t reload
	[[ $out == *"nothing is in it"* ]] || fail "the reason is not said: $out"
	check "the LUN is still there" -- iscsi-inq "$LUN"
done
cat "$DIR/whole" >"$DIR/tisane.conf"
check "the whole file is taken" -- t reload
