#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A connection joins a session only as the CHAP user who opened it (RFC 7143 9.2)."""
import hashlib
from initiator import *

NAME = "iqn.2026-11.test:host"
SECRETS = {"alice": "open-Sesame-4711x", "bob": "another-Sesame-0815"}


def login(t, user, tsih=0, cid=1):
    """The status of the last answer, and the session."""
    s = t.session(name=NAME)
    s.tsih, s.cid = tsih, cid
    text = f"InitiatorName={NAME}\0TargetName={IQN}\0AuthMethod=CHAP\0"
    for words, flags in ((text, 0x00), ("CHAP_A=5\0", 0x00), (None, 0x83)):
        if words is None:
            keys = p.text()
            proof = hashlib.md5(bytes([int(keys["CHAP_I"])]) + SECRETS[user].encode() +
                                bytes.fromhex(keys["CHAP_C"][2:])).hexdigest()
            words = f"CHAP_N={user}\0CHAP_R=0x{proof}\0"
        s.send(*s.login_pdu(words.encode(), flags))
        p = s.recv()
        status = struct.unpack(">H", p.bhs[36:38])[0]
        if status:
            assert s.closed()
            return status, s
    s.tsih = struct.unpack(">H", p.bhs[14:16])[0]
    return 0, s


# MaxConnections is 1 without the operational stage: the second one takes the place of the first.
with Target(target="auth-group two", more="auth-group two { %s }" %
            "; ".join(f'chap {user} "{secret}"' for user, secret in SECRETS.items())) as t:
    status, first = login(t, "alice")
    assert status == 0, f"{status:04x}"
    assert login(t, "bob", first.tsih)[0] == 0x0201
    first.ready()
    assert t.logged("another CHAP user")
    status, again = login(t, "alice", first.tsih)
    assert status == 0 and again.tsih == first.tsih and first.closed()
