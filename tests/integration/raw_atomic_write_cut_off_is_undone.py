#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""WRITE ATOMIC through the page cache is all or nothing, whenever the daemon is killed: its journal undoes it at the next start."""
import glob, random, threading
from initiator import *

MOST = 1 << 20
SIZE = 16 << 20
LUNS = f"lun disk {{ file @DIR@/disk.img; size {SIZE} }}\nlun fine {{ file @DIR@/fine.img; size {SIZE}; block-size 4096 }}"


def atomic(s, lba, data, lun=0, block=512, flags=0):
    cdb = struct.pack(">BBQHHBB", 0x9C, flags, lba, 0, len(data) // block, 0, 0)
    status, _, sense = s.command(cdb, write=data, immediate=b"", lun=lun)
    return sense_of(sense) if status else None


def limits(s, lun):
    status, data, _ = s.command([0x12, 1, 0xB0, 0, 64, 0], read=64, lun=lun)
    assert status == 0
    return struct.unpack(">5I", data[44:64])


def crc(data):
    return struct.unpack("<I", crc32c(data))[0]


def entry(uuid, offset, was, to_be, spoilt=False):
    """A journal as the daemon leaves it when it is killed at the write."""
    head = b"tisane atomic 1\0" + uuid + struct.pack(">QII", offset, len(was), crc(was + to_be) ^ spoilt)
    head += struct.pack(">I", crc(head))
    return head.ljust(4096, b"\0") + was + to_be


def has_entry(path):
    with open(path, "rb") as f:
        return f.read(1) != b"\0"


with Target(LUNS) as t:
    image = t.dir + "/disk.img"
    s = t.login()
    s.command([0] * 6, lun=1)
    assert limits(s, 0) == (MOST // 512, 0, 0, 0, 0) and limits(s, 1) == (MOST // 4096, 0, 0, 0, 0)
    assert atomic(s, 1, b"f" * 8192, lun=1, block=4096) is None
    assert atomic(s, 3, b"a" * MOST) is None
    assert atomic(s, 7, b"b" * 512, flags=8) is None  # FUA
    assert atomic(s, 3, b"c" * (MOST + 512)) == (5, 0x24, 0)
    status, back, _ = s.command(read10(3, 16), read=8192)
    assert status == 0 and back == b"a" * 2048 + b"b" * 512 + b"a" * 5632
    names = glob.glob(t.dir + "/state/atomic-*")
    assert len(names) == 2 and not any(map(has_entry, names)), names
    journal = [n for n in names if os.path.getsize(n) > 1 << 18][0]
    uuid = bytes.fromhex(os.path.basename(journal)[7:].replace("-", ""))
    assert all(os.stat(n).st_mode & 0o777 == 0o600 for n in names)

    def start_with(text, **sectors):
        """Kill it, change the journal and sectors of the image, start it; the words of the log that are new."""
        t.kill()
        with open(journal, "wb") as f:
            f.write(text)
        with open(image, "r+b") as f:
            for n, c in sectors.items():
                f.seek(int(n[1:]) * 512)
                f.write(c * 512)
        size = os.path.getsize(t.log)
        t.start()
        assert not has_entry(journal)
        with open(t.log) as f:
            f.seek(size)
            return f.read()

    def sectors(first, count):
        with open(image, "rb") as f:
            f.seek(first * 512)
            return f.read(count * 512)[::512]

    old, new = b"o" * 2048, b"n" * 2048
    words = start_with(entry(uuid, 100 * 512, old, new), s100=b"n", s101=b"o", s102=b"o", s103=b"n")
    assert "undid an atomic write" in words and sectors(100, 4) == b"oooo", words
    words = start_with(entry(uuid, 100 * 512, old, new, spoilt=True), s100=b"n")
    assert "atomic write" not in words and sectors(100, 4) == b"nooo", words
    words = start_with(entry(bytes(16), 100 * 512, old, new))
    assert "of another disk" in words and sectors(100, 4) == b"nooo", words
    words = start_with(entry(uuid, 100 * 512, old, new), s102=b"x")
    assert "changed by others" in words and sectors(100, 4) == b"noxo", words

    for _ in range(6):
        s = t.login()
        assert atomic(s, 64, b"a" * MOST) is None
        kill = threading.Timer(random.random() / 10, t.process.kill)
        kill.start()
        try:
            while True:
                for letter in b"bcdefgh":
                    assert atomic(s, 64, bytes([letter]) * MOST) is None
        except (Closed, OSError):
            pass
        kill.join()
        t.kill()
        t.start()
        assert len(set(sectors(64, MOST // 512))) == 1 and not has_entry(journal)
