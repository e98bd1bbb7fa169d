#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# qemu-img map (GET LBA STATUS) sees one written megabyte in a sparse LUN.
. "$(dirname "$0")/lib.sh"
need qemu-img qemu-io
target_with_lun "file @DIR@/disk.img; size 64M"
check "write" -- qemu-io -f raw -c 'write -P 7 16M 1M' "$LUN"
qemu-img map --output=json -f raw "$LUN" >"$DIR/map"
python3 - "$DIR/map" <<'P' || fail "map: $(cat "$DIR/map")"
import json, sys
data = [(e["start"], e["length"]) for e in json.load(open(sys.argv[1])) if e["data"]]
assert data == [(16 << 20, 1 << 20)], data
P
