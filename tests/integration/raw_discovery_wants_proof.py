#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Where discovery wants CHAP nothing of a target is told without a proof: neither to who
asks before the login, nor in the login, nor to who leaves the proof out; our own challenge is
no proof. With it targets are listed."""
import hashlib
from initiator import *

NAME = "iqn.2026-11.test:host"
SECRETS = b"open-Sesame-4711x", b"mutual-Sesame-0815"
TELLING = (IQN.encode(), b"TargetAlias", b"TargetAddress", b"disk")
told = []


def hear(s):
    p = s.recv()
    told.append(bytes(p.bhs) + p.data)
    return p


def begin(t):
    s = t.session(name=NAME)
    s.send(*s.login_pdu(f"InitiatorName={NAME}\0SessionType=Discovery\0AuthMethod=CHAP\0".encode(), 0x00))
    hear(s)
    s.send(*s.login_pdu(b"CHAP_A=5\0", 0x00))
    return s, hear(s).text()


def proof(keys, secret=SECRETS[0]):
    return hashlib.md5(bytes([int(keys["CHAP_I"])]) + secret + bytes.fromhex(keys["CHAP_C"][2:])).hexdigest()


def ask(s):
    s.send(bhs(TEXT | 0x40, 0x80, itt=9, rest=struct.pack(">III", NO_TAG, s.cmd_sn, s.exp_stat_sn)),
           b"SendTargets=All\0")


def refused(s, expect=0x0201):
    assert struct.unpack(">H", hear(s).bhs[36:38])[0] == expect and s.closed()


with Target("lun disk { ram; size 1M }", group="discovery-auth-group known",
            target='auth-group known\nalias "disk of the test"',
            more='auth-group known { chap-mutual user "%s" san "%s" }' % tuple(s.decode() for s in SECRETS)) as t:
    # before a word
    s = t.session(name=NAME)
    ask(s)
    assert s.closed()
    # without a proof
    for method, flags in ((b"AuthMethod=None\0", 0x81), (b"", 0x87)):
        s = t.session(name=NAME)
        s.send(*s.login_pdu(f"InitiatorName={NAME}\0SessionType=Discovery\0".encode() + method, flags))
        refused(s)
    # instead of the proof
    s, keys = begin(t)
    ask(s)
    refused(s, 0x020b)
    # with our own challenge sent back: what it would answer is the proof that is wanted
    s, keys = begin(t)
    s.send(*s.login_pdu(f"CHAP_N=user\0CHAP_R=0x{proof(keys)}\0CHAP_I={keys['CHAP_I']}\0"
                        f"CHAP_C={keys['CHAP_C']}\0".encode(), 0x83))
    refused(s)
    # an old proof
    s, fresh = begin(t)
    assert fresh["CHAP_C"] != keys["CHAP_C"], "a challenge comes twice"
    s.send(*s.login_pdu(f"CHAP_N=user\0CHAP_R=0x{proof(keys)}\0".encode(), 0x83))
    refused(s)
    for words in TELLING:
        assert not any(words in p for p in told), f"{words} was told before login"
    # and with one
    s, keys = begin(t)
    s.send(*s.login_pdu(f"CHAP_N=user\0CHAP_R=0x{proof(keys)}\0".encode(), 0x83))
    assert struct.unpack(">H", s.recv().bhs[36:38])[0] == 0
    ask(s)
    assert IQN.encode() in s.recv().data
