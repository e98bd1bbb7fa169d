#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# docs/storage.md shows what scripts/demo-storage prints today, but for numbers.
. "$(dirname "$0")/lib.sh"
here=$(cd "$(dirname "$0")/../.." && pwd)
export TISANED TISANE=${TISANE:-$(dirname "$TISANED")/tisane}

status=0
"$here/scripts/demo-storage" >"$DIR/played" 2>&1 || status=$?
[ "$status" -ne 77 ] || skip "$(tail -n 1 "$DIR/played")"
[ "$status" -eq 0 ] || fail "the demo ends with $status: $(tail "$DIR/played")"
# The threshold is told to who is logged in when the file system is looked at:
# on a slow machine that may be a qemu-io of the story.
sed -i '/SOFT THRESHOLD REACHED/d' "$DIR/played"
plain() { sed -e '/^# /d' -e '/^$/d' -e 's/[0-9][0-9.]*\( *[KMG]i\{0,1\}B\)\{0,1\}[KMG]\{0,1\}/N/g' -e 's/N B/N/g' -e 's/  */ /g' -e 's/^ //'; }
plain <"$DIR/played" >"$DIR/a"
sed -n '/^```/,/^```/p' "$here/docs/storage.md" | grep -v '^```' | plain >"$DIR/b"
diff "$DIR/a" "$DIR/b" >"$DIR/diff" || fail "played (<) and told (>) differ: $(cat "$DIR/diff")"
