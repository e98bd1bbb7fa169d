# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
#
# The package under a systemd of its own: everything that the unit promises,
# with a client that verifies what it wrote and bears no error.
iqn=iqn.2026-11.test.tisane:t
secret=secret-one-12345

of_unit() { in_box systemctl show tisaned --value -p "$1"; }
main_pid() { of_unit MainPID; }
is_active() { [ "$(of_unit ActiveState)" = active ] && in_box tisane status >/dev/null; }
has_restarted() { [ "$(of_unit NRestarts)" -gt "$1" ] && is_active; }
serves() { in_net qemu-io --object secret,id=s,data=$secret --image-opts "$image" -c "$1"; }
logins() { in_box journalctl -u tisaned -o cat | grep -c 'logged in' || true; }
came_back() { [ "$(logins)" -gt "$1" ]; }
listener() { in_box cat /proc/net/tcp | awk '$2 ~ /:0CBC$/ && $4 == "0A" {print $10}'; }

configure()
{
	install -d -m 700 "$root/etc/credstore"
	(umask 077; echo "vmhost $secret" >"$root/etc/credstore/tisane.secrets")
	in_box install -d -o tisane -g tisane /srv/vm
	cat >>"$root/etc/tisane/tisane.conf" <<-C
	portal-group pg { listen 0.0.0.0:3260 }
	auth-group hosts { chap-file tisane.secrets }
	target $iqn { portal-group pg; auth-group hosts }
	C
	in_box systemctl restart tisaned || fail "restart: $(in_box systemctl status tisaned)"
	in_box tisane lun create vm1 file /srv/vm/vm1.img size 16M target $iqn >/dev/null ||
		fail "lun create"
	image=driver=iscsi,transport=tcp,portal=127.0.0.1:3260,target=$iqn,lun=0
	! serves 'read 0 512' >/dev/null 2>&1 || fail "a login without the secret"
	image+=,user=vmhost,password-secret=s
	serves 'write -P 5 512k 64k' >"$top/said" 2>&1 || fail "with it: $(cat "$top/said")"
}

check_process()
{
	local pid status journal set
	pid=$(main_pid)
	status=$(in_box cat "/proc/$pid/status")
	grep -qx "Uid:.*$(in_box id -u tisane)" <<<"$status" || fail "user of the daemon: $status"
	grep -qx 'NoNewPrivs:.1' <<<"$status" || fail "privileges: $status"
	grep -qx 'Seccomp:.2' <<<"$status" || fail "no filter: $status"
	for set in CapPrm CapEff CapInh CapAmb CapBnd; do
		grep -qx "$set:.0*" <<<"$status" || fail "capabilities: $status"
	done
	journal=$(in_box journalctl -u tisaned -o cat)
	grep -q 'sandbox files=yes calls=yes' <<<"$journal" || fail "no sandbox"
	! grep 'stay as they are' <<<"$journal" || fail "the sandbox lacks something"
}

# ---- reload: systemctl waits for its end and tells it

reload()
{
	local before
	before=$(main_pid)
	echo "lun more { ram; size 4M }" >>"$root/etc/tisane/tisane.conf"
	in_box systemctl reload tisaned || fail "reload"
	grep -q '^more ' <<<"$(in_box tisane luns)" || fail "reload has no effect when it returns"
	echo "lunn x" >>"$root/etc/tisane/tisane.conf"
	if in_box systemctl reload tisaned >/dev/null 2>&1 && [ "$(of_unit Type)" = notify ]; then
		fail "a reload of nonsense succeeds"
	fi
	wait_for 20 is_active || fail "not active after a reload that failed"
	sed -i '/^lunn x/d; /^lun more/d' "$root/etc/tisane/tisane.conf"
	in_box systemctl reload tisaned || fail "reload"
	[ "$(main_pid)" = "$before" ] || fail "a reload restarts"
}

# ---- traffic that bears no error

traffic_start()
{
	rm -f "$top/stop"
	traffic | net_exec qemu-io --object secret,id=s,data=$secret --image-opts "$image" >"$top/io" 2>&1 &
	client=$!
	children+=("$client")
	wait_for 20 came_back "$1" || fail "QEMU does not log in: $(cat "$top/io")"
}

# Each pattern is written where the one before was, and read back.
traffic()
{
	local n=0
	until [ -e "$top/stop" ]; do
		n=$((n % 250 + 1))
		echo "write -q -P $n $((n % 16))M 64k"
		echo "read -q -P $n $((n % 16))M 64k"
		[ $((n % 10)) -ne 0 ] || echo "flush"
		sleep 0.01
	done
	echo quit
}

traffic_stop()
{
	touch "$top/stop"
	wait "$client" || fail "qemu-io: $(cat "$top/io")"
	! grep -iE 'error|fail|mismatch|verif' "$top/io" || fail "an operation failed"
}

