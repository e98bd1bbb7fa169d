#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# limit: 240
# A VM without any disk boots from a LUN by iPXE's own initiator, with CHAP.
. "$(dirname "$0")/lib.sh"
need qemu-system-x86_64 qemu-img mformat syslinux
[ -f /usr/lib/ipxe/qemu/pxe-virtio.rom ] || skip "ipxe-qemu is not installed"
tests/guest/build-boot-image build/guest >"$DIR/build.log" 2>&1 ||
	fail "boot image: $(tail -n 5 "$DIR/build.log")"
target_start <<'C'
state-directory @DIR@/state
portal-group pg { listen 127.0.0.1:@PORT@ }
auth-group hosts { chap vmhost "secret-one-12345" }
lun boot { file @DIR@/boot.img; size 64M }
target @IQN@ { portal-group pg; auth-group hosts; lun 0 boot }
C
check "the boot image goes to LUN 0" -- qemu-img convert -n -f raw -O raw \
	build/guest/boot.img "iscsi://vmhost%secret-one-12345@127.0.0.1:$PORT/$IQN/0"
mkdir "$DIR/tftp"
cat >"$DIR/tftp/boot.ipxe" <<C
#!ipxe
set initiator-iqn iqn.2026-11.test.guest:ipxe
set username vmhost
set password secret-one-12345
sanboot iscsi:10.0.2.2::$PORT:0:$IQN
C
qemu-system-x86_64 -accel "${GUEST_ACCEL:-tcg}" -m 512 -display none -nodefaults \
	-no-user-config -no-reboot -serial "file:$DIR/console" \
	-netdev "user,id=n,tftp=$DIR/tftp,bootfile=boot.ipxe" \
	-device virtio-net-pci,netdev=n,bootindex=0 </dev/null >"$DIR/qemu" 2>&1 &
children+=("$!")
# The kernel and its initramfs came from the LUN; then there is no disk to use.
wait_for 200 grep -aq 'guest: booted' "$DIR/console" ||
	fail "no boot: $(tail -n 20 "$DIR/console" "$DIR/qemu")"
grep -q 'initiator="iqn.2026-11.test.guest:ipxe" target=iqn' "$LOG" || fail "no login by iPXE"
