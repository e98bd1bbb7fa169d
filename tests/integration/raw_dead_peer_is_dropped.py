#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A peer that does not answer NOP-In is dropped; one that does stays."""
from initiator import *

with Target(more="timeout { ping-idle 1s; ping-reply 4s }") as t:
    s = t.login()
    p = s.recv()
    assert p.opcode == NOP_IN and p.ttt != NO_TAG and p.itt == NO_TAG, p
    s.send(bhs(NOP_OUT | 0x40, lun=struct.unpack(">Q", p.bhs[8:16])[0] >> 48, itt=NO_TAG,
               rest=struct.pack(">III", p.ttt, s.cmd_sn, s.exp_stat_sn)))
    p = s.recv()
    assert p.opcode == NOP_IN, "the second ping"
    assert s.closed()
