#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# limit: 600
# iscsi-test-cu, with blocks of 512 and of 4096 bytes: nothing failed, timed out
# or crashed, and nothing skipped that tests/conformance/skips does not name.
. "$(dirname "$0")/lib.sh"
need iscsi-test-cu
target_start <<'C'
state-directory @DIR@/state
log error
portal-group pg { listen 127.0.0.1:@PORT@ }
lun b512 { file @DIR@/b512.img; size 256M }
lun b4096 { file @DIR@/b4096.img; size 256M; block-size 4096 }
target @IQN@ { portal-group pg; auth-group no-authentication; lun 0 b512; lun 1 b4096 }
C

# suite LUN EXCLUDED...
suite()
{
	local lun=$URL/$IQN/$1 x=()
	shift
	for t in "$@"; do x+=(-x "$t"); done
	tests/conformance/run-test-cu -o "$DIR/result.tsv" --no-skips "${x[@]}" \
		--allow tests/conformance/skips "$lun" "$lun" >"$DIR/summary" ||
		fail "$(grep -vP '\t(pass|skip)\t' "$DIR/result.tsv"; cat "$DIR/summary")"
	head -n 1 "$DIR/summary"
}

# iSCSITMF.LUNResetSimpleAsync of 1.19 asserts that its callback has run before it
# enters its event loop: no target can pass it.  GetLBAStatus.UnmapSingle asks at
# LBA n + 1 and expects a descriptor of LBA n + one physical block: that is only
# the same where a physical block is one logical block.
suite 0 iSCSITMF.LUNResetSimpleAsync GetLBAStatus.UnmapSingle
# These want a physical block of several logical ones.
suite 1 iSCSITMF.LUNResetSimpleAsync CompareAndWrite.InvalidDataOutSize \
	'WriteSame1*.UnmapUnaligned' 'WriteSame1*.InvalidDataOutSize'
