#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# make install needs no compiler; what it installs runs and is consistent.
. "$(dirname "$0")/lib.sh"
need make
build=$(cd "$(dirname "$TISANED")" && pwd)
[ -x "$build/tisane" ] || skip "tisane is not built"
check install -- env -u MAKEFLAGS make -s -C "$(dirname "$0")/../.." install \
	B="$build" DESTDIR="$DIR/root" PREFIX=/usr CC=false
root=$DIR/root/usr
for f in sbin/tisaned sbin/tisane libexec/tisane-tcmu share/man/man5/tisane.conf.5 share/man/man8/tisane.8 \
	share/man/man8/tisaned.8 share/bash-completion/completions/tisane \
	lib/sysusers.d/tisane.conf lib/tmpfiles.d/tisane.conf \
	lib/systemd/system/tisaned.service lib/systemd/system/tisaned.socket; do
	[ -f "$root/$f" ] || fail "$f is not installed"
done
"$root/sbin/tisane" --version >/dev/null || fail "tisane does not run"
"$root/sbin/tisaned" --version >/dev/null || fail "tisaned does not run"
! grep -q '@[A-Z]*@' "$root/lib/systemd/system/tisaned.service" || fail "a place holder is left"
grep -qx 'ExecStart=/usr/sbin/tisaned' "$root/lib/systemd/system/tisaned.service" || fail "ExecStart"
unit=$root/lib/systemd/system/tisaned.service
if command -v systemd-analyze >/dev/null; then
	sed -i "s|=/usr/sbin|=$root/sbin|" "$unit"
	out=$(systemd-analyze verify --man=no "$unit" "${unit%service}socket" 2>&1) || true
	! grep -i "tisaned\." <<<"$out" || fail "systemd finds fault"
	# 10 times the exposure that it shows
	out=$(systemd-analyze security --offline=true --threshold=20 "$unit") ||
		fail "the unit is exposed: $(tail -n 1 <<<"$out")"
	[ "$(systemd-analyze --version | awk 'NR == 1 { print $2 }')" -ge 253 ] ||
		! grep -q 'notify-reload' "$unit" || fail "a Type that this systemd does not know"
fi
if command -v systemd-sysusers >/dev/null; then
	mkdir "$DIR/root/etc"
	printf 'root:x:0:\ndisk:x:6:\n' >"$DIR/root/etc/group"
	check sysusers -- systemd-sysusers --root="$DIR/root"
	grep -q '^tisane:' "$DIR/root/etc/passwd" || fail "no user"
	grep -q '^disk:.*:tisane$' "$DIR/root/etc/group" || fail "the user is not in disk"
fi
