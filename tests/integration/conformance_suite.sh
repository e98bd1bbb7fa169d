#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# limit: 600
# iscsi-test-cu on a sparse file, with blocks of 512 and of 4096 bytes, over a plain,
# a read-only and a removable LUN: nothing failed, timed out or crashed, and nothing
# skipped that tests/conformance/skips does not name.  All stores: make conformance.
# Under a sanitizer, which is after other things, blocks of 512 bytes only.
. "$(dirname "$0")/lib.sh"
need iscsi-test-cu
sizes=(file-sparse:512 file-sparse:4096)
[ -z "${TEST_SLOWDOWN:-}" ] || sizes=(file-sparse:512)
# Each by itself: most of the time a test waits.
pids=()
for s in "${sizes[@]}"; do
	RESULTS=$DIR/results.$s tests/conformance/matrix "$s" >"$DIR/table.$s" 2>"$DIR/summary.$s" &
	pids+=($!)
done
bad=
for p in "${pids[@]}"; do wait "$p" || bad=1; done
[ -z "$bad" ] || fail "$(cat "$DIR"/summary.*)"
cat "$DIR"/summary.*
