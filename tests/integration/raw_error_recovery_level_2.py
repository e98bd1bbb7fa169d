#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""ErrorRecoveryLevel 2: tasks outlive their connection and are reassigned; a session outlives its last one."""
from initiator import *

TASK_REASSIGN, FOR_RECOVERY = 8, 2
KEYS = dict(ErrorRecoveryLevel=2, DefaultTime2Wait=0, InitialR2T="Yes", ImmediateData="No",
            MaxRecvDataSegmentLength=4096, MaxConnections=4)


def again(t, a, cid=None, **keys):
    """A new connection in the place of a, which is lost."""
    a.close()
    b = t.session()
    b.exp_stat_sn = a.exp_stat_sn
    b.itt = a.itt + 0x100
    assert b.join(a, cid or a.cid, MaxRecvDataSegmentLength=4096, **keys) is not None
    return b


with Target(more="workers 4") as t:
    a = t.login(DefaultTime2Retain=30, **KEYS)
    assert a.params["ErrorRecoveryLevel"] == "2" and a.params["DefaultTime2Retain"] == "30", a.params
    a.ready()
    data = os.urandom(32768)
    itt = a.send_command(write10(0, 64), write=data, immediate=b"")
    r2t = a.recv()
    a.send_data_out(itt, r2t.ttt, 0, data[:8192], 0, final=False)
    a.ping()  # it is there
    b = again(t, a)
    assert b.tsih == a.tsih
    assert b.tmf(TASK_REASSIGN, itt) == 0
    p = b.recv()
    assert p.opcode == R2T and struct.unpack(">II", p.bhs[40:48]) == (8192, 24576), p
    b.send_data_out(itt, p.ttt, 8192, data[8192:])
    assert b.finish(itt)[0] == 0

    # Its status has come, and was not acknowledged.
    before = b.exp_stat_sn
    itt = b.send_command(read10(0, 64), read=32768)
    assert b.finish(itt)[:2] == (0, data)
    b.exp_stat_sn = before
    c = again(t, b)
    assert c.tmf(TASK_REASSIGN, itt) == 0
    assert c.finish(itt)[:2] == (0, data)
    assert c.tmf(TASK_REASSIGN, itt) == 1, "it has ended"

    # One of two connections, logged out for recovery over the other.
    d = t.session()
    d.join(c, 2, MaxRecvDataSegmentLength=4096)
    itt = d.send_command(write10(0, 1), write=data[:512], immediate=b"")
    assert d.recv().opcode == R2T
    c.cmd_sn = d.cmd_sn
    assert c.tmf(TASK_REASSIGN, itt) == 3, "still allegiant"
    assert c.logout(FOR_RECOVERY, 2) == 0 and d.closed()
    assert c.tmf(TASK_REASSIGN, itt) == 0
    assert c.finish(itt, data[:512])[0] == 0
    assert c.logout() == 0

    # Nobody returns in time.
    a = t.login(DefaultTime2Retain=1, **KEYS)
    a.ready()
    a.close()
    assert t.logged("connection was not recovered")
    b = t.session()
    b.join(a, 1, expect=0x020a)

    # One that waits does not hold up the end of the daemon.
    a = t.login(DefaultTime2Retain=60, **KEYS)
    a.ready()
    a.close()
