#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# tisane(8) describes the verbs that there are, and no others; the completion
# offers them.
. "$(dirname "$0")/lib.sh"
TISANE=${TISANE:-$(dirname "$TISANED")/tisane}
here=$(dirname "$0")/../..

"$TISANE" --help | sed -n 's/^  \([a-z][a-z -]*[a-z]\).*/\1/p' | sed 's/ *$//' >"$DIR/has"
[ "$(wc -l <"$DIR/has")" -ge 10 ] || fail "no verbs in the summary"
# the words of .Ic, also where .Xo has put it on a line of its own
sed -n -e 's/^\.It Ic //p' -e '/^\.It Xo/{n;s/^\.Ic //p}' "$here/docs/tisane.8" |
	sed -e 's/ \(Ar\|Op\|Cm\|Xc\).*//' >"$DIR/told"
diff <(sed 's/ [A-Z].*//' "$DIR/has" | sort) <(sort "$DIR/told") >"$DIR/diff" ||
	fail "verbs (<) and manual (>) differ: $(cat "$DIR/diff")"

. "$here/dist/tisane.bash"
tisane() { "$TISANE" "$@"; }
COMP_WORDS=(tisane "") COMP_CWORD=1
_tisane
while read -r verb; do
	grep -qx "${verb%% *}" <(printf '%s\n' "${COMPREPLY[@]}") || fail "no completion of $verb"
done <"$DIR/has"

while read -r first second; do
	COMP_WORDS=(tisane "$first" "") COMP_CWORD=2
	_tisane
	grep -qx "$second" <(printf '%s\n' "${COMPREPLY[@]}") || fail "no completion of $first $second"
done < <(sed -n 's/ [A-Z{].*//; s/^\([a-z]* [a-z-]*\)$/\1/p' "$DIR/has")

target_with_lun "ram; size 4M"
export TISANE_SOCKET=$DIR/control.sock
COMP_WORDS=(tisane show "") COMP_CWORD=2
_tisane
[ "${COMPREPLY[*]}" = disk ] || fail "completion of show: ${COMPREPLY[*]}"
