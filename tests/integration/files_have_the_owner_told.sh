#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# owner, group and mode of a lun are those of its file, of the room that is kept
# for it and of its clones: by a daemon in its sandbox, by one that has become
# another user, and refused with the reason by one that may not.
. "$(dirname "$0")/lib.sh"
need jq setpriv
need_root "gives files to others"
TISANE=${TISANE:-$(dirname "$TISANED")/tisane}
t() { "$TISANE" -s "$DIR/control.sock" "$@"; }
whose() { stat -c '%U:%G %a' "$1"; }
is() # FILE WHOSE
{
	[ "$(whose "$1")" = "$2" ] || fail "$1 is $(whose "$1"), not $2"
}
chmod 755 "$DIR"
mkdir "$DIR/img"
chmod 777 "$DIR/img"
truncate -s 1M "$DIR/img/old.img"

target_start <<CONF
state-directory @DIR@/state
portal-group pg { listen 127.0.0.1:@PORT@ }
lun a { file @DIR@/img/a.img; size 8M; owner daemon; group 12; mode 0640; reserve 2M }
lun b { file @DIR@/img/b.img; size 8M; mode 660 }
lun old { file @DIR@/img/old.img; owner games }
target @IQN@ { portal-group pg; auth-group no-authentication; lun 0 a; lun 1 b; lun 2 old }
CONF
twelve=$(stat -c %G "$DIR/img/a.img")
is "$DIR/img/a.img" "daemon:$twelve 640"
is "$DIR/img/a.img.reserve" "daemon:$twelve 640"
is "$DIR/img/b.img" "root:root 660"
is "$DIR/img/old.img" "games:root 644"
check "create" -- t lun create full file "$DIR/img/full.img" size 4M allocation full owner daemon mode 0600
is "$DIR/img/full.img" "daemon:root 600"
check "a copy" -- t lun clone a c copy
is "$DIR/img/c.img" "daemon:$twelve 640"
refute "nobody of that name" -- t lun create d file "$DIR/img/d.img" size 4M owner no-such-user
grep -q "there is no user no-such-user" <<<"$out" || fail "says: $out"
[ ! -e "$DIR/img/d.img" ] || fail "the file of a refused lun is left"
refute "a mode that is none" -- t lun create d file "$DIR/img/d.img" size 4M mode 0888
check "delete, though it is another's" -- t lun delete c data
check "delete" -- t lun delete full data
[ ! -e "$DIR/img/c.img" ] || fail "the clone is there"
sed -i 's/mode 660/mode 600/' "$DIR/tisane.conf"
grep -q "mode" <<<"$(t diff)" || fail "diff: $(t diff)"
refute "not while it is served" -- t reload
target_stop
[ "$status" -eq 0 ] || fail "exit status $status"
target_run
is "$DIR/img/b.img" "root:root 600"
target_stop

# as a user of its own, with somebody outside who may
sed -i '1i user daemon' "$DIR/tisane.conf"
rm -r "$DIR/state" "$DIR/img/"*.img*
truncate -s 1M "$DIR/img/old.img"
install -d -o daemon -m 700 "$DIR/state"
install -d -o daemon -m 755 "$DIR/run"
sed -i "s|^control .*|control $DIR/run/control.sock|; s|owner daemon|owner games|" "$DIR/tisane.conf"
target_run
is "$DIR/img/a.img" "games:$twelve 640"
is "$DIR/img/old.img" "games:root 644"
target_stop
[ "$status" -eq 0 ] || fail "exit status $status"

# as a user of its own, with nobody
rm -r "$DIR/img/"*.img*
sed -i '/^user /d; /lun old/d; s/; lun 2 old//; s/^lun b .*/lun b { file PATH; size 8M; mode 640 }/' "$DIR/tisane.conf"
sed -i "s|file PATH|file $DIR/img/b.img|" "$DIR/tisane.conf"
chown daemon "$DIR/tisane.conf"
cp "$TISANED" "$DIR/tisaned" # wherever it was built
setpriv --reuid=daemon --regid=daemon --clear-groups "$DIR/tisaned" -c "$DIR/tisane.conf" 2>"$DIR/said" &&
	fail "a daemon without rights gives files away"
grep -q "a.img cannot be given owner games, group 12, mode 0640: Operation not permitted (only a daemon" "$DIR/said" ||
	fail "says: $(cat "$DIR/said")"
[ ! -e "$DIR/img/a.img" ] || fail "something is left"
