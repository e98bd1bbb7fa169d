#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Two paths to one LUN, one of them in standby: each is told the states of both, data goes by the
other only, and the paths swap their states by a command and by a reload."""
from initiator import *

ALUA_STANDBY = (2, 4, 0x0B)
CHANGED = (6, 0x2A, 6)


def states(s):
    data = s.command([0xA3, 0x0A, 0, 0, 0, 0, 0, 0, 0, 255, 0, 0], read=255)[1][4:]
    return {int.from_bytes(data[i + 2:i + 4], "big"): data[i] for i in range(0, len(data), 12)}


def set_states(s, **by_tag):
    groups = b"".join(struct.pack(">BBH", state, 0, int(tag[1:])) for tag, state in by_tag.items())
    cdb = [0xA4, 0x0A, 0, 0, 0, 0, 0, 0, 0, 4 + len(groups), 0, 0]
    return s.command(cdb, write=b"\0\0\0\0" + groups)[0]


def say(s):
    status, _, sense = s.command([0] * 6)
    return sense_of(sense) if status else None


def hear(s, what):
    for _ in range(int(20 * PATIENCE)):
        if say(s) == what:
            return
        time.sleep(0.1)
    raise AssertionError(f"never told {what}")


second = free_port()
t = Target("lun disk { ram; size 16M }",
           more=f"portal-group far {{ listen 127.0.0.1:{second}; tag 9 }}",
           target="auth-group no-authentication; access-states explicit\n"
                  "portal-group far state standby")
with t:
    near = t.login(name="iqn.2026-11.test:a")
    far = Session(second, name="iqn.2026-11.test:a", isid=b"\x40\0\0\0\0\2")
    t.sessions.append(far)
    far.login()
    assert say(far) == (6, 0x29, 0) and say(far) == ALUA_STANDBY
    assert states(near) == states(far) == {1: 0, 9: 2}, states(far)
    assert near.command([0x12, 0, 0, 0, 36], read=36)[1][5] & 0x30 == 0x30
    assert near.command(write10(0, 1), write=b"n" * 512)[0] == 0
    assert far.command(write10(0, 1), write=b"f" * 512)[0] == 2
    # A failover that the initiator asks for.
    assert set_states(far, _1=2, _9=0) == 0
    assert say(far) is None and far.command(read10(0, 1), read=512)[1] == b"n" * 512
    assert say(near) == CHANGED and say(near) == ALUA_STANDBY
    assert states(near) == {1: 2, 9: 0}
    # And one by the admin, which does not touch what was set for the other.
    text = open(t.conf).read()
    with open(t.conf, "w") as conf:
        conf.write(text.replace("far state standby", "far state active-non-optimized"))
    t.process.send_signal(signal.SIGHUP)
    hear(far, CHANGED)
    assert say(far) is None and states(far) == {1: 2, 9: 1}, states(far)
    assert far.command(write10(0, 1), write=b"f" * 512)[0] == 0
