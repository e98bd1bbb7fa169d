#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Unsolicited data past FirstBurstLength never ends GOOD, and nothing lands."""
from initiator import *

with Target() as t:
    s = t.login(FirstBurstLength=4096)
    itt = s.send_command(write10(0, 64), write=b"x" * 32768, immediate=b"x" * 8192)
    try:
        p = s.recv()
        if p.opcode == RESPONSE:
            assert p.bhs[3] == 2 and sense_of(p.data[2:]) == (0xB, 0x0C, 0x0C), p.data.hex()
        else:
            assert p.opcode == REJECT, p
    except Closed:
        pass
    g = t.login(isid=b"\x40\0\0\0\0\2")
    status, data, _ = g.command(read10(0, 64), read=32768)
    assert status == 0 and data == b"\0" * 32768
