#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Response Fence: what aborts many tasks is answered when all that was said on any connection is acknowledged."""
from initiator import *


def asked(s):
    p = s.recv()
    assert p.opcode == NOP_IN and p.itt == NO_TAG and p.ttt != NO_TAG, p


def acknowledge(s):
    s.send(bhs(NOP_OUT | 0x40, rest=struct.pack(">III", NO_TAG, s.cmd_sn, s.exp_stat_sn)))


def silent(s):
    try:
        p = s.recv(0.3)
    except (TimeoutError, socket.timeout):
        return True
    raise AssertionError(f"came through the fence: {p}")


def pr_out(action, key, service_key):
    return [0x5F, action, 5, 0, 0, 0, 0, 0, 24], struct.pack(">QQ8x", key, service_key)


with Target(more="workers 2") as t:
    a = t.login(MaxConnections=2, TaskReporting="ResponseFence")
    assert a.params["MaxConnections"] == "2" and a.params["TaskReporting"] == "ResponseFence", a.params
    b = t.session()
    b.join(a, 2)
    register, keys = pr_out(0, 0, 7)
    assert a.command(register, keys)[0] == 0
    b.cmd_sn = a.cmd_sn

    # LOGICAL UNIT RESET on one connection, while the other has not acknowledged its last status.
    itt = b.next_itt()
    b.send(bhs(TMF | 0x40, 0x85, itt=itt, rest=struct.pack(">IIII", NO_TAG, b.cmd_sn, b.exp_stat_sn, 0)))
    asked(a)
    assert silent(b)
    acknowledge(a)
    p = b.recv()
    assert p.opcode == TMF_RSP and p.itt == itt and p.bhs[2] == 0, p
    asked(b)
    # What follows is held until that answer is acknowledged.
    read = a.send_command(read10(0, 1), read=512)
    assert silent(a)
    acknowledge(b)
    p = a.recv()
    assert p.opcode == RESPONSE and p.itt == read and p.bhs[3] == 2, p
    asked(a)
    acknowledge(a)
    b.cmd_sn = a.cmd_sn

    # PREEMPT AND ABORT, by name the other way round.
    preempt, keys = pr_out(5, 7, 7)
    preempt[2] = 5
    assert a.command(pr_out(1, 7, 0)[0], pr_out(1, 7, 0)[1])[0] == 0
    b.cmd_sn = a.cmd_sn
    itt = b.send_command(preempt, keys)
    asked(a)
    assert silent(b)
    acknowledge(a)
    p = b.recv()
    assert p.opcode == RESPONSE and p.itt == itt and p.bhs[3] == 0, p
    assert a.logout() == 0
