#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""ErrorRecoveryLevel 1: spoilt Data-Out is asked for again; Data-In and status come again by SNACK."""
from initiator import *


def snack(s, kind, itt, begin, length, acknowledged):
    rest = struct.pack(">IIIIIII", NO_TAG, 0, acknowledged, 0, 0, begin, length)
    s.send(bhs(SNACK, 0x80 | kind, itt=itt, rest=rest))


with Target() as t:
    s = t.login(ErrorRecoveryLevel=1, DataDigest="CRC32C", InitialR2T="Yes", ImmediateData="No",
                MaxRecvDataSegmentLength=4096)
    assert s.params["ErrorRecoveryLevel"] == "1", s.params
    data = os.urandom(32768)
    itt = s.send_command(write10(0, 64), write=data, immediate=b"")
    r2t = s.recv()
    s.send_data_out(itt, r2t.ttt, 0, data[:8192], 0, final=False)
    s.send_data_out(itt, r2t.ttt, 8192, data[8192:16384], 1, final=False, bad_data_digest=True)
    s.send_data_out(itt, r2t.ttt, 16384, data[16384:], 2)
    p = s.recv()
    assert p.opcode == REJECT and p.bhs[2] == 2, p
    p = s.recv()
    assert p.opcode == R2T and struct.unpack(">II", p.bhs[40:48]) == (8192, 24576), p
    s.send_data_out(itt, p.ttt, 8192, data[8192:])
    assert s.finish(itt)[0] == 0

    before = s.exp_stat_sn
    itt = s.send_command(read10(0, 64), read=32768)
    status, got, _ = s.finish(itt)
    assert status == 0 and got == data and s.last.opcode == RESPONSE
    snack(s, 0, itt, 2, 3, before)
    for sn in (2, 3, 4):
        p = s.recv()
        assert p.opcode == DATA_IN and struct.unpack(">II", p.bhs[36:44]) == (sn, sn * 4096), p
        assert p.data == data[sn * 4096:sn * 4096 + 4096]
    snack(s, 1, NO_TAG, 0, 0, before)
    p = s.recv()
    assert p.opcode == RESPONSE and p.itt == itt and p.stat_sn == before, p
    snack(s, 0, itt, 0, 1, before + 1)
    p = s.recv()
    assert p.opcode == REJECT and p.bhs[2] == 4, "acknowledged, so it is gone"
    assert s.logout() == 0
