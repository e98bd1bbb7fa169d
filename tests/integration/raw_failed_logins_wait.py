#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The answer to a third wrong proof waits, the next ones longer; good
logins from the same address meanwhile do not. An unknown user and a wrong secret
get the same answer."""
import hashlib, time
from initiator import *

NAME = "iqn.2026-11.test:host"
CHAP = b"InitiatorName=%s\0SessionType=Normal\0TargetName=%s\0AuthMethod=CHAP\0" % (NAME.encode(), IQN.encode())


def prove(t, user, secret, isid=1):
    """A session whose proof is on its way."""
    s = t.session(name=NAME, isid=b"\x40\0\0\0\0" + bytes([isid]))
    s.send(*s.login_pdu(CHAP, 0x00))
    s.recv()
    s.send(*s.login_pdu(b"CHAP_A=5\0", 0x00))
    keys = s.recv().text()
    r = hashlib.md5(bytes([int(keys["CHAP_I"])]) + secret + bytes.fromhex(keys["CHAP_C"][2:])).hexdigest()
    s.send(*s.login_pdu(f"CHAP_N={user}\0CHAP_R=0x{r}\0".encode(), 0x83))
    return s


def status(s):
    p = s.recv()
    return struct.unpack(">H", p.bhs[36:38])[0], p


with Target(target="auth-group known", more='auth-group known { chap user "open-Sesame-4711x" }') as t:
    wrong = prove(t, "user", b"wrong-Sesame-4711")
    unknown = prove(t, "nobody", b"open-Sesame-4711x")
    (a, pa), (b, pb) = status(wrong), status(unknown)
    assert a == b == 0x0201 and pa.bhs == pb.bhs and pa.data == pb.data, (pa, pb)
    for i in (4, 5, 6):  # nobody waits for these, and each makes the next wait longer
        prove(t, "user", b"wrong-Sesame-4711", i)
    began = time.monotonic()
    late = prove(t, "user", b"wrong-Sesame-4711", 2)
    good = prove(t, "user", b"open-Sesame-4711x", 3)
    assert status(good)[0] == 0
    late.sock.settimeout(0)
    try:
        raise AssertionError(f"the sixth one did not wait: {late.sock.recv(48)}")
    except BlockingIOError:
        pass
    good.ready()
    assert status(late)[0] == 0x0201 and late.closed()
    assert time.monotonic() - began > 0.9
    assert t.logged("CHAP name or response is wrong")
