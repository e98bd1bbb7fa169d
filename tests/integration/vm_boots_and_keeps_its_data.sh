#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# limit: 600
# A VM boots from a LUN, makes a file system on another, and finds it whole
# after SIGKILL of the daemon behind a guest sync.
. "$(dirname "$0")/lib.sh"
need qemu-system-x86_64 qemu-img mformat syslinux
tests/guest/build-boot-image build/guest >"$DIR/build.log" 2>&1 ||
	fail "boot image: $(tail -n 5 "$DIR/build.log")"
target_start <<'C'
state-directory @DIR@/state
portal-group pg { listen 127.0.0.1:@PORT@ }
lun boot { file @DIR@/boot.img; size 64M }
lun data { file @DIR@/data.img; size 256M }
target @IQN@ { portal-group pg; auth-group no-authentication; lun 0 boot; lun 1 data }
C
check "the boot image goes to LUN 0" -- \
	qemu-img convert -n -f raw -O raw build/guest/boot.img "$URL/$IQN/0"

vm_start()
{
	qemu-system-x86_64 -accel "${GUEST_ACCEL:-tcg}" -m 512 -display none \
		-nodefaults -no-reboot -serial "file:$DIR/console.$1" \
		-drive "file=$URL/$IQN/0,if=virtio,format=raw,cache=none" \
		-drive "file=$URL/$IQN/1,if=virtio,format=raw,cache=none,discard=unmap" \
		-net none </dev/null >"$DIR/qemu.$1" 2>&1 &
	vm=$!
	children+=("$vm")
}

vm_says()
{
	wait_for 240 grep -aqE "guest: ($2|failed)" "$DIR/console.$1" &&
		grep -aq "guest: $2" "$DIR/console.$1"
}

vm_start 1
vm_says 1 'made and synced' || fail "first boot: $(tail -n 20 "$DIR/console.1" "$DIR/qemu.1")"
target_stop KILL
kill -KILL "$vm"
wait "$vm" 2>/dev/null || true
target_run
vm_start 2
vm_says 2 'verified' || fail "second boot: $(tail -n 20 "$DIR/console.2" "$DIR/qemu.2")"