# disturb WORDS COMMAND...: the client comes back to the same listening socket
disturb()
{
	local words=$1 before socket
	shift
	before=$(logins) socket=$(listener)
	"$@" || fail "$words: $(in_box systemctl status tisaned)"
	wait_for 20 came_back "$before" || fail "$words: QEMU does not come back"
	[ "$(listener)" = "$socket" ] || fail "$words: another listening socket"
	ready+=("$(ready_ms)")
}

# From exec to READY=1
ready_ms()
{
	echo $((($(of_unit ActiveEnterTimestampMonotonic) -
		$(of_unit ExecMainStartTimestampMonotonic)) / 1000))
}

crash()
{
	local before
	before=$(of_unit NRestarts)
	in_box systemctl kill --kill-who=main -s "$1" tisaned
	wait_for 20 has_restarted "$before"
}

drop_in()
{
	install -d "$root/etc/systemd/system/tisaned.service.d"
	cat >"$root/etc/systemd/system/tisaned.service.d/test.conf"
	in_box systemctl daemon-reload
}

disturbances()
{
	local i
	traffic_start "$(logins)"
	for i in 1 2 3; do
		sleep 0.3
		disturb "restart $i" in_box systemctl restart tisaned
	done
	disturb "upgrade" in_box dpkg -i /next.deb >"$top/dpkg" 2>&1
	disturb "SIGKILL" crash KILL
	drop_in <<<$'[Service]\nWatchdogSec=3s'
	disturb "restart" in_box systemctl restart tisaned
	disturb "a hang" crash STOP
	grep -q 'Watchdog timeout' <<<"$(in_box journalctl -b -u tisaned)" || fail "no watchdog"
	traffic_stop
}

stops_in_time()
{
	local from=$SECONDS
	net_exec qemu-io --object secret,id=s,data=$secret --image-opts "$image" -c 'sleep 60000' >/dev/null 2>&1 &
	children+=($!)
	wait_for 20 came_back "$1" || fail "no session"
	in_box systemctl stop tisaned || fail "stop"
	[ "$(of_unit Result)" = success ] || fail "stop: $(of_unit Result)"
	stop_s=$((SECONDS - from))
	[ "$stop_s" -lt 60 ] || fail "stop takes $stop_s s"
}

activation()
{
	in_box systemctl start tisaned.socket || fail "the socket unit"
	! is_active || fail "active without a connection"
	serves 'read -P 5 512k 64k' >"$top/said" 2>&1 || fail "by activation: $(cat "$top/said")"
	is_active || fail "not activated"
	in_box systemctl stop tisaned.socket tisaned
}

# Started by root, for LVM
with_helper()
{
	cp "$root/usr/share/doc/tisane/lvm.conf" "$root/etc/systemd/system/tisaned.service.d/lvm.conf"
	in_box systemctl daemon-reload
	in_box systemctl start tisaned || fail "with lvm.conf: $(in_box systemctl status tisaned)"
	grep -qx "Uid:.*$(in_box id -u tisane)" <<<"$(in_box cat "/proc/$(main_pid)/status")" ||
		fail "with lvm.conf it stays root"
	serves 'read -P 5 512k 64k' >"$top/said" 2>&1 || fail "with lvm.conf: $(cat "$top/said")"
	in_box systemctl reload tisaned || fail "reload with lvm.conf"
	in_box tisane lun create vm2 file /srv/vm/vm2.img size 4M >/dev/null ||
		fail "lun create with lvm.conf"
	in_box tisane lun delete vm2 data >/dev/null || fail "lun delete with lvm.conf"
	in_box systemctl stop tisaned
	rm -r "$root/etc/systemd/system/tisaned.service.d"
	in_box systemctl daemon-reload
}

service_life()
{
	ready=()
	in_box dpkg -i /tisane.deb >"$top/dpkg" 2>&1 || fail "install: $(cat "$top/dpkg")"
	is_active || fail "the package does not start it"
	[ "$(in_box systemctl is-enabled tisaned)" = enabled ] || fail "not enabled"
	configure
	check_process
	reload
	disturbances
	stops_in_time "$(logins)"
	activation
	with_helper
	in_box systemctl start tisaned
	serves 'read -P 5 512k 64k' >"$top/said" 2>&1 || fail "after lvm.conf: $(cat "$top/said")"
	in_box dpkg -P tisane >"$top/dpkg" 2>&1 || fail "purge: $(cat "$top/dpkg")"
	! is_active || fail "the purge leaves a daemon"
	best=$(printf '%s\n' "${ready[@]}" | sort -n | head -n 1)
	[ "$best" -lt 1000 ] || fail "ready only after $best ms"
	echo "package: $(in_box systemctl --version | head -n 1): ready after ${ready[*]} ms, stops in $stop_s s"
}
