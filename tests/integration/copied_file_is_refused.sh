#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A renamed file is the same disk; a copy of it with its attributes is refused
# until somebody says what it is, also while the daemon does not run.
. "$(dirname "$0")/lib.sh"
need jq iscsi-inq getfattr
TISANE=${TISANE:-$(dirname "$TISANED")/tisane}
t() { "$TISANE" -s "$DIR/control.sock" "$@"; }
uuid() { t --json luns | jq -r ".luns[] | select(.name == \"$1\") | .uuid"; }

target_with_lun "file @DIR@/disk.img; size 4M"
getfattr -n user.tisane.uuid "$DIR/disk.img" >/dev/null 2>&1 || skip "no attributes on files in $DIR"
first=$(uuid disk)
target_stop

# renamed, under another name: the same
mv "$DIR/disk.img" "$DIR/web.img"
sed -i -e "s|lun disk { file .*|lun web { file $DIR/web.img }|" -e 's|lun 0 disk|lun 0 web|' "$DIR/tisane.conf"
target_run
[ "$(uuid web)" = "$first" ] || fail "a renamed one is $(uuid web), was $first"

# a copy beside it
cp --preserve=xattr "$DIR/web.img" "$DIR/copy.img"
echo "lun copy { file $DIR/copy.img }" >>"$DIR/tisane.conf"
refute "a copy" -- t reload
grep -q "is a copy.*lun adopt copy keep.*lun adopt copy new" <<<"$out" || fail "reload says: $out"
check "new" -- t lun adopt copy new
[ "$(uuid copy)" != "$first" ] && [ -n "$(uuid copy)" ] || fail "copy is $(uuid copy)"
[ "$(uuid web)" = "$first" ] || fail "the first is another"
target_stop

# restored from a backup: the daemon does not start, and then does
cp --preserve=xattr "$DIR/web.img" "$DIR/restored.img"
mv "$DIR/restored.img" "$DIR/web.img"
refute "a restored one" -- "$TISANED" -c "$DIR/tisane.conf"
grep -q "lun adopt web keep" <<<"$out" || fail "it says: $out"
refute "no such word" -- "$TISANE" -c "$DIR/tisane.conf" -s "$DIR/control.sock" lun adopt web perhaps
refute "no such lun" -- "$TISANE" -c "$DIR/tisane.conf" -s "$DIR/control.sock" lun adopt nobody keep
check "keep" -- "$TISANE" -c "$DIR/tisane.conf" -s "$DIR/control.sock" lun adopt web keep
target_run
[ "$(uuid web)" = "$first" ] || fail "the restored one is $(uuid web)"
target_stop
target_run
[ "$(uuid web)" = "$first" ] || fail "not for long"
