# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# What run and service.sh share: a Debian root, in which to run by chroot or
# under a systemd of its own.
#
#   make_root         in $root: what the package needs, and systemd
#   in_root COMMAND   by chroot, nothing else runs there
#   boot, shut_down   systemd as the first process of namespaces of its own
#   in_box COMMAND    there; in_net COMMAND: of this machine, in its network
#   net_exec COMMAND  the same in the background, as a process that can be ended
#   fail WORDS, wait_for SECONDS COMMAND
top=$(mktemp -d "${TMPDIR:-/tmp}/tisane-package.XXXXXX")
root=$top/root
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
clean=(env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C DEBIAN_FRONTEND=noninteractive)
children=()
box=    # unshare
init=   # systemd, as seen from here

fail()
{
	echo "FAIL: $*" >&2
	[ ! -f "$top/log" ] || tail -n 20 "$top/log" >&2
	[ -z "$init" ] || in_box journalctl --no-pager -n 40 -o short-monotonic >&2 || true
	exit 1
}

end()
{
	local p
	for p in "${children[@]+"${children[@]}"}"; do
		kill -KILL "$p" 2>/dev/null || true
	done
	shut_down
	# An mmdebstrap that was ended leaves mounts; nothing of theirs is removed.
	awk -v top="$top/" 'index($2, top) == 1 {print $2}' /proc/self/mounts | sort -r |
		xargs -r -n 1 umount -l 2>/dev/null || true
	rm -rf --one-file-system "$top"
}
trap end EXIT

wait_for()
{
	local seconds=$1 i
	shift
	for ((i = 0; i < seconds * 10; i++)); do
		"$@" >/dev/null 2>&1 && return 0
		sleep 0.1
	done
	return 1
}

in_root() { chroot "$root" "${clean[@]}" "$@"; }
in_box() { nsenter -t "$init" -m -u -i -n -p -r -w "${clean[@]}" "$@"; }
in_net() { nsenter -t "$init" -n "$@"; }
net_exec() { exec nsenter -t "$init" -n "$@"; }

make_root()
{
	local suite sources=() f
	for f in /etc/apt/sources.list /etc/apt/sources.list.d/*; do
		if [ -s "$f" ] && grep -qE '^(deb |Types:)' "$f"; then
			sources+=("$f")
		fi
	done
	suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
	mmdebstrap --quiet --variant=minbase --mode=root \
		--include="$1,systemd,systemd-sysv" --dpkgopt=force-unsafe-io \
		--dpkgopt='path-exclude=/usr/share/locale/*' \
		"$suite" "$root" "${sources[@]}" 2>"$top/mm" ||
		fail "mmdebstrap: $(tail -n 5 "$top/mm")"
	for f in getty.target console-getty.service systemd-logind.service \
		apt-daily.timer apt-daily-upgrade.timer; do
		ln -s /dev/null "$root/etc/systemd/system/$f"
	done
}

boot()
{
	mkdir "$top/cg"
	mount -t cgroup2 cgroup2 "$top/cg" && mkdir "$top/cg/${top##*/}" || return 1
	(echo "$BASHPID" >"$top/cg/${top##*/}/cgroup.procs"
	exec unshare -m -u -i -n -p -C -f --kill-child=KILL "$here/init" "$root") >"$top/console" 2>&1 &
	box=$!
	wait_for 20 started || fail "systemd does not start: $(cat "$top/console")"
}

started()
{
	init=$(pgrep -P "$box") && in_box systemctl is-system-running --wait
}

shut_down()
{
	[ -n "$box" ] || return 0
	kill -KILL "$box" 2>/dev/null || true
	wait "$box" 2>/dev/null || true
	box= init=
	wait_for 20 gone || echo "package: $top/cg is busy" >&2
}

gone()
{
	find "$top/cg/${top##*/}" -depth -type d -exec rmdir {} + 2>/dev/null
	[ ! -e "$top/cg/${top##*/}" ] && umount "$top/cg"
}
