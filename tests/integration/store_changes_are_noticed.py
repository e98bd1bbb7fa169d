#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Whoever grows a file: every nexus is told once. Cut short, deleted, replaced: it is shouted about."""
import json, os, subprocess, time
from initiator import *

TISANE = os.environ.get("TISANE", os.path.join(os.path.dirname(os.environ.get("TISANED", "build/tisaned")), "tisane"))


def lun(t):
    out = subprocess.run([TISANE, "-s", t.dir + "/control.sock", "--json", "luns"], capture_output=True, check=True)
    return json.loads(out.stdout)["luns"][0]


def wait(what):
    for _ in range(300):
        if what():
            return
        time.sleep(0.05)
    raise AssertionError("it is not noticed")


def attentions(s):
    """What TEST UNIT READY tells before it is GOOD."""
    told = []
    for _ in range(8):
        status, _, sense = s.command(b"\0" * 6)
        if status == 0:
            return told
        told.append(sense_of(sense))
    raise AssertionError(told)


with Target("lun disk { file @DIR@/disk.img; size 4M }") as t:
    path = t.dir + "/disk.img"
    a, b = t.login(), t.login(name="iqn.2026-11.test:other")
    assert a.command(write10(0, 8), write=b"x" * 4096)[0] == 0
    os.truncate(path, 8 << 20)
    wait(lambda: lun(t)["size"] == 8 << 20)
    for s in (a, b):
        told = attentions(s)
        assert told == [(6, 0x2A, 9)], told
        assert attentions(s) == [], "told twice"
    assert a.command(read10(16000, 8), read=4096)[0] == 0, "the new room is not there"
    assert "fault" not in lun(t)

    # shrunk: nothing is invented behind the end
    os.truncate(path, 4 << 20)
    status, _, sense = b.command(read10(16000, 8), read=4096)
    assert status != 0, "zeroes were invented"
    wait(lambda: lun(t).get("fault") == "its store has shrunk")
    assert t.logged("SHRUNK")
    attentions(a), attentions(b)
    status, _, sense = a.command(read10(16000, 8), read=4096)
    assert status == 2 and sense_of(sense) == (5, 0x21, 0), sense
    os.truncate(path, 8 << 20)
    wait(lambda: "fault" not in lun(t))

    # deleted: it is served on, and everybody is told
    os.rename(path, path + ".away")
    wait(lambda: lun(t).get("fault") == "its file was deleted")
    open(path, "wb").close()
    wait(lambda: lun(t).get("fault") == "its file was replaced by another")
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
