# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# limit: 150
# SIGKILL of the daemon under writes: the session comes back, no write fails,
# and all that was written is there.
login disk session.timeo.replacement_timeout=60
fio --name=v --filename="$disk" --size=48M --rw=randwrite --bs=16k --rate=4m \
	--direct=1 --ioengine=libaio --iodepth=8 --verify=crc32c --verify_fatal=1 \
	--output=/tmp/fio &
fio=$!
sleep 4
host_do daemon kill
sleep 2
kill -0 $fio || fail "fio ended early: $(cat /tmp/fio)"
host_do daemon start || fail "no daemon"
wait $fio || fail "fio: $(cat /tmp/fio)"
dmesg | grep -q 'detected conn error' || fail "the session was never lost"
dmesg | grep 'I/O error' && fail "the kernel gave up a request"
shows "the session" LOGGED_IN -- iscsiadm -m session -P3
logout
