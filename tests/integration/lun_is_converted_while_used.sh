#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A sparse file becomes full and a full one sparse while a guest writes to it,
# and nothing that it wrote is lost; what has no room stays as it was.
# limit: 90
. "$(dirname "$0")/lib.sh"
need jq qemu-io mkfs.ext4 mkfs.ext2
need_root "mounts small file systems"
TISANE=${TISANE:-$(dirname "$TISANED")/tisane}
here=$(cd "$(dirname "$0")" && pwd)
t() { "$TISANE" -s "$DIR/control.sock" "$@"; }
mount_small() # NAME MKFS SIZE
{
	truncate -s "$3" "$DIR/$1.fs"
	"$2" -q -F -m 0 "$DIR/$1.fs" || fail "$2"
	mkdir "$DIR/$1"
	mount -o loop "$DIR/$1.fs" "$DIR/$1" || skip "no $2 here"
	cleanups+=("umount '$DIR/$1'")
}
mount_small new mkfs.ext4 300M
mount_small old mkfs.ext2 300M # no fallocate(): zeroes are written

target_start <<CONF
state-directory @DIR@/state
portal-group pg { listen 127.0.0.1:@PORT@ }
lun a { file @DIR@/new/a.img; size 32M; allocation sparse }   # reserved later
lun b { file @DIR@/old/b.img; size 32M }
lun c { file @DIR@/new/c.img; size 400M }
target @IQN@ { portal-group pg; auth-group no-authentication; lun 0 a; lun 1 b; lun 2 c }
CONF

# Writes blocks here and there, zeroes among them, and keeps what must be there.
cat >"$DIR/guest.py" <<'P'
import os, random, sys
sys.path.insert(0, sys.argv[1])
from initiator import *
port, lun, stop, seed = int(sys.argv[2]), int(sys.argv[3]), sys.argv[4], int(sys.argv[5])
random.seed(seed)
s = Session(port, name="iqn.2026-11.test:g%d" % lun)
s.login()
image = bytearray(32 << 20)
attentions = set()
def do(cdb, **kw):
    while True:
        status, data, sense = s.command(cdb, lun=lun, **kw)
        if status == 0:
            return data
        sense = sense[-18:] if len(sense) >= 18 else sense
        assert sense[2] & 15 == 6, sense
        attentions.add((sense[12], sense[13]))
do(b"\0" * 6)
open(stop + ".on", "w").close()
n = 0
while not os.path.exists(stop):
    at = random.randrange(0, (24 << 20) - 65536, 4096)  # the rest can be given back, however slow that is
    block = bytes(16384) if n % 3 == 0 else random.randbytes(4096) * 4
    do(write10(at // 512, 32), write=block)
    image[at:at + 16384] = block
    n += 1
for at in range(0, 32 << 20, 1 << 20):
    assert do(read10(at // 512, 2048), read=1 << 20) == image[at:at + (1 << 20)], "lost at %d" % at
assert (0x3f, 3) in attentions, attentions
print(n)
P
convert_both() # LUN NUMBER PATH
{
	rm -f "$DIR/stop" "$DIR/stop.on"
	python3 "$DIR/guest.py" "$here" "$PORT" "$2" "$DIR/stop" $RANDOM >"$DIR/wrote" &
	children+=($!)
	local guest=$! was
	wait_for 20 test -e "$DIR/stop.on" || fail "no guest"
	check "$1 to full" -- t lun convert "$1" full
	[ "$(allocated "$3")" -ge $((32 << 20)) ] || fail "$1 is not full: $(allocated "$3")"
	grep -q "^lun $1.*allocation full" "$DIR/tisane.conf" || fail "$1: not in the file"
	refute "$1 is full" -- t lun convert "$1" full
	check "$1 to sparse" -- t lun convert "$1" sparse
	was=$(allocated "$3")
	[ "$was" -lt $((30 << 20)) ] || fail "$1 gave nothing back: $was"
	grep -q "^lun $1.*allocation sparse" "$DIR/tisane.conf" || fail "$1: sparse is not in the file"
	check "$1 to full again" -- t lun convert "$1" full
	touch "$DIR/stop"
	wait "$guest" || fail "$1: the guest lost something"
	echo "$1: $(cat "$DIR/wrote") writes"
}
convert_both a 0 "$DIR/new/a.img"
convert_both b 1 "$DIR/old/b.img"
grep -q "# reserved later" "$DIR/tisane.conf" || fail "a comment is lost"

# no room: it stays sparse, with what was reserved given back
was=$(allocated "$DIR/new/c.img")
refute "no room" -- t lun convert c full
grep -q "No space left.*as it was" <<<"$out" || fail "no room: $out"
[ "$(allocated "$DIR/new/c.img")" -le $((was + 65536)) ] || fail "it keeps $(allocated "$DIR/new/c.img")"
check "discard works as before" -- qemu-io -f raw -c 'write -P 1 0 1M' -c 'discard 0 1M' "$URL/$IQN/2"
[ "$(allocated "$DIR/new/c.img")" -le $((was + 65536)) ] || fail "discard does nothing"

# by hand it is not done behind the guest's back
sed -i 's/^lun c { \(.*\)size 400M/lun c { \1size 400M; allocation full/' "$DIR/tisane.conf"
refute "reload" -- t reload
grep -q "lun convert c full" <<<"$out" || fail "reload says: $out"
