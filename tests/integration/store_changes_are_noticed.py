#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Whoever grows a file or a device, or has it grow by a command or the configuration: every nexus is told once.
Cut short, deleted, replaced: it is shouted about, by the log, the events, the status and a metric."""
import json, os, subprocess, time
from initiator import *



def luns(t):
    out = subprocess.run([TISANE, "-s", t.dir + "/control.sock", "--json", "luns"], capture_output=True, check=True)
    return json.loads(out.stdout)["luns"]


def lun(t):
    return luns(t)[0]


def wait(what):
    for _ in range(int(20 * PATIENCE)):
        if what():
            return
        time.sleep(0.05)
    raise AssertionError("it is not noticed")


def attentions(s, lun=0):
    """What TEST UNIT READY tells before it is GOOD."""
    told = []
    for _ in range(8):
        status, _, sense = s.command(b"\0" * 6, lun=lun)
        if status == 0:
            return told
        told.append(sense_of(sense))
    raise AssertionError(told)


def first_attentions(s, lun):
    told = []
    wait(lambda: told.extend(attentions(s, lun)) or told)
    return told


def grown_is_told_once(t, sessions, sizes):
    """Each LUN of sizes, in order, has grown to that size by somebody else."""
    wait(lambda: [l["size"] for l in luns(t)[:len(sizes)]] == sizes)
    for s in sessions:
        for i, size in enumerate(sizes):
            told = first_attentions(s, i)
            assert told == [(6, 0x2A, 9)], told
            assert s.command(read10(size // 512 - 8, 8), read=4096, lun=i)[0] == 0, "the new room is not there"
    time.sleep(3.5)  # another look
    assert [attentions(s, i) for s in sessions for i in range(len(sizes))] == [[]] * len(sizes) * len(sessions), "twice"


def growing_is_told_once(t, sessions, number):
    """By the command, which prints what is to be done on the hosts, and by a reload."""
    said = subprocess.run([TISANE, "-s", t.dir + "/control.sock", "lun", "grow", "asked", "8M"],
                          capture_output=True, text=True, check=True).stdout
    for hint in "iscsiadm -m session --rescan", "blockdev --rereadpt", "virsh blockresize":
        assert hint in said, said
    assert [first_attentions(s, number) for s in sessions] == [[(6, 0x2A, 9)]] * 2
    text = open(t.conf).read()
    with open(t.conf, "w") as f:
        f.write(text.replace("size 8M", "size 12M"))
    t.process.send_signal(signal.SIGHUP)
    assert t.logged("store has grown lun=asked was=8388608 is=12582912")
    assert [first_attentions(s, number) for s in sessions] == [[(6, 0x2A, 9)]] * 2
    assert [attentions(s, number) for s in sessions] == [[]] * 2


class Loop:
    """A device that grows with its file; path is None where there are none."""

    def __init__(self, size):
        self.backing = tempfile.NamedTemporaryFile(prefix="tisane-loop.")
        self.backing.truncate(size)
        made = subprocess.run(["losetup", "-f", "--show", self.backing.name], capture_output=True, text=True)
        self.path = made.stdout.strip() or None

    def resize(self, size):
        self.backing.truncate(size)
        subprocess.run(["losetup", "-c", self.path], check=True)

    def __enter__(self):
        if not self.path:
            print("no loop devices here: files only")
        return self

    def __exit__(self, *_):
        if self.path:
            subprocess.run(["losetup", "-d", self.path], check=True)


port = free_port()
names = ["lun disk { file @DIR@/disk.img; size 4M }", "lun asked { file @DIR@/asked.img; size 4M }"]
with Loop(4 << 20) as loop:
    if loop.path:
        names.insert(1, f"lun device {{ block {loop.path} }}")
    with Target("\n".join(names), more=f"metrics {port}") as t:
        path = t.dir + "/disk.img"
        a, b = t.login(), t.login(name="iqn.2026-11.test:other")
        for s in (a, b):
            for i in range(1, len(names)):
                attentions(s, i)
        assert a.command(write10(0, 8), write=b"x" * 4096)[0] == 0
        os.truncate(path, 8 << 20)
        if loop.path:
            loop.resize(6 << 20)
        grown_is_told_once(t, (a, b), [8 << 20, 6 << 20][:len(names) - 1])
        growing_is_told_once(t, (a, b), len(names) - 1)
        assert "fault" not in lun(t) and metric(port, "fault") == 0

        # shrunk: nothing is invented behind the end
        os.truncate(path, 4 << 20)
        status, _, sense = b.command(read10(16000, 8), read=4096)
        assert status != 0, "zeroes were invented"
        if loop.path:
            loop.resize(2 << 20)
            status, _, sense = b.command(read10(12000, 8), read=4096, lun=1)
            assert status != 0, "zeroes were invented by a device"
            wait(lambda: luns(t)[1].get("fault") == "its store has shrunk")
            assert metric(port, "fault", "device") == 3
        wait(lambda: lun(t).get("fault") == "its store has shrunk")
        assert t.logged("SHRUNK") and "SHRUNK" in t.events()
        assert metric(port, "fault") == 3
        out = subprocess.run([TISANE, "-s", t.dir + "/control.sock", "status"], capture_output=True, text=True)
        assert "FAULT: lun disk: its store has shrunk" in out.stdout, out.stdout
        attentions(a), attentions(b)
        status, _, sense = a.command(read10(16000, 8), read=4096)
        assert status == 2 and sense_of(sense) == (5, 0x21, 0), sense
        os.truncate(path, 8 << 20)
        wait(lambda: "fault" not in lun(t))

        # deleted: it is served on, and everybody is told
        os.rename(path, path + ".away")
        wait(lambda: lun(t).get("fault") == "its file was deleted")
        assert metric(port, "fault") == 1
        open(path, "wb").close()
        wait(lambda: lun(t).get("fault") == "its file was replaced by another")
        assert metric(port, "fault") == 2
        attentions(a)
        status, back, _ = a.command(read10(0, 8), read=4096)
        assert status == 0 and back == b"x" * 4096
        time.sleep(3.5)  # another look, and not another shout
        text = open(t.log).read()
        assert text.count("DELETED") == 1 and text.count("REPLACED") == 1, text
        out = subprocess.run([TISANE, "-s", t.dir + "/control.sock", "status"], capture_output=True, text=True)
        assert "FAULT: lun disk: its file was replaced" in out.stdout, out.stdout
        os.rename(path + ".away", path)
        wait(lambda: "fault" not in lun(t))
