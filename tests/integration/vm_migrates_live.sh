#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# limit: 600
# A VM that writes and verifies moves from one QEMU to another, both of which
# hold sessions of one initiator name to the same LUN, also one that is not
# shared, and finds all that it wrote.
. "$(dirname "$0")/lib.sh"
need qemu-system-x86_64 mformat syslinux
tests/guest/build-boot-image build/guest >"$DIR/build.log" 2>&1 ||
	fail "boot image: $(tail -n 5 "$DIR/build.log")"
target_with_lun "file @DIR@/disk.img; size 128M; sharing exclusive"

# vm NUMBER ARGS...: a QEMU whose console is a file and a fifo, its monitor a
# socket.
vm()
{
	local n=$1
	shift
	mkfifo "$DIR/in.$n"
	exec {input[$n]}<>"$DIR/in.$n"
	qemu-system-x86_64 -accel "${GUEST_ACCEL:-tcg}" -m 256 -display none -name vm \
		-nodefaults -no-user-config -no-reboot -net none \
		-kernel build/guest/vmlinuz -initrd build/guest/initrd.gz \
		-append "console=ttyS0 quiet panic=-1 mitigations=off no_timer_check data=/dev/vda rounds" \
		-chardev stdio,id=console,signal=off -serial chardev:console \
		-qmp "unix:$DIR/qmp.$n,server=on,wait=off" \
		-drive "file=$LUN,if=virtio,format=raw,cache=none" "$@" \
		<"$DIR/in.$n" >"$DIR/console.$n" 2>"$DIR/qemu.$n" &
	vms[n]=$!
	children+=("$!")
}

# qmp NUMBER COMMAND [ARGUMENTS]: prints what it returns.
qmp()
{
	python3 - "$DIR/qmp.$1" "$2" "${3:-{\}}" <<'P'
import json, socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
f = s.makefile("rw")
f.readline()
for c, a in (("qmp_capabilities", {}), (sys.argv[2], json.loads(sys.argv[3]))):
    f.write(json.dumps({"execute": c, "arguments": a}))
    f.flush()
    while not ("return" in (r := json.loads(f.readline())) or "error" in r):
        pass
print(json.dumps(r))
sys.exit("error" in r)
P
}

rounds() { grep -ac 'guest: round' "$DIR/console.$1"; }
at_least() { [ "$(rounds "$1")" -ge "$2" ]; }
migrated() { grep -q '"status": "completed"' <<<"$(qmp 1 query-migrate)"; }
ended() { ! kill -0 "$1"; }

vms=()
input=()
vm 1
wait_for 200 at_least 1 10 || fail "no rounds: $(tail -n 20 "$DIR/console.1" "$DIR/qemu.1")"
vm 2 -incoming "unix:$DIR/migration"
wait_for 20 test -S "$DIR/migration" || fail "second QEMU: $(cat "$DIR/qemu.2")"
check "migration begins" -- qmp 1 migrate "{\"uri\": \"unix:$DIR/migration\"}"
wait_for 120 migrated || fail "migration: $(qmp 1 query-migrate)"
check "the first QEMU ends" -- qmp 1 quit
wait_for 20 ended "${vms[1]}" || fail "the first QEMU is still there"
# On a loaded machine QEMU's emulation now and then loses a page of the guest's
# memory on the way: the guest's kernel stops, or runs in a circle, or its shell no
# longer knows its own descriptors. Nothing that a disk can do.
damaged() { grep -aqE 'end trace|Bad file descriptor|soft lockup' "$DIR/console.2"; }
goes_on_or_is_damaged() { at_least 2 10 || damaged; }
if [ -z "${AGAIN:-}" ] && wait_for 120 goes_on_or_is_damaged && ! at_least 2 10; then
	echo "the guest's memory was damaged by the migration: once more"
	kill "${vms[2]}" || true
	target_stop
	AGAIN=yes "$0"
	exit
fi
wait_for 120 at_least 2 10 || fail "no rounds there: $(tail -n 20 "$DIR/console.2" "$DIR/qemu.2")"
echo stop >&"${input[2]}"
wait_for 120 grep -aqE 'guest: (verified|failed)' "$DIR/console.2" ||
	fail "no end: $(tail -n 20 "$DIR/console.2")"
grep -aq 'guest: verified' "$DIR/console.2" || fail "$(tail -n 20 "$DIR/console.2")"
