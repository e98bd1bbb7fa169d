#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The element that tisane export libvirt prints is one of a domain: libvirt reads
# it with portal, LUN, user and identity.
. "$(dirname "$0")/lib.sh"
need virsh
TISANE=${TISANE:-$(dirname "$TISANED")/tisane}
v() { timeout 30 virsh -q -c test:///default "$@"; }
v list >/dev/null 2>&1 || skip "virsh has no test driver"
target_start <<'C'
state-directory @DIR@/state
portal-group pg { listen 127.0.0.1:@PORT@ }
auth-group hosts { chap vmhost "secret-one-12345" }
lun a { ram; size 8M }
target @IQN@ { portal-group pg; auth-group hosts; lun 6 a { read-only yes } }
C
{
	echo "<domain type='test'><name>exported</name><memory unit='MiB'>64</memory><os><type>hvm</type></os><devices>"
	"$TISANE" -s "$DIR/control.sock" export libvirt a
	echo "</devices></domain>"
} >"$DIR/domain.xml"
out=$(v "define $DIR/domain.xml; dumpxml exported" 2>&1) || fail "libvirt: $out; $(cat "$DIR/domain.xml")"
for words in "name='$IQN/6'" "host name='127.0.0.1' port='$PORT'" "username='vmhost'" "<readonly/>" \
	"<wwn>$("$TISANE" -s "$DIR/control.sock" export multipath a | sed -n 's/.*wwid 3\(................\).*/\1/p')</wwn>"; do
	grep -qF "$words" <<<"$out" || fail "no $words in $out"
done
