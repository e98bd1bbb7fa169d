#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""EXTENDED COPY between files and memory moves the data, keeps holes, and reaches no LUN
that the initiator does not see or may not write."""
import hashlib
from initiator import *

MIB = 1 << 20
luns = """lun a { file @DIR@/a.img; size 64M }
lun b { file @DIR@/b.img; size 64M }
lun c { ram; size 64M; block-size 4096 }
lun d { file @DIR@/d.img; size 64M; cache direct }
lun e { file @DIR@/e.img; size 64M; allocation full }"""


def naa(s, lun):
    """The NAA designator of that LUN's LU."""
    _, data, _ = s.command([0x12, 1, 0x83, 1, 0], read=256, lun=lun)
    at = 4
    while at < len(data):
        if data[at + 1] & 0x3F == 3:
            return data[at + 4:at + 4 + data[at + 3]]
        at += 4 + data[at + 3]


def cscd(name, block=512):
    return bytes([0xE4, 0, 0, 0, 1, 3, 0, 16]) + name + bytes(4) + struct.pack(">I", block)


def segment(source, destination, length, source_lba, destination_lba, source_byte=0, destination_byte=0):
    return struct.pack(">BBHHHIQQHH", 0x0A, 0, 28, source, destination, length,
                       source_lba, destination_lba, source_byte, destination_byte)


def copy(s, cscds, segments, lun=0):
    out = b"".join(segments)
    head = struct.pack(">BBHIII", 0, 0x18, 32 * len(cscds), 0, len(out), 0)
    out = head + b"".join(cscds) + out
    status, _, sense = s.command(b"\x83" + bytes(9) + struct.pack(">I", len(out)), write=out, lun=lun)
    return status, sense_of(sense) if status == 2 else None


def digest(t, name, offset, length):
    with open(os.path.join(t.dir, name), "rb") as f:
        f.seek(offset)
        return hashlib.sha256(f.read(length)).digest()


def allocated(t, name):
    return os.stat(os.path.join(t.dir, name)).st_blocks * 512


with Target(luns + "\n", more="lun hidden { ram; size 64M }\nlun shown { ram; size 64M }",
            target='auth-group no-authentication\nlun 8 hidden { initiator-name "iqn.2026-11.test:other" }\n'
                   'lun 9 shown { read-only yes }') as t:
    s = t.login()
    for lun in range(1, 5):
        s.command([0] * 6, lun=lun)
    s.command([0] * 6, lun=9)
    a, b, c, d, e = (naa(s, i) for i in range(5))
    # 12 MiB of data behind 20 MiB of hole.
    for lba in range(20 * 2048, 32 * 2048, 128):
        status, _, sense = s.command(write10(lba, 128), write=os.urandom(65536))
        assert status == 0, sense.hex()
    whole = digest(t, "a.img", 0, 48 * MIB)
    everywhere = [cscd(a), cscd(b), cscd(c, 4096), cscd(d), cscd(e)]
    for to in (1, 2, 3, 4):
        lba = 8192 if to != 2 else 1024
        assert copy(s, everywhere, [segment(0, to, 48 * MIB, 0, lba)]) == (0, None), to
    for name in ("b.img", "d.img", "e.img"):
        assert digest(t, name, 4 * MIB, 48 * MIB) == whole, name
        assert digest(t, name, 0, 4 * MIB) == hashlib.sha256(bytes(4 * MIB)).digest(), name
    for name in ("b.img", "d.img"):
        assert allocated(t, name) < 16 * MIB, f"{name}: a hole was filled: {allocated(t, name)}"
    assert allocated(t, "e.img") >= 64 * MIB
    # Back from memory, over itself, by the LU that is neither.
    assert copy(s, everywhere, [segment(2, 1, 48 * MIB, 1024, 0)], lun=3) == (0, None)
    assert digest(t, "b.img", 0, 48 * MIB) == whole
    assert copy(s, everywhere, [segment(1, 1, 48 * MIB, 0, 1)]) == (0, None)
    assert digest(t, "b.img", 512, 48 * MIB) == whole
    # Parts of blocks, what is around them stays: within b, to larger blocks and back, past the page cache.
    around = digest(t, "b.img", 512, 300), digest(t, "b.img", 512 + 300 + MIB, 4096)
    assert copy(s, everywhere, [segment(0, 1, MIB, 22 * 2048, 1, 77, 300)]) == (0, None)
    assert digest(t, "b.img", 512 + 300, MIB) == digest(t, "a.img", 22 * MIB + 77, MIB)
    assert around == (digest(t, "b.img", 512, 300), digest(t, "b.img", 512 + 300 + MIB, 4096))
    around = digest(t, "d.img", 4 * MIB - 77, 78), digest(t, "d.img", 4 * MIB + 1 + 70001, 4096)
    assert copy(s, everywhere, [segment(0, 2, 70001, 23 * 2048, 5, 511, 4095),
                                segment(2, 3, 70001, 5, 8192, 4095, 1)]) == (0, None)
    assert digest(t, "d.img", 4 * MIB + 1, 70001) == digest(t, "a.img", 23 * MIB + 511, 70001)
    assert around == (digest(t, "d.img", 4 * MIB - 77, 78), digest(t, "d.img", 4 * MIB + 1 + 70001, 4096))
    # By a token, which another session uses.
    ranges = struct.pack(">QIIQII", 22 * 2048, 2048, 0, 29 * 2048, 4096, 0)
    out = struct.pack(">HBBIIHH", 46, 0, 0, 0, 0, 0, 32) + ranges
    status, _, sense = s.command(struct.pack(">BBIIIH", 0x83, 0x10, 0, 7, len(out), 0), write=out, lun=1)
    assert status == 0, sense.hex()
    status, data, _ = s.command(struct.pack(">BBIIIH", 0x84, 7, 7, 0, 1024, 0), read=1024, lun=1)
    assert status == 0 and data[5] == 1 and len(data) == 550
    other = t.login(isid=b"\x40\0\0\0\0\3")
    other.command([0] * 6, lun=3)
    out = struct.pack(">HBBIQ", 550, 0, 0, 0, 0) + data[38:] + struct.pack(">6xHQII", 16, 0, 6144, 0)
    status, _, sense = other.command(struct.pack(">BBIIIH", 0x83, 0x11, 0, 8, len(out), 0), write=out, lun=3)
    assert status == 0, sense.hex()
    assert digest(t, "d.img", 0, MIB) == digest(t, "b.img", 22 * MIB, MIB)
    assert digest(t, "d.img", MIB, 2 * MIB) == digest(t, "b.img", 29 * MIB, 2 * MIB)
    # What was hidden is not to be had by its name, and what is read-only not to be written.
    o = t.login(name="iqn.2026-11.test:other", isid=b"\x40\0\0\0\0\2")
    o.command([0] * 6, lun=8)
    hidden = naa(o, 8)
    assert hidden and hidden not in (a, b, c, d, e)
    shown = naa(s, 9)
    for pair in ([cscd(hidden), cscd(b)], [cscd(a), cscd(hidden)]):
        assert copy(s, pair, [segment(0, 1, 512, 0, 0)]) == (2, (0xA, 0x08, 0x04))
    assert copy(o, [cscd(a), cscd(hidden)], [segment(0, 1, 512, 0, 0)]) == (0, None)
    assert copy(s, [cscd(a), cscd(shown)], [segment(0, 1, 512, 0, 0)]) == (2, (0xA, 0x0D, 0x02))
    assert copy(s, [cscd(shown), cscd(b)], [segment(0, 1, 512, 0, 0)]) == (0, None)
