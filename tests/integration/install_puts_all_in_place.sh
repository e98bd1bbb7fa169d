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
for f in sbin/tisaned sbin/tisane share/man/man5/tisane.conf.5 share/man/man8/tisane.8 \
	share/man/man8/tisaned.8 share/bash-completion/completions/tisane \
	lib/sysusers.d/tisane.conf lib/systemd/system/tisaned.service; do
	[ -f "$root/$f" ] || fail "$f is not installed"
done
"$root/sbin/tisane" --version >/dev/null || fail "tisane does not run"
"$root/sbin/tisaned" --version >/dev/null || fail "tisaned does not run"
! grep -q '@' "$root/lib/systemd/system/tisaned.service" || fail "a place holder is left"
grep -qx 'ExecStart=/usr/sbin/tisaned' "$root/lib/systemd/system/tisaned.service" || fail "ExecStart"
if command -v systemd-analyze >/dev/null; then
	sed -i "s|=/usr/sbin|=$root/sbin|" "$root/lib/systemd/system/tisaned.service"
	out=$(systemd-analyze verify --man=no "$root/lib/systemd/system/tisaned.service" 2>&1) || true
	! grep -i "tisaned.service" <<<"$out" || fail "systemd finds fault"
fi
