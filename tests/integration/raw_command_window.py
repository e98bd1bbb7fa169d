#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Commands outside the CmdSN window are dropped in silence; a gap is waited for, then run in order."""
from initiator import *

with Target() as t:
    s = t.login()
    s.send_command([0] * 6, cmd_sn=s.cmd_sn - 1 & NO_TAG)
    s.send_command([0] * 6, cmd_sn=s.cmd_sn + 100000)
    s.ping()
    base = s.cmd_sn
    second = s.send_command(read10(0, 1), read=512, cmd_sn=base + 1)
    s.ping()
    first = s.send_command(write10(0, 1), write=b"q" * 512, cmd_sn=base)
    p = s.recv()
    assert p.itt == first and p.bhs[3] == 0, p
    status, data, _ = s.finish(second)
    assert status == 0 and data == b"q" * 512
    s.cmd_sn = base + 2
    s.ping()
