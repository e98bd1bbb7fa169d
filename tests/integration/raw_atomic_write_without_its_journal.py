#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A WRITE ATOMIC without a descriptor for its journal is BUSY; one whose journal is a pipe is 04/44/00, and the LUN serves on."""
import resource
from initiator import *


def write_atomic(s):
    cdb = struct.pack(">BBQHHBB", 0x9C, 0, 64, 0, 16, 0, 0)
    status, _, sense = s.command(cdb, write=b"x" * 8192)
    return status if status != 2 else sense_of(sense)


def told(t, words):
    return sum(words in line for line in open(t.log, errors="replace"))


with Target("lun disk { file @DIR@/disk.img; size 16M }") as t:
    s = t.login()
    limits = resource.prlimit(t.process.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(t.process.pid, resource.RLIMIT_NOFILE, (3, limits[1]))
    for _ in range(3):
        assert write_atomic(s) == 8
    assert s.command(read10(64, 16), read=8192)[:2] == (0, bytes(8192))
    assert told(t, "journal cannot be written, atomic writes are refused") == 1
    resource.prlimit(t.process.pid, resource.RLIMIT_NOFILE, limits)
    assert write_atomic(s) == 0
    assert t.logged("journal can be written again")
    journal, = (f for f in os.scandir(t.dir + "/state") if f.name.startswith("atomic-"))
    os.unlink(journal.path)
    os.mkfifo(journal.path)
    for _ in range(3):
        assert write_atomic(s) == (4, 0x44, 0)
    t.kill()
    t.start()
    s = t.login()
    assert t.logged(f'file={journal.name} error="it is not a regular file"')
    assert s.command(read10(64, 16), read=8192)[:2] == (0, b"x" * 8192)
    assert write_atomic(s) == (4, 0x44, 0)
    os.unlink(journal.path)
    assert write_atomic(s) == 0
