#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# limit: 600
# iscsi-test-cu on a sparse file, with blocks of 512 and of 4096 bytes, over a plain,
# a read-only and a removable LUN: nothing failed, timed out or crashed, and nothing
# skipped that tests/conformance/skips does not name.  All stores: make conformance.
. "$(dirname "$0")/lib.sh"
need iscsi-test-cu
RESULTS=$DIR/results tests/conformance/matrix file-sparse:512 file-sparse:4096 \
	>"$DIR/table" 2>"$DIR/summary" || fail "$(cat "$DIR/summary")"
cat "$DIR/summary"
