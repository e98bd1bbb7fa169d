#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""SendTargets in a discovery session names the target and its portal; a SCSI command and a ping there are refused, and
another discovery session of the same initiator name and ISID takes its place."""
from initiator import *

with Target() as t:
    s = t.session()
    s.login(target=None)
    itt = s.next_itt()
    s.send(bhs(TEXT | 0x40, itt=itt, rest=struct.pack(">III", NO_TAG, s.cmd_sn, s.exp_stat_sn)), b"SendTargets=All\0")
    p = s.recv()
    assert p.opcode == TEXT_RSP, p
    assert f"TargetName={IQN}".encode() in p.data and f"TargetAddress=127.0.0.1:{t.port},".encode() in p.data, p.data
    s.send_command(read10(0, 1), read=512)
    assert s.recv().opcode == REJECT
    s.send(bhs(NOP_OUT | 0x40, itt=s.next_itt(), rest=struct.pack(">III", NO_TAG, s.cmd_sn, s.exp_stat_sn)))
    assert s.recv().opcode == REJECT
    again = t.session()
    again.login(target=None)
    assert s.closed()
    assert t.login()
