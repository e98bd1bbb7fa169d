#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Login text that never ends, in pieces with the C bit, is refused within its bound; others log in."""
from initiator import *

with Target() as t:
    s = t.session()
    try:
        for _ in range(64):
            s.send(*s.login_pdu(b"X-a=" + b"b" * 8000, 0x40))  # C, no T
            p = s.recv()
            status = struct.unpack(">H", p.bhs[36:38])[0]
            if status:
                assert status >> 8 == 2, hex(status)
                break
        else:
            raise AssertionError("half a megabyte of login text was taken")
    except (Closed, ConnectionError):
        pass
    t.login().ping()
