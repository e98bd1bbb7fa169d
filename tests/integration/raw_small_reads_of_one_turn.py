#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Small reads that come in one segment, and are started together: what stands between and behind them is kept to. Beside
a function that aborts, on a file that was cut short, on a connection that is reset."""
from initiator import *

READS, BLOCKS = 60, 8
BYTES = BLOCKS * 512


def block(lba):
    return struct.pack(">QQ", lba, ~lba & (1 << 64) - 1) * 32


def wanted(lba):
    return b"".join(block(lba + i) for i in range(BLOCKS))


class Segment:
    """PDUs that are sent by one call; which LBA each read is of."""

    def __init__(self, s):
        self.s, self.out, self.lbas = s, b"", {}

    def reads(self, lbas):
        s = self.s
        for lba in lbas:
            itt = s.next_itt()
            rest = struct.pack(">III", BYTES, s.cmd_sn, s.exp_stat_sn) + read10(lba, BLOCKS).ljust(16, b"\0")
            self.out += bhs(SCSI, 0xC1, itt=itt, rest=rest)
            self.lbas[itt] = lba
            s.cmd_sn += 1

    def function(self, code):
        itt = self.s.next_itt()
        rest = struct.pack(">IIII", NO_TAG, self.s.cmd_sn, self.s.exp_stat_sn, 0)
        self.out += bhs(TMF | 0x40, 0x80 | code, itt=itt, rest=rest)
        return itt

    def send(self):
        self.s.raw(self.out)

    def answer(self):
        """The next: (tag, PDU)."""
        p = self.s.recv()
        if p.opcode == DATA_IN:
            assert p.data == wanted(self.lbas[p.itt]), f"other data at {self.lbas[p.itt]}"
            assert p.bhs[1] & 1 and p.bhs[3] == 0, p
        return p.itt, p


def an_abort_between(t, code):
    s = t.login()
    seg = Segment(s)
    seg.reads(range(0, READS * BLOCKS, BLOCKS))
    before = set(seg.lbas)
    function = seg.function(code)
    seg.reads(range(7, READS * BLOCKS, BLOCKS))
    behind = set(seg.lbas) - before
    seg.send()
    told = False
    while behind or not told:
        itt, p = seg.answer()
        if itt == function:
            assert p.opcode == TMF_RSP and p.bhs[2] == 0, p
            told = True
        elif itt in before:
            assert not told, "a read that was aborted is answered behind the function"
        elif p.opcode == RESPONSE:  # of the reset
            assert sense_of(p.data[2:])[0] == 6, p
            behind.remove(itt)
        else:
            behind.remove(itt)
    s.ping()
    s.logout()


def a_short_file(t):
    end = 1 << 20
    s = t.login()
    os.truncate(t.dir + "/disk.img", end)
    seg = Segment(s)
    seg.reads(range(end // 512 - READS * 4 + 4, end // 512 + READS * 4, BLOCKS))
    seg.send()
    for _ in range(len(seg.lbas)):
        itt, p = seg.answer()
        if p.opcode == RESPONSE:
            assert seg.lbas[itt] + BLOCKS > end // 512, f"within the file: {p}"
            assert sense_of(p.data[2:]) == (3, 0x11, 0), p
        else:
            assert seg.lbas[itt] + BLOCKS <= end // 512, "behind the end of the file"
    s.logout()


def a_reset(t):
    for _ in range(20):
        s = t.session()
        s.login()
        seg = Segment(s)
        seg.reads(range(0, READS * BLOCKS, BLOCKS))
        s.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        seg.send()
        s.close()
    t.login().ping()


with Target("lun disk { file @DIR@/disk.img; size 4M }", more="workers 1") as t:
    with open(t.dir + "/disk.img", "r+b") as f:
        f.write(b"".join(map(block, range(8192))))
    for code in (2, 5):  # ABORT TASK SET, LOGICAL UNIT RESET
        an_abort_between(t, code)
    a_reset(t)
    a_short_file(t)
