#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""05/20/00 for an unknown operation code, 05/24/00 with the field pointer for a reserved bit."""
from initiator import *

with Target() as t:
    s = t.login()
    status, _, sense = s.command([0xC7] + [0] * 9)
    assert status == 2 and sense_of(sense) == (5, 0x20, 0), sense.hex()
    cdb = bytearray(read10(0, 1))
    cdb[6] = 0x80
    status, _, sense = s.command(cdb, read=512)
    assert status == 2 and sense_of(sense) == (5, 0x24, 0), sense.hex()
    assert sense[15] & 0xC0 == 0xC0 and sense[16:18] == b"\0\6", sense.hex()
