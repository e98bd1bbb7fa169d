#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Configurations of tgt, LIO, ctld and SCST become ours: valid, with LUN numbers,
# access, CHAP and identities; what is lost is said; initiators see the disks.
. "$(dirname "$0")/lib.sh"
need jq
TISANE=${TISANE:-$(dirname "$TISANED")/tisane}
samples=$(dirname "$0")/import
for f in a b c; do truncate -s 16M "$DIR/$f.img"; done

# take FORMAT FILE STATUS: $DIR/FORMAT.ours, which is valid
take()
{
	local got=0
	sed "s|@DIR@|$DIR|g" "$samples/$2" >"$DIR/$2"
	"$TISANE" import "$1" "$DIR/$2" >"$DIR/$1.ours" 2>"$DIR/$1.err" || got=$?
	[ "$got" -eq "$3" ] || fail "import $1 ended with $got: $(cat "$DIR/$1.err")"
	conf=$DIR/$1.ours err=$DIR/$1.err
	chmod 600 "$conf"
	check "$1 is valid" -- "$TISANE" check "$conf"
	"$TISANE" --json import "$1" "$DIR/$2" 2>/dev/null >"$DIR/$1.json" || true
	jq -e '.targets | length > 0' "$DIR/$1.json" >/dev/null || fail "no JSON of $1"
}
has() { grep -qF -- "$1" <<<"$(sed 's|^\t*||' "$conf" | tr '\n' ' ')" || fail "no \"$1\" in: $(cat "$conf")"; }
lost() { grep -q -- "$1" "$err" && grep -q "^# .*$1" "$conf" || fail "not said: $1: $(cat "$err")"; }

take tgt targets.conf 1
# alpha is tgt's number 1, zeta its number 2
has "lun c.img { file $DIR/c.img read-only yes serial beaf11 device-id \"IET     00010001\" naa 60000000000000000e00000000010001 }"
has "lun a.img { file $DIR/a.img cache writethrough serial DISK-A device-id \"IET     00020005\" naa 60000000000000000e00000000020005 }"
has "initiator-address 192.0.2.0/24"
has "chap-mutual alice a-secret-of-12-or-more san another-secret-of-12"
has "target iqn.2026-11.example:alpha { portal-group all auth-group no-authentication lun 1 c.img }"
has "lun 5 a.img lun 1 b.img"
lost "device of type cd"
lost "line [0-9]*: vendor_id Nobody"

take lio saveconfig.json 1
has "lun a { file $DIR/a.img size 16777216 block-size 4096 serial 8f2a1c3e-5b7d-4a90-9c11-22334455aabb naa 60014058f2a1c3e5b7d4a909c1122334 }"
has "lun b-disk { file $DIR/b.img cache writethrough serial 01234567-89ab-cdef-0123-456789abcdef"
has "portal-group portals { listen 127.0.0.1:3270 listen [::1]:3270 }"
has "chap-mutual u2 password-number-2 san password-of-the-san"
has "lun 7 b-disk { read-only yes initiator-name iqn.2026-11.example:h1 initiator-name iqn.2026-11.example:h2 }"
has "target iqn.2026-11.example:demo { portal-group portals auth-group no-authentication lun 3 r { read-only yes } }"
lost "/backstores/pscsi/tape"
lost "LUN 0 as b-disk"
lost "loopback"

take ctl ctl.conf 1
has "lun shared { file $DIR/a.img size 16M naa 6001405123456789abcdef0123456789 device-id \"dev a\" serial S-A }"
has "portal-group dark auth-group nobody"
has "portal-group dark { listen [::1]:3271 tag 9 discovery-auth-group no-access }"
has "lun 4 b.img"
has "chap-mutual bob bobs-long-secret san the-sans-long-secret"
has "lun ram { ram size 8M serial S-R }"
lost "option vendor NOBODY"
lost "identity of lun b.img"

take scst scst.conf 1
has "lun a { file $DIR/a.img block-size 4096 serial SERIAL-A device-id a-of-scst naa 2001405123456789 }"
has "chap-mutual joe 12charsecret san another-secret"
has "lun 1 b { read-only yes initiator-name iqn.2026-11.example:h1 initiator-name iqn.2026-11.example:h2 }"
has "lun nul { null size 1073741824"
has "portal-group portals { listen 127.0.0.1:3260 }"
lost "iqn.2026-11.example:off"
lost "prod_id nothing"
lost "1:0:0:0"

# what is no such file; nothing is printed
for format in tgt lio ctl scst; do
	printf 'target {{ "no end' >"$DIR/bad"
	got=0
	out=$("$TISANE" import $format "$DIR/bad" 2>"$DIR/err") || got=$?
	[ "$got" -eq 4 ] && [ -z "$out" ] && [ -s "$DIR/err" ] || fail "import $format of nonsense: $got $out"
done
got=0; "$TISANE" import tgt /nonexistent 2>/dev/null || got=$?
[ "$got" -eq 1 ] || fail "a file that is not there: $got"
got=0; "$TISANE" import nobody "$DIR/bad" 2>/dev/null || got=$?
[ "$got" -eq 2 ] || fail "a format that is not there: $got"
# all kept: status 0
printf '<target iqn.2026-11.example:t>\nbacking-store %s/c.img\n</target>\n' "$DIR" >"$DIR/plain"
check "all is kept" -- "$TISANE" import tgt "$DIR/plain"

# An initiator sees what it saw.
PORT=$(free_port)
{
	"$TISANE" import tgt "$DIR/plain" 2>/dev/null | sed -e "s|0.0.0.0:3260|127.0.0.1:$PORT|" -e '/listen \[::\]/d'
	echo "state-directory $DIR/state"
} | target_conf
target_run
need iscsi-inq
out=$(iscsi-inq -e 1 -c 131 "iscsi://127.0.0.1:$PORT/iqn.2026-11.example:t/1")
grep -qi "60000000000000000e00000000010001\|60 00 00 00 00 00 00 00 0e" <<<"${out//$'\n'/ }" || fail "NAA: $out"
out=$(iscsi-inq -e 1 -c 128 "iscsi://127.0.0.1:$PORT/iqn.2026-11.example:t/1")
grep -q "beaf11" <<<"$out" || fail "serial: $out"
