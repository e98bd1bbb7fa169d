#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A LUN, and the file system below it, that fill up are told of once: by 06/38/07 to every
session, LOG SENSE as sg_logs reads it, mode page 1Ch/02h, the log, the events, the status and the metrics."""
import json, os, re, socket, subprocess, sys
from initiator import *

if os.geteuid():
    print("needs root: mounts a tmpfs")
    sys.exit(77)

if not shutil.which("sg_logs"):
    print("sg_logs is not installed (sg3-utils)")
    sys.exit(77)

SOFT = (6, 0x38, 7)
SET = 2 << 20


def say(s):
    status, _, sense = s.command([0] * 6)
    return sense_of(sense) if status else None


def resources(s):
    data = s.command([0x4D, 0, 0x4C, 0, 0, 0, 0, 0, 255], read=255)[1]
    return {data[i + 1]: int.from_bytes(data[i + 4:i + 8], "big") for i in (4, 16)}


def as_sg_logs_reads_it(s):
    """{resource: (threshold sets, scope)} of the page."""
    with open(t.dir + "/page", "wb") as f:
        f.write(s.command([0x4D, 0, 0x4C, 0, 0, 0, 0, 0, 255], read=255)[1])
    said = subprocess.run(["sg_logs", "--raw", "--in=" + t.dir + "/page"], capture_output=True, text=True)
    assert said.returncode == 0 and "Logical block provisioning page" in said.stdout, said
    found = re.findall(r"(Available|Used) LBA mapping threshold resource count: (\d+)\s*Scope: (.*)", said.stdout)
    return {name: (int(sets), scope.strip()) for name, sets, scope in found}


port = free_port()
t = Target("lun disk { file @DIR@/small/disk.img; size 64M; threshold 50% }",
           more=f"pool-threshold 75%\nmetrics {port}")
small = os.path.join(t.dir, "small")
os.mkdir(small)
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", small], check=True)


def hear(s, what):
    for _ in range(int(20 * PATIENCE)):
        if say(s) == what:
            return
        time.sleep(0.1)
    raise AssertionError(f"never told {what}")


def write_same(s, first, end):
    same = struct.pack(">BBIBHB", 0x41, 0, first * 2048, 0, (end - first) * 2048, 0)
    assert s.command(same, write=b"x" * 512)[0] == 0


def fill(s, first, last, end):
    """Up to the MiB end; from last on, where thresholds are passed, by one command, which thus is not the one that tells."""
    for mib in range(first, last):
        write_same(s, mib, mib + 1)
    write_same(s, last, end)


def scenario():
    a, b = t.login(name="iqn.2026-11.test:a"), t.login(name="iqn.2026-11.test:b")
    assert resources(a) == {1: 32, 2: 0}, resources(a)
    assert metric(port, "space_low") == 0 and metric(port, "pool_space_low") == 0
    page = a.command([0x1A, 8, 0x1C, 2, 255], read=255)[1][4:]
    assert page[16:24] == bytes([0x80, 1, 0, 0, 0, 0, 0, 8]), page.hex()
    assert page[24:32] == bytes([0x81, 2, 0, 0, 0, 0, 0, 16]), page.hex()
    fill(a, 0, 31, 34)
    assert t.logged("uses more than its threshold lun=disk")
    assert say(a) == SOFT and say(a) is None and say(b) == SOFT and say(b) is None
    assert resources(a) == {1: 15, 2: 17}, resources(a)
    told = as_sg_logs_reads_it(a)
    assert told == {"Available": (15, "not dedicated to lu"), "Used": (17, "dedicated to lu")}, told
    assert metric(port, "space_low") == 1 and metric(port, "pool_space_low") == 0
    fill(a, 34, 47, 52)
    assert t.logged("fills up lun=disk")
    assert say(a) == SOFT and say(a) is None and say(b) == SOFT and say(b) is None
    ask = lambda *v: subprocess.run([TISANE, "-s", t.dir + "/control.sock", *v],
                                    capture_output=True, text=True, check=True).stdout
    lun = json.loads(ask("-j", "luns"))["luns"][0]
    assert lun["space_low"] and lun["pool_space_low"] and lun["pool_size"] == 64 << 20, lun
    assert "fills up" in t.events()
    assert "lun disk uses more space" in ask("status")
    assert metric(port, "pool_space_low") == 1
    # Given back, it is armed again.
    unmap = struct.pack(">HHIQII", 22, 16, 0, 0, 64 << 11, 0)
    assert a.command([0x42, 0, 0, 0, 0, 0, 0, 0, 24], write=unmap)[0] == 0
    assert t.logged("no longer low in the file system")
    assert say(a) is None
    assert metric(port, "space_low") == 0 and metric(port, "pool_space_low") == 0
    fill(a, 0, 31, 34)
    hear(b, SOFT)
    # A reload moves the threshold.
    text = open(t.conf).read()
    with open(t.conf, "w") as conf:
        conf.write(text.replace("threshold 50%", "threshold 99%"))
    t.process.send_signal(signal.SIGHUP)
    hear(b, (6, 0x2A, 1))


with t:
    try:
        scenario()
    finally:
        subprocess.run(["umount", "-l", small])
