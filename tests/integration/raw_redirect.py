#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A target or a portal group with `redirect` answers a login with 0101 and the other address, 0102 where it is
permanent (RFC 7143 11.13.5)."""
from initiator import *


def redirected(status, target="", group="", to="192.0.2.7:3260"):
    with Target(target=f"auth-group no-authentication\n{target}", group=group) as t:
        s = t.session()
        text = f"InitiatorName={s.name}\0TargetName={IQN}\0SessionType=Normal\0AuthMethod=None\0"
        s.send(*s.login_pdu(text.encode(), 0x81))
        p = s.recv()
        assert struct.unpack(">H", p.bhs[36:38])[0] == status, p
        assert p.text()["TargetAddress"].startswith(to), p.data
        assert s.closed()



redirected(0x0101, target="redirect 192.0.2.7:3260")
redirected(0x0102, target="redirect 192.0.2.7:3260 permanent")
redirected(0x0101, group="redirect 192.0.2.7:3260")
redirected(0x0102, group="redirect [2001:db8::7]:3260 permanent", to="[2001:db8::7]:3260")
