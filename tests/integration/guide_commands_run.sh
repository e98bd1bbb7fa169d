#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# limit: 180
# docs/guide.md: what it marks is run as it stands, in a place of its own with
# the addresses of the guide; what it says that exports print, they print.
. "$(dirname "$0")/lib.sh"
need unshare ip jq curl openssl qemu-img python3
need_root "mounts and addresses of its own"
bin=$(cd "$(dirname "$TISANED")" && pwd)
guide=$(cd "$(dirname "$0")/../../docs" && pwd)/guide.md
mkdir "$DIR/bin" "$DIR/work" "$DIR/etc"
ln -s "$bin/tisaned" "$bin/tisane" "$DIR/bin"
cp -a /etc/. "$DIR/etc"
grep -q '^tisane:' "$DIR/etc/passwd" || {
	echo "tisane:x:61234:61234::/:/usr/sbin/nologin" >>"$DIR/etc/passwd"
	echo "tisane:x:61234:" >>"$DIR/etc/group"
}

# No systemd is here.
cat >"$DIR/bin/systemctl" <<S
#!/bin/bash
start()
{
	tisaned -c /etc/tisane/tisane.conf >>"$LOG" 2>&1 &
	echo \$! >/run/tisaned.pid
	for ((i = 0; i < 400; i++)); do tisane status >/dev/null 2>&1 && return; sleep 0.05; done
	exit 1
}
stop()
{
	[ -f /run/tisaned.pid ] || return 0
	kill "\$(cat /run/tisaned.pid)"
	while kill -0 "\$(cat /run/tisaned.pid)" 2>/dev/null; do sleep 0.05; done
}
[ "\$2" = tisaned ] || exit 1
case \$1 in
start | stop) \$1 ;;
restart) stop; start ;;
enable) ;;
*) exit 1 ;;
esac
S
chmod +x "$DIR/bin/systemctl"

{
	"$(dirname "$0")/../package/guide_script" "$guide" || fail "the guide's blocks"
	echo "systemctl stop tisaned"
} >"$DIR/script"
cat >"$DIR/inside" <<I
mount --make-rprivate /
mount --bind $DIR/etc /etc
for d in /srv /run /var/lib; do mount -t tmpfs tmpfs \$d || exit 77; done
ip link set lo up && ip addr add 192.0.2.10/24 dev lo || exit 77
cd $DIR/work
PATH=$DIR/bin:\$PATH exec bash $DIR/script
I
status=0
unshare -m -n -p -f --mount-proc bash "$DIR/inside" >"$DIR/said" 2>&1 || status=$?
[ "$status" -ne 77 ] || skip "no mounts here: $(tail -n 1 "$DIR/said")"
[ "$status" -eq 0 ] || fail "the guide: $(tail -n 12 "$DIR/said")"
[ -s "$DIR/work/new.conf" ] && [ -s "$DIR/work/disk.xml" ] || fail "nothing was written"
