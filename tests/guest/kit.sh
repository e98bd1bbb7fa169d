# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# What scenarios use inside the guest.
#
#   host_do WORDS         the host does it (see the host_ functions of run);
#                         its output and its status
#   $PORTAL               where to discover; $PATH_A, $PATH_B: the two proxies
#   login NAME [K=V...]   discover, set what is said, log in to target NAME of
#                         the scenario's configuration; the disk of LUN 0 is in
#                         $disk.  K is without node. before it
#   logout                all sessions, and forget all targets
#   disk_of NAME LUN [PORT]     waits for the block device, prints it
#   writes_start DEVICE RATE [MIB]   fio writes so many MiB (8) at this rate and
#                         verifies them, again and again, each time others
#   writes_stop           all of it went well
#   mark NAME, marked NAME   tells the other guest, waits for it (100 s)
#   fail, check, refute   as in tests/integration/lib.sh
set -u

fail()
{
	{
		echo "FAIL: $*"
		dmesg | tail -n 25
	} >&2
	exit 1
}

check()
{
	local words=$1 out
	shift 2
	out=$("$@" 2>&1) || fail "$words: $* said: $out"
}

# The command fails; what it printed is in $out.
refute()
{
	local words=$1
	shift 2
	if out=$("$@" 2>&1); then
		fail "$words: $* succeeded: $out"
	fi
}

# shows WORDS PATTERN -- COMMAND...: it succeeds and prints what matches.
shows()
{
	local words=$1 pattern=$2
	shift 3
	out=$("$@" 2>&1) || fail "$words: $* said: $out"
	grep -qE -- "$pattern" <<<"$out" || fail "$words: no $pattern in: $out"
}

wait_for()
{
	local seconds=$1 end
	shift
	end=$((SECONDS + seconds))
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.2
	done
}

host_do()
{
	local id=$BASHPID.$RANDOM
	printf '%s\n' "$@" >"/ctl/.req.$id"
	mv "/ctl/.req.$id" "/ctl/req.$id"
	until [ -f "/ctl/done.$id" ]; do sleep 0.1; done
	cat "/ctl/out.$id"
	return "$(cat "/ctl/done.$id")"
}

mark()
{
	host_do mark "$1" >/dev/null
}

marked()
{
	wait_for 100 host_do marked "$1" || fail "the other guest is not $1"
}

iqn()
{
	echo "iqn.2026-11.test.tisane:$1"
}

discover()
{
	shows "discovery" "$(iqn "$1")" -- iscsiadm -m discovery -t sendtargets -p "$PORTAL"
}

settings()
{
	local name=$1 s
	shift
	for s in "$@"; do
		check "setting $s" -- iscsiadm -m node -T "$(iqn "$name")" \
			-o update -n "node.${s%%=*}" -v "${s#*=}"
	done
}

disk_of()
{
	local link=/dev/disk/by-path/ip-${3:-$PORTAL}-iscsi-$(iqn "$1")-lun-$2
	wait_for 60 test -b "$link" || fail "no $link"
	readlink -f "$link"
}

login()
{
	local name=$1
	shift
	discover "$name"
	settings "$name" "$@"
	check "login to $name" -- iscsiadm -m node -T "$(iqn "$name")" --login
	disk=$(disk_of "$name" 0) || exit 1
}

logout()
{
	udevadm settle
	check "logout" -- iscsiadm -m node --logoutall=all
	check "no records are left" -- iscsiadm -m node -o delete
}

# Files of random bytes with a list of their sums: make_files DIR COUNT KIB
make_files()
{
	local i
	for ((i = 0; i < $2; i++)); do
		head -c "$(($3 * 1024))" /dev/urandom >"$1/file$i" || return 1
	done
	(cd "$1" && sha256sum file* >sums)
}

verify_files()
{
	echo 3 >/proc/sys/vm/drop_caches
	(cd "$1" && sha256sum --quiet -c sums)
}

writes_start()
{
	rm -f /tmp/stop
	while [ ! -e /tmp/stop ]; do
		fio --name=v --filename="$1" --size="${3:-8}M" --rw=randwrite --bs=16k \
			--rate="$2" --direct=1 --ioengine=libaio --iodepth=8 \
			--randrepeat=0 --verify=crc32c --verify_fatal=1 --output=/tmp/fio || exit 1
	done &
	writer=$!
}

writes_stop()
{
	: >/tmp/stop
	wait $writer || fail "fio: $(cat /tmp/fio)"
}
