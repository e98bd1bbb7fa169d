#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A renamed file, or one that comes with its file system to another box, is the
# same disk, in all that initiators know it by; a copy of it with its attributes is refused
# until somebody says what it is, also while the daemon does not run.
. "$(dirname "$0")/lib.sh"
need jq iscsi-inq getfattr
TISANE=${TISANE:-$(dirname "$TISANED")/tisane}
t() { "$TISANE" -s "$DIR/control.sock" "$@"; }
uuid() { t --json luns | jq -r ".luns[] | select(.name == \"$1\") | .uuid"; }

target_with_lun "file @DIR@/disk.img; size 4M"
getfattr -n user.tisane.uuid "$DIR/disk.img" >/dev/null 2>&1 || skip "no attributes on files in $DIR"
# serial, NAA, EUI-64 and the other designators, as an initiator sees them
known_by() { for page in 128 131; do iscsi-inq -e 1 -c $page "$LUN"; done; }
first=$(uuid disk)
known=$(known_by)
grep -q "EUI" <<<"$known" && grep -q "NAA" <<<"$known" || fail "iscsi-inq says: $known"
target_stop

# renamed, under another name: the same
mv "$DIR/disk.img" "$DIR/web.img"
sed -i -e "s|lun disk { file .*|lun web { file $DIR/web.img }|" -e 's|lun 0 disk|lun 0 web|' "$DIR/tisane.conf"
target_run
[ "$(uuid web)" = "$first" ] || fail "a renamed one is $(uuid web), was $first"
[ "$(known_by)" = "$known" ] || fail "initiators see another: $(known_by), was $known"
target_stop

# another box knows nothing of it
mv "$DIR/state" "$DIR/state.other" && mkdir "$DIR/state"
sed -i 's|lun web {|lun moved {|; s|lun 0 web|lun 0 moved|' "$DIR/tisane.conf"
target_run
[ "$(known_by)" = "$known" ] || fail "on another box it is another: $(known_by), was $known"
target_stop
rm -r "$DIR/state" && mv "$DIR/state.other" "$DIR/state"
sed -i 's|lun moved {|lun web {|; s|lun 0 moved|lun 0 web|' "$DIR/tisane.conf"
target_run

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
