#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# limit: 120
# A libvirt daemon of its own with an iscsi-direct pool: the LUNs are volumes with
# their sizes, CHAP is passed, a volume can be wiped, and one that came by
# SIGHUP is there after a refresh.
. "$(dirname "$0")/lib.sh"
PATH=$PATH:/usr/sbin:/sbin
need libvirtd virsh
need_root "libvirtd"
drivers=$(find /usr/lib -path '*/libvirt/connection-driver' 2>/dev/null)
[ -f "$drivers/../storage-backend/libvirt_storage_backend_iscsi-direct.so" ] ||
	skip "libvirt has no iscsi-direct pools"
target_start <<'C'
state-directory @DIR@/state
portal-group pg { listen 127.0.0.1:@PORT@ }
auth-group hosts { chap vmhost "secret-one-12345" }
lun a { file @DIR@/a.img; size 16M }
lun b { file @DIR@/b.img; size 32M; block-size 4096 }
target @IQN@ { portal-group pg; auth-group hosts; lun 0 a; lun 1 b }
C

mkdir "$DIR/run" "$DIR/drivers"
ln -s "$drivers"/libvirt_driver_{storage,secret}.so "$DIR/drivers"
cat >"$DIR/libvirtd.conf" <<C
unix_sock_dir = "$DIR/run"
auth_unix_rw = "none"
log_outputs = "3:file:$DIR/libvirtd.log"
C
# Only the two drivers, as that of QEMU wants users; what they keep is in a mount
# namespace of their own.
cat >"$DIR/libvirtd.sh" <<'C'
for d in /etc/libvirt /run /var/lib /var/cache; do
	mount -t tmpfs tmpfs "$d" || exit 1
done
exec env LIBVIRT_DRIVER_DIR="$1/drivers" libvirtd --config "$1/libvirtd.conf" --pid-file "$1/libvirtd.pid"
C
unshare -m sh "$DIR/libvirtd.sh" "$DIR" >"$DIR/libvirtd.out" 2>&1 &
children+=("$!")
v() { virsh -q -c "storage:///system?socket=$DIR/run/libvirt-sock" "$@"; }
wait_for 30 v pool-list || skip "libvirtd does not run here: $(tail -n 1 "$DIR/libvirtd.log")"

cat >"$DIR/secret.xml" <<'C'
<secret ephemeral='yes' private='yes'>
  <uuid>2b3c1c39-3b0f-4b7e-9a0d-0c9f6e1f7a11</uuid>
  <usage type='iscsi'><target>tisane</target></usage>
</secret>
C
cat >"$DIR/pool.xml" <<C
<pool type='iscsi-direct'>
  <name>san</name>
  <source>
    <host name='127.0.0.1' port='$PORT'/>
    <device path='$IQN'/>
    <initiator><iqn name='iqn.2026-11.test.host:libvirt'/></initiator>
    <auth type='chap' username='vmhost'><secret usage='tisane'/></auth>
  </source>
</pool>
C
s() { virsh -q -c "secret:///system?socket=$DIR/run/libvirt-sock" "$@"; }
check "secret" -- s secret-define "$DIR/secret.xml"
check "its value" -- s secret-set-value 2b3c1c39-3b0f-4b7e-9a0d-0c9f6e1f7a11 \
	"$(printf secret-one-12345 | base64)"
check "the pool is made" -- v pool-create "$DIR/pool.xml"

# capacity LUN: bytes of the volume of that LUN, nothing when there is none
capacity()
{
	v vol-dumpxml --pool san "unit:0:0:$1" 2>/dev/null |
		sed -n "s|.*<capacity unit='bytes'>\([0-9]*\)</.*|\1|p"
}
# is LUN SIZE BLOCK.  libvirt 9 takes the address of the last block for the number
# of blocks.
is()
{
	local c
	c=$(capacity "$1")
	[ "$c" = "$2" ] || [ "$c" = $(($2 - $3)) ]
}
is 0 $((16 << 20)) 512 || fail "LUN 0: $(capacity 0)"
is 1 $((32 << 20)) 4096 || fail "LUN 1: $(capacity 1)"

printf hello >"$DIR/hello"
truncate -s 512 "$DIR/hello"
dd if="$DIR/hello" of="$DIR/a.img" conv=notrunc status=none
check "wiping LUN 0" -- v vol-wipe --pool san unit:0:0:0
cmp -n $(((16 << 20) - 512)) "$DIR/a.img" /dev/zero || fail "LUN 0 is not wiped"

sed -i -e 's/^lun a/lun c { ram; size 8M }\n&/' -e 's/lun 1 b/lun 1 b; lun 7 c/' "$DIR/tisane.conf"
kill -HUP "$PID"
came() { v pool-refresh san && is 7 $((8 << 20)) 512; }
wait_for 20 came || fail "LUN 7 did not come: $(v vol-list san)"
check "the pool goes" -- v pool-destroy san
