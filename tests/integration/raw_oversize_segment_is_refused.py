#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A DataSegmentLength over what we declared is refused from the header, before its data."""
from initiator import *

with Target() as t:
    s = t.session()
    s.raw(bhs(LOGIN | 0x40, 0x87, length=0xFFFFFF, itt=1))
    assert s.closed(), "login"
    s = t.login()
    s.raw(bhs(NOP_OUT | 0x40, length=0xFFFFFF, itt=77, rest=struct.pack(">III", NO_TAG, s.cmd_sn, 0)))
    try:
        p = s.recv()
        assert p.opcode == REJECT, p
    except Closed:
        pass
    t.login().ping()
