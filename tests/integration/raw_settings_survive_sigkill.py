#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Identifying information and saved mode pages are there after SIGKILL and a start; what cannot be read is said, and is the default."""
import glob
from initiator import *

A, B = b"\x40\0\0\0\0\1", b"\x40\0\0\0\0\2"
LABEL, TEXT = b"rack 3 \0\xff", "étagère\0".encode()
BINARY_TYPE, TEXT_TYPE, TYPES = 0, 2, 0x7F
CACHING, WCE, CONTROL, D_SENSE, SWP = 8, 4, 0x0A, 4, 8


def set_information(s, kind, data):
    status, _, sense = s.command(struct.pack(">BB4xIBx", 0xA4, 6, len(data), kind << 1), write=data)
    return (status, sense_of(sense)) if status else (0, None)


def information(s, kind):
    status, data, sense = s.command(struct.pack(">BB4xIBx", 0xA3, 5, 1024, kind << 1), read=1024)
    assert status == 0 and int.from_bytes(data[:4], "big") == len(data) - 4, sense.hex()
    return data[4:]


def mode(s, page, pc=0):
    status, data, sense = s.command([0x1A, 8, pc << 6 | page, 0, 255, 0], read=255)
    assert status == 0, sense.hex()
    return data[4:]


def select(s, page, byte, mask, on, save=1):
    data = bytearray(mode(s, page))
    data[byte] = data[byte] & ~mask | (mask if on else 0)
    data = b"\0\0\0\0" + bytes(data)
    return s.command([0x15, 0x10 | save, 0, 0, len(data), 0], write=data)[0]


def timestamp(s):
    status, data, sense = s.command(struct.pack(">BB4xI2x", 0xA3, 0x0F, 12), read=12)
    assert status == 0 and data[:2] == b"\0\x0a", sense.hex()
    return data[2], int.from_bytes(data[4:10], "big")


def attention(s):
    status, _, sense = s.command([0] * 6)
    return sense_of(sense) if status else None


with Target("lun disk { file @DIR@/disk.img; size 16M }") as t:
    a, b = t.login(isid=A), t.login(isid=B)
    assert information(a, BINARY_TYPE) == b""
    assert information(a, TYPES) == b"\0\0\2\0" b"\4\0\1\0"
    assert set_information(a, BINARY_TYPE, LABEL) == (0, None)
    assert attention(b) == (6, 0x3F, 5)
    assert set_information(b, TEXT_TYPE, TEXT) == (0, None)
    assert set_information(b, TEXT_TYPE, b"no end") == (2, (5, 0x26, 0))
    a.ready()
    assert mode(a, CACHING)[0] == 0x80 | CACHING and mode(a, CACHING, 3)[2] & WCE
    assert select(a, CACHING, 2, WCE, False) == 0
    assert attention(b) == (6, 0x2A, 1)
    assert select(a, CONTROL, 2, D_SENSE, True) == 0
    assert select(a, CONTROL, 4, SWP, True, save=0) == 0
    assert timestamp(a)[0] == 0
    stamp = (1 << 40).to_bytes(6, "big")
    assert a.command(struct.pack(">BB4xI2x", 0xA4, 0x0F, 12), write=b"\0" * 4 + stamp + b"\0\0")[0] == 0
    b.command([0] * 6)
    assert attention(b) == (6, 0x2A, 0x10)
    origin, ms = timestamp(b)
    assert origin == 2 and ms >= 1 << 40
    t.kill()

    t.start()
    s = t.login()
    assert information(s, BINARY_TYPE) == LABEL and information(s, TEXT_TYPE) == TEXT
    assert not mode(s, CACHING)[2] & WCE and mode(s, CACHING, 2)[2] & WCE
    assert mode(s, CONTROL)[2] & D_SENSE and not mode(s, CONTROL)[4] & SWP
    assert timestamp(s)[0] == 0 and timestamp(s)[1] < 1 << 40
    name, = glob.glob(t.dir + "/state/settings-*")
    good = open(name, "rb").read()
    t.kill()

    for damage in (good[:-1], b"", good.replace(b"WCE 0", b"WCE 1")):
        with open(name, "wb") as f:
            f.write(damage)
        t.start()
        assert t.logged(f"settings cannot be read, the lun is served with the defaults lun=disk file={os.path.basename(name)}")
        s = t.login()
        assert information(s, BINARY_TYPE) == b"" and mode(s, CACHING)[2] & WCE
        t.kill()

    t.start()
    s = t.login()
    assert set_information(s, BINARY_TYPE, b"new") == (0, None)
    t.kill()

    t.start()
    s = t.login()
    assert information(s, BINARY_TYPE) == b"new"
    assert set_information(s, BINARY_TYPE, b"") == (0, None)
    assert glob.glob(t.dir + "/state/settings-*") == []
