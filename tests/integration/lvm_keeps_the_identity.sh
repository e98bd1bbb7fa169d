#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Volumes by the real lvm, without device-mapper: its metadata are on loop
# devices, and what lvm would activate is a loop device of the same size. Made,
# striped, grown, removed; refused while mounted; what lvm says is repeated; and
# the identity of a LUN is in tags, so that it survives a rename and is noticed
# in a copy.
# limit: 120
. "$(dirname "$0")/lib.sh"
need lvm jq qemu-io mkfs.ext4 losetup
need_root "makes loop devices"
TISANE=${TISANE:-$(dirname "$TISANED")/tisane}
t() { "$TISANE" -s "$DIR/control.sock" "$@"; }
uuid() { t --json luns | jq -r ".luns[] | select(.name == \"$1\") | .uuid"; }
lv() { lvs --noheadings -o "$2" "$vg/$1" 2>/dev/null | tr -d ' '; }

vg=vgt$$
loop() # FILE SIZE
{
	truncate -s "$2" "$1"
	losetup -f --show "$1" || skip "no loop devices"
}
a=$(loop "$DIR/a" 64M) b=$(loop "$DIR/b" 64M) c=$(loop "$DIR/c" 1M)
disk=$(loop "$DIR/disk" 8M) other=$(loop "$DIR/other" 8M)
cleanups+=("losetup -d $a; losetup -d $b; losetup -d $c; losetup -d $disk; losetup -d $other; rm -rf /dev/$vg /dev/${vg}c")
cat >"$DIR/lvm.conf" <<C
devices { use_devicesfile=0 filter=[ "a|^($a|$b|$c)\$|", "r|.*|" ] }
activation { udev_sync=0 udev_rules=0 monitoring=0 }
global { activation=0 locking_dir="$DIR/lock" }
backup { backup_dir="$DIR/backup" archive_dir="$DIR/archive" }
C
export LVM_SYSTEM_DIR=$DIR LVM_SUPPRESS_FD_WARNINGS=1
check "pvcreate" -- lvm pvcreate -q "$a" "$b"
check "vgcreate" -- lvm vgcreate -q "$vg" "$a" "$b"
# the device of a volume that lvm would grow
mkdir "$DIR/bin" "/dev/$vg"
ln -s "$disk" "/dev/$vg/disk"
ln -s "$other" "/dev/$vg/other"
cat >"$DIR/bin/lvm" <<S
#!/bin/sh
$(command -v lvm) "\$@" || exit
[ "\$1" != lvextend ] || { truncate -s "\${3%b}" "$DIR/disk"; losetup -c $disk; }
S
chmod +x "$DIR/bin/lvm"
export PATH=$DIR/bin:$PATH

target_with_lun "lv $vg/disk; size 8M"
[ "$(lv disk lv_size)" = 8.00m ] || fail "it is not made: $(lvm lvs 2>&1)"
first=$(uuid disk)
grep -q "tisane.uuid=$first" <<<"$(lv disk lv_tags)" || fail "tags: $(lv disk lv_tags)"
check "it is a disk" -- qemu-io -f raw -c 'write -P 5 0 8M' -c 'read -P 5 0 8M' "$LUN"
check "grow" -- t lun grow disk 16M
[ "$(lv disk lv_size)" = 16.00m ] || fail "lvm has not grown it: $(lv disk lv_size)"
check "behind the old end" -- qemu-io -f raw -c 'write -P 6 12M 4M' "$LUN"
check "by somebody else" -- lvm lvextend --size $((24 << 20))b "$vg/disk"
wait_for 20 grep -q 'store has grown lun=disk.*is=25165824' "$LOG" || fail "growth is not noticed"

check "striped" -- t lun create other lv "$vg/other" size 8M stripes 2
[ "$(lv other stripes)" = 2 ] || fail "stripes: $(lv other stripes)"
check "removed when that is said" -- t lun delete other data
[ -z "$(lv other lv_size)" ] || fail "the volume is there"
check "mkfs" -- mkfs.ext4 -q "$other"
mkdir "$DIR/mnt"
mount "$other" "$DIR/mnt"
cleanups=("umount '$DIR/mnt'" "${cleanups[@]}")
refute "mounted" -- t lun create other lv "$vg/other" size 8M
grep -q "is mounted or in use" <<<"$out" || fail "mounted: $out"
umount "$DIR/mnt"
refute "no such group" -- t lun create no lv vgnone/no size 8M
grep -q 'Volume group "vgnone" not found' <<<"$out" || fail "what lvm says is not told: $out"
refute "thin without device-mapper" -- t lun create thin lv "$vg/thin" size 8M thin-pool pool
grep -q "lvm lvcreate $vg/thin: " <<<"$out" || fail "thin: $out"
target_stop
[ "$status" -eq 0 ] || fail "exit status $status"

# renamed, under another name, on another machine: the same
check "lvrename" -- lvm lvrename -q "$vg/disk" "$vg/web"
mv "/dev/$vg/disk" "/dev/$vg/web"
sed -i -e "s|lun disk { lv .*|lun web { lv $vg/web }|" -e 's|lun 0 disk|lun 0 web|' "$DIR/tisane.conf"
mv "$DIR/state" "$DIR/state.other" && mkdir "$DIR/state"
target_run
[ "$(uuid web)" = "$first" ] || fail "a renamed one is $(uuid web), was $first"

# its disks are copied by a storage system, or restored
check "lvremove" -- lvm lvremove -q -y "$vg/other"
check "all on one disk" -- lvm vgreduce -q "$vg" "$b"
cp "$DIR/a" "$DIR/c.new" && cat "$DIR/c.new" >"$DIR/c" && losetup -c "$c"
check "import" -- lvm vgimportclone --basevgname "${vg}c" "$c"
mkdir "/dev/${vg}c"
ln -s "$other" "/dev/${vg}c/web"
echo "lun copy { lv ${vg}c/web }" >>"$DIR/tisane.conf"
refute "a copy" -- t reload
grep -q "the volume is a copy.*lun adopt copy keep.*lun adopt copy new" <<<"$out" || fail "reload says: $out"
check "it is another disk" -- t lun adopt copy new
[ "$(uuid copy)" != "$first" ] && [ -n "$(uuid copy)" ] || fail "copy is $(uuid copy)"
[ "$(uuid web)" = "$first" ] || fail "the first is another"
tags=$(lvm lvs --noheadings -o lv_tags "${vg}c/web" 2>/dev/null)
grep -q "tisane.uuid=$(uuid copy)" <<<"$tags" || fail "tags of the copy: $tags"
! grep -q "adopt" <<<"$tags" || fail "the decision is still there: $tags"
check "it is what it says" -- t lun adopt web keep
target_stop
target_run
tags=$(lv web lv_tags)
grep -q "tisane.uuid=$first" <<<"$tags" || fail "what is carried was lost: $tags"
! grep -q "adopt" <<<"$tags" || fail "the decision is still there: $tags"
target_stop
[ "$status" -eq 0 ] || fail "exit status $status"
