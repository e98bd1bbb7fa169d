#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A qcow2 image in tcmu-runner's module is a LUN: data, a host that is killed or
# hangs, an image that the module would harm, and the image afterwards.
. "$(dirname "$0")/lib.sh"
need qemu-img qemu-io
TISANE=${TISANE:-$(dirname "$TISANED")/tisane}
found=$(ls /usr/lib*/tcmu-runner/handler_qcow.so /usr/lib/*/tcmu-runner/handler_qcow.so 2>/dev/null || true)
[ -n "$found" ] || skip "tcmu-runner is not installed"

tisane() { "$TISANE" -s "$DIR/control.sock" "$@"; }
# The last one that has that image open; its keeper is above it.
host()
{
	sed -n "s|.*tcmu host serves store=qcow/$1 pid=||p" "$LOG" | tail -n 1 | grep .
}

qemu-img create -q -f qcow2 "$DIR/disk.qcow2" 16M
target_start <<'C'
state-directory @DIR@/state
portal-group pg { listen 127.0.0.1:@PORT@ }
lun disk { tcmu qcow/@DIR@/disk.qcow2 }
lun ram { ram; size 8M }
target @IQN@ { portal-group pg; auth-group no-authentication; lun 0 disk; lun 1 ram }
C
head -c 4M /dev/urandom >"$DIR/data"
truncate -s 16M "$DIR/data"
check "convert" -- qemu-img convert -t writeback -n -f raw -O raw "$DIR/data" "$LUN"
check "compare" -- qemu-img compare -f raw -F raw "$DIR/data" "$LUN"
tisane show disk >"$DIR/show"
grep -q "qcow/$DIR/disk.qcow2" "$DIR/show" || fail "show says: $(cat "$DIR/show")"

# killed: it comes back
pid=$(host "$DIR/disk.qcow2") || fail "no host has the image"
grep -q '^Max core file size *0 *0 ' "/proc/$pid/limits" || fail "the host may dump what guests wrote"
[ "$(readlink "/proc/$pid/fd/1")" = "$(readlink "/proc/$pid/fd/2")" ] || fail "the host has the daemon's standard output"
kill -KILL "$pid"
check "the same after the host's death" -- qemu-img compare -f raw -F raw "$DIR/data" "$LUN"
again=$(host "$DIR/disk.qcow2") || fail "no host has the image again"
[ "$again" != "$pid" ] || fail "the host was not killed"

# hangs: its LUN only
kill -STOP "$again"
qemu-io -f raw -c 'read 0 4k' "$LUN" >/dev/null 2>&1 &
children+=("$!")
check "the other LUN" -- qemu-io -f raw -c 'write -P 1 0 1M' -c 'read -P 1 0 1M' "$URL/$IQN/1"
kill -CONT "$again"
check "and on" -- qemu-io -f raw -c 'write -P 5 8M 1M' -c flush "$LUN"
qemu-io -f raw -c 'write -P 5 8M 1M' "$DIR/data" >/dev/null

# what the module would harm is refused, by name, when it comes by a reload
qemu-img create -q -f qcow2 "$DIR/snap.qcow2" 8M
qemu-img snapshot -c s "$DIR/snap.qcow2"
refute "an image with snapshots" -- tisane lun create snap tcmu "qcow/$DIR/snap.qcow2" target "$IQN"
grep -q 'internal snapshots' <<<"$out" || fail "it says: $out"
qemu-img create -q -f qcow2 "$DIR/more.qcow2" 8M
check "another by the command" -- tisane lun create more tcmu "qcow/$DIR/more.qcow2" target "$IQN"
check "it serves" -- qemu-io -f raw -c 'write -P 2 0 1M' "$URL/$IQN/2"

# two writers of an image there are not
refute "qemu beside it" -- qemu-io -f qcow2 -c 'write 0 4k' "$DIR/disk.qcow2"

# a hung host does not outlive the daemon
again=$(host "$DIR/disk.qcow2")
keeper=$(awk '/^PPid:/ { print $2 }' "/proc/$again/status")
target_stop TERM
[ "$status" -eq 0 ] || fail "exit status $status"
gone() { [ ! -e "/proc/$again/fd/0" ] && [ ! -e "/proc/$keeper/fd/0" ]; }
wait_for 20 gone || fail "the host outlives the daemon"
check "the image is whole" -- qemu-img check -f qcow2 "$DIR/disk.qcow2"
check "and has the data" -- qemu-img compare -f raw -F qcow2 "$DIR/data" "$DIR/disk.qcow2"
check "so has the other" -- qemu-img check -f qcow2 "$DIR/more.qcow2"

# as another user, on an image that only root may open
[ "$(id -u)" -eq 0 ] && getent passwd nobody >/dev/null || exit 0
chmod 711 "$DIR" && mkdir -m 777 "$DIR/run"
sed -i -e "s|^control.*|control $DIR/run/control.sock|; s|^state-directory.*|state-directory $DIR/mine|" \
	-e '$a user nobody' "$DIR/tisane.conf"
target_run
check "it serves as nobody" -- qemu-img compare -f raw -F raw "$DIR/data" "$LUN"
again=$(host "$DIR/disk.qcow2")
[ "$(awk '/^Uid:/ { print $2 $3 }' "/proc/$again/status")" = "$(id -u nobody)$(id -u nobody)" ] ||
	fail "the module is still root"
grep -q '^CapEff:.0*$' "/proc/$again/status" || fail "the module has capabilities"
target_stop TERM
[ "$status" -eq 0 ] || fail "exit status $status"
