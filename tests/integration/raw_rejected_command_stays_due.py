#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A command answered by Reject leaves its CmdSN due (RFC 7143 7.3): what comes after it waits, until something has that
CmdSN, or ABORT TASK names it."""
from initiator import *


def reject(s):
    """A reserved task attribute; the CmdSN that it had."""
    sn = s.cmd_sn
    itt = s.send_command(read10(0, 1), read=512, flags=0xC7)
    p = s.recv()
    assert p.opcode == REJECT and p.bhs[2] == 4, p
    assert struct.unpack(">I", p.bhs[28:32])[0] == sn, "it was taken as received"
    return itt, sn


with Target() as t:
    s = t.login()
    s.ready()
    _, sn = reject(s)
    behind = s.send_command(read10(0, 1), read=512)
    s.ping()  # and nothing else
    first = s.send_command(read10(1, 1), read=512, cmd_sn=sn)
    p, q = s.recv(), s.recv()
    assert p.opcode == q.opcode == DATA_IN and {p.itt, q.itt} == {first, behind}, (p, q)

    itt, sn = reject(s)
    behind = s.send_command(read10(0, 1), read=512)
    assert s.tmf(1, itt, ref_cmd_sn=sn) == 0, "ABORT TASK of what was rejected"
    p = s.recv()
    assert p.opcode == DATA_IN and p.itt == behind, p
