# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# docs/guide.md with the package and nothing else, under systemd, from its first
# line to a virtual machine on a LUN.  The tools of a host (qemu-img, curl ...)
# are this machine's.
tree=$(cd "$here/../.." && pwd)

guide_tools()
{
	local tool
	for tool in qemu-img qemu-system-x86_64 curl jq openssl; do
		printf '#!/bin/sh\nexec chroot /mnt/host %s "$@"\n' $tool >"$root/usr/local/bin/$tool"
		chmod 755 "$root/usr/local/bin/$tool"
	done
	in_net ip addr add 192.0.2.10/24 dev lo
}

guide_run()
{
	"$here/guide_script" "$tree/docs/guide.md" >"$root/root/script" || fail "the guide's blocks"
	in_box env PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin bash -c 'cd /root && exec bash script' \
		>"$top/said" 2>&1 || fail "the guide: $(tail -n 12 "$top/said")"
}

# A guest that makes a file system on its second disk, and says so.
guide_vm()
{
	local vm number=10
	"$tree/tests/guest/build-boot-image" "$tree/build/guest" >"$top/said" 2>&1 ||
		fail "boot image: $(tail -n 5 "$top/said")"
	for vm in boot data; do
		in_box tisane lun create $vm file /srv/vm/$vm.img size 64M \
			target iqn.2026-11.lab.example:vms number $number >/dev/null || fail "lun create $vm"
		number=11
	done
	in_net qemu-img convert -n -f raw -O raw "$tree/build/guest/boot.img" \
		iscsi://192.0.2.10/iqn.2026-11.lab.example:vms/10 || fail "the boot image goes nowhere"
	# shellcheck disable=SC2046
	net_exec qemu-system-x86_64 -accel "${GUEST_ACCEL:-tcg}" -m 512 -display none -nodefaults -no-reboot \
		-net none -serial "file:$top/guest" $(in_box tisane export qemu boot | tr -d '\\') \
		$(in_box tisane export qemu data | tr -d '\\') </dev/null >"$top/said" 2>&1 &
	vm=$!
	children+=("$vm")
	wait_for 300 guide_vm_says ||
		fail "the virtual machine: $(tail -n 5 "$top/said" "$top/guest")"
	kill -KILL "$vm"
}

guide_vm_says() { grep -aq 'guest: made and synced' "$top/guest"; }

guide_life()
{
	in_box dpkg -i /tisane.deb >"$top/dpkg" 2>&1 || fail "install: $(cat "$top/dpkg")"
	guide_tools
	guide_run
	guide_vm
	in_box dpkg -P tisane >"$top/dpkg" 2>&1 || fail "purge: $(cat "$top/dpkg")"
}
