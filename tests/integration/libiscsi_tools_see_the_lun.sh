#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
. "$(dirname "$0")/lib.sh"
need iscsi-ls iscsi-inq iscsi-readcapacity16
target_with_lun "file @DIR@/disk.img; size 64M"
iscsi-ls -s "$URL" >"$DIR/ls" || fail "iscsi-ls"
grep -q "$IQN" "$DIR/ls" || fail "target not listed: $(cat "$DIR/ls")"
grep -q 'Lun:0.*DIRECT_ACCESS' "$DIR/ls" || fail "LUN not listed: $(cat "$DIR/ls")"
iscsi-inq "$LUN" >"$DIR/inq" || fail "iscsi-inq"
grep -q 'TISANE' "$DIR/inq" || fail "vendor: $(cat "$DIR/inq")"
for page in 0 128 131 176 177 178; do
	check "VPD page $page" -- iscsi-inq -e 1 -c "$page" "$LUN"
done
iscsi-readcapacity16 "$LUN" >"$DIR/rc" || fail "readcapacity16"
grep -q 'Total size:67108864' "$DIR/rc" || fail "$(cat "$DIR/rc")"
