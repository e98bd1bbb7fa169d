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
	kill "\$(cat /run/tisaned.pid)"
	while kill -0 "\$(cat /run/tisaned.pid)" 2>/dev/null; do sleep 0.05; done
}
[ "\$2" = tisaned ] || exit 1
case \$1 in
start | stop) \$1 ;;
restart) stop; start ;;
*) exit 1 ;;
esac
S
chmod +x "$DIR/bin/systemctl"

# Blocks become one script; "conf" ones are written where their first line says.
python3 - "$guide" >"$DIR/script" <<'P'
import re, shlex, sys
text = open(sys.argv[1]).read()
blocks = re.findall(r"^```(\S+)[ ]*([^\n]*)\n(.*?)^```$", text, re.M | re.S)
assert text.count("\n```") == 2 * len(blocks), "a block has no end"
marked = [b for b in blocks if b[1]]
assert len(marked) >= 15 and len(blocks) - len(marked) <= 7, (len(marked), len(blocks))
print("set -euo pipefail")
for kind, mark, body in marked:
    first, _, rest = body.partition("\n")
    if mark.startswith("same "):
        print("tisane export %s web1 >printed" % mark.split()[1])
        for line in body.splitlines():
            print("grep -qxF -- %s printed || { echo 'not printed:' %s; cat printed; exit 1; }" %
                  (shlex.quote(line), shlex.quote(line)))
    elif kind == "conf":
        print("mkdir -p $(dirname %s); (umask 077; cat >%s) <<'END_OF_CONF'\n%sEND_OF_CONF" % (first[2:], first[2:], rest))
    else:
        for line in body.splitlines():
            print("echo %s\n%s" % (shlex.quote("$ " + line), line))
print("systemctl stop tisaned")
P
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
