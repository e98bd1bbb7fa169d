#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A login with the session's TSIH and CID takes the connection's place: same nexus, its tasks are gone."""
from initiator import *

with Target(more="workers 4") as t:
    a = t.login(InitialR2T="Yes", ImmediateData="No")
    itt = a.send_command(write10(0, 16), write=b"x" * 8192, immediate=b"")
    r2t = a.recv()
    assert r2t.opcode == R2T, r2t
    for i in range(6):  # from worker to worker
        b = t.session()
        b.join(a, 1)
        assert b.tsih == a.tsih and a.closed()
        if i == 0:
            status, _, sense = b.command(read10(0, 16), read=8192)
            assert (status, sense_of(sense)) == (2, (6, 0x47, 0x7f)), "it had a task"
        status, data, sense = b.command(read10(0, 16), read=8192)
        assert status == 0 and data == b"\0" * 8192, sense.hex()
        a = b
    assert a.logout() == 0
    c = t.session()
    assert c.join(a, 1, expect=0x020a) is None and c.closed()
