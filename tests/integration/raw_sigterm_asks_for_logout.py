#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""At SIGTERM the initiator gets an Async Message that asks for logout (RFC 7143 11.9.1)."""
from initiator import *

with Target() as t:
    s = t.login()
    t.process.send_signal(signal.SIGTERM)
    p = s.recv()
    assert p.opcode == ASYNC and p.bhs[36] == 1, p
    assert s.logout() == 0
    assert s.closed()
    assert t.process.wait(PATIENCE) == 0
    t.process.poll = lambda: None
