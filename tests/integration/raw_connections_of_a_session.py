#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Four connections in one session, wherever they arrived: one order of commands, and three may be lost."""
from initiator import *

with Target(more="workers 4") as t:
    conns = [t.login(MaxConnections=4)]
    assert conns[0].params["MaxConnections"] == "4", conns[0].params
    for cid in range(2, 5):
        c = t.session()
        c.join(conns[0], cid, DataDigest="CRC32C")
        conns.append(c)
    late = t.session()
    assert late.join(conns[0], 5, expect=0x0206) is None and late.closed()

    # Written in the wrong order, and each on another connection; done in the right one.
    sn = conns[0].cmd_sn
    itts = {}
    for i in (3, 1, 2, 0):
        itts[i] = conns[i].send_command(write10(0, 16), write=bytes([i + 1]) * 8192, cmd_sn=sn + i)
    for i in range(4):
        assert conns[i].finish(itts[i], bytes([i + 1]) * 8192)[0] == 0
    for c in conns:
        c.cmd_sn = sn + 4
    status, data, _ = conns[2].command(read10(0, 16), read=8192)
    assert status == 0 and data == b"\4" * 8192, data[:8]

    # The leading one is lost with a write that waits for its data.
    conns[0].send_command(write10(0, 1024), write=b"x" * 524288, immediate=b"", cmd_sn=sn + 5)
    assert conns[0].recv().opcode == R2T
    conns[0].close()
    p = conns[1].recv()
    assert p.opcode == ASYNC and p.bhs[36] == 2 and p.bhs[38:40] == b"\0\1", p
    conns[1].cmd_sn = sn + 6
    status, _, sense = conns[1].command(read10(0, 16), read=8192)
    assert (status, sense_of(sense)) == (2, (6, 0x47, 0x7f)), "a command was cleared by the transport"
    status, data, _ = conns[1].command(read10(0, 16), read=8192)
    assert status == 0 and data == b"\4" * 8192
    assert conns[1].logout(reason=1, cid=3) == 0 and conns[2].closed()
    assert conns[1].logout(reason=1, cid=3) == 1, "gone already"
    assert conns[3].logout(reason=0, cid=4) == 0 and conns[1].closed() and conns[3].closed()
