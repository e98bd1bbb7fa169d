#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# The daemon serves without capabilities and under its filters; its helper opens
# what a reload adds elsewhere, and what only root may; "user" and -u.
. "$(dirname "$0")/lib.sh"
need iscsi-ls qemu-io
TISANE=${TISANE:-$(dirname "$TISANED")/tisane}
off=0
mkdir "$DIR/a" "$DIR/b"
conf()
{
	target_conf <<C
state-directory @DIR@/state
portal-group pg { listen 127.0.0.1:@PORT@ }
lun disk { file @DIR@/a/disk.img; size 16M }
target @IQN@ { portal-group pg; auth-group no-authentication; lun 0 disk; ${1:-} }
${2:-}
C
}
PORT=$(free_port) URL=iscsi://127.0.0.1:$PORT LUN=$URL/$IQN/0
conf
target_run
wait_for 20 grep -q 'sandbox' "$LOG" || fail "nothing is said of the sandbox"
grep -q 'build with sanitizers' "$LOG" && off=1
status_is() # WORD VALUE: of each thread; some open a store and end
{
	local f value seen=0
	for f in /proc/"$PID"/task/*/status; do
		value=$(awk -v w="$1:" '$1 == w { print $2 }' "$f" 2>/dev/null) && [ -n "$value" ] || continue
		[ "$value" = "$2" ] || return 1
		seen=1
	done
	[ $seen -eq 1 ]
}
# a sanitizer's own thread is older
[ $off -eq 1 ] || status_is NoNewPrivs 1 || fail "new privileges"
if [ $off -eq 0 ]; then
	status_is Seccomp 2 || fail "no filter of system calls"
	for w in CapEff CapPrm CapInh; do
		status_is $w 0000000000000000 || fail "$w is left"
	done
	helper=$(cat /proc/"$PID"/task/"$PID"/children)
	[ -n "$helper" ] || fail "no helper"
fi
check "it serves" -- qemu-io -f raw -c 'write -P 7 0 1M' "$LUN"

# beyond what the sandbox admits
conf "lun 1 more" "lun more { file @DIR@/b/more.img; size 8M }"
kill -HUP "$PID"
sees_1() { grep -q 'Lun:1' <<<"$(iscsi-ls -s "$URL")"; }
wait_for 20 sees_1 || fail "a LUN elsewhere does not come by reload"
check "it takes data" -- qemu-io -f raw -c 'write -P 7 0 1M' "$URL/$IQN/1"
target_stop KILL
if [ $off -eq 0 ]; then
	ended() { ! kill -0 $helper; }
	wait_for 20 ended || fail "the helper outlives the daemon"
fi

# as another user, on files that only root may open
if [ "$(id -u)" -eq 0 ] && getent passwd nobody >/dev/null; then
	chmod 711 "$DIR"
	rm -r "$DIR/state" && mkdir -m 777 "$DIR/run"
	conf "lun 1 more; lun 2 new" "lun more { file @DIR@/b/more.img; size 8M }
lun new { file @DIR@/a/new.img; size 8M }
state-directory @DIR@/mine
user nobody
control @DIR@/run/control.sock"
	sed -i '/\/state$/d; /^control.*\/control.sock$/{/run/!d}' "$DIR/tisane.conf"
	target_run
	status_is Uid "$(id -u nobody)" || fail "still root"
	check "it serves as nobody" -- qemu-io -f raw -c 'read -P 7 0 1M' "$LUN"
	[ "$(stat -c %U "$DIR/a/new.img" "$DIR/mine" | uniq)" = nobody ] ||
		fail "what it makes is not the user's"
	check "it copies to where only root writes" -- \
		"$TISANE" -s "$DIR/run/control.sock" lun export-image more "$DIR/b/copy.img"
	cmp "$DIR/b/more.img" "$DIR/b/copy.img" || fail "the copy differs"
	[ "$(ls -A "$DIR/b")" = "copy.img
more.img" ] || fail "something is left: $(ls -A "$DIR/b")"
	target_stop
	[ "$status" -eq 0 ] || fail "exit status $status"
	refute "no such user" -- timeout 20 "$TISANED" -u no-such-user -c "$DIR/tisane.conf"
	grep -q 'no user no-such-user' <<<"$out" || fail "it says: $out"
fi

conf "" "sandbox no"
target_run
[ $off -eq 1 ] || status_is Seccomp 0 || fail "sandbox no"
check "it serves without" -- qemu-io -f raw -c 'read -P 7 0 1M' "$LUN"
