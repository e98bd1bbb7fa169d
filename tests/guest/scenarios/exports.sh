# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# limit: 400
# What tisane export prints for iscsiadm and multipath is used as it stands, but
# for the secret: the disk is where the last line says, and has that name.
host_do tisane export iscsiadm db1 >/tmp/commands || fail "export: $(cat /tmp/commands)"
sed 's/ SECRET$/ secret-one-12345/' /tmp/commands >/tmp/script
check "iscsiadm as it is printed" -- bash -e /tmp/script
disk=$(sed -n 's/^# the disk: //p' /tmp/commands)
wait_for 60 test -b "$disk" || fail "no $disk: $(ls /dev/disk/by-id)"
check "it is LUN 3" -- readlink -e "/dev/disk/by-path/ip-$PATH_A-iscsi-$(iqn vms)-lun-3"
[ "$(readlink -f "$disk")" = "$(readlink -f "/dev/disk/by-path/ip-$PATH_A-iscsi-$(iqn vms)-lun-3")" ] ||
	fail "the disk is another one"
check "it can be written" -- dd if=/dev/urandom of="$disk" bs=1M count=4 oflag=direct

# and by the other portal, under the name of the LUN
check "the other path" -- iscsiadm -m node -T "$(iqn vms)" -p "$PATH_B" --login
modprobe -a dm-multipath dm-service-time
{
	printf 'defaults {\n find_multipaths no\n}\nblacklist {\n devnode "^vd"\n}\n'
	host_do tisane export multipath db1
} >/etc/multipath.conf
multipathd -d -s >/tmp/multipathd 2>&1 &
wait_for 60 test -b /dev/mapper/db1 || fail "no db1: $(multipath -ll; cat /etc/multipath.conf)"
both() { [ "$(multipathd show paths raw format '%m %t' | grep -c '^db1 active')" = 2 ]; }
wait_for 60 both || fail "not two paths: $(multipathd show paths)"
check "the map reads as the disk" -- cmp -n 4194304 "$disk" /dev/mapper/db1
check "flush" -- multipath -f db1
multipathd shutdown >/dev/null
logout
