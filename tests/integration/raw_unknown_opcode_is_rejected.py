#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A reserved or target-only opcode is rejected (04h or 05h), and the session goes on or ends; others live."""
from initiator import *

with Target() as t:
    good = t.login(name="iqn.2026-11.test:good")
    for opcode in (0x1F, 0x0A, 0x21, 0x31):
        s = t.login()
        s.send(bhs(opcode | 0x40, itt=99, rest=struct.pack(">III", NO_TAG, s.cmd_sn, s.exp_stat_sn)))
        p = s.recv()
        assert p.opcode == REJECT and p.bhs[2] in (4, 5), p
        assert p.data[:48][0] == opcode | 0x40, "the rejected header is returned"
        s.close()
    good.ping()
