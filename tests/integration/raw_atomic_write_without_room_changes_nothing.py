#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A WRITE ATOMIC for which a full file system has room by half is 07/27/07, and none of its blocks has changed."""
import atexit
from initiator import *

MOST = 1 << 20


def file_system():
    """An ext4 of the test's own with 500 KiB left."""
    if os.geteuid() != 0:
        skip("needs root: mounts a small file system")
    place = tempfile.mkdtemp(prefix="tisane-test.")
    atexit.register(shutil.rmtree, place)
    with open(place + "/ext4", "wb") as f:
        f.truncate(24 << 20)
    subprocess.run(["mkfs.ext4", "-q", "-m", "0", place + "/ext4"], check=True)
    os.mkdir(place + "/mnt")
    subprocess.run(["mount", "-o", "loop", place + "/ext4", place + "/mnt"], check=True)
    atexit.register(subprocess.run, ["umount", place + "/mnt"])
    return place + "/mnt"


mnt = file_system()
with Target(f"lun disk {{ file {mnt}/disk.img; size 64M }}") as t:
    s = t.login()
    fs = os.statvfs(mnt)
    with open(mnt + "/fill", "wb") as f:
        os.posix_fallocate(f.fileno(), 0, fs.f_bavail * fs.f_bsize - (500 << 10))
    cdb = struct.pack(">BBQHHBB", 0x9C, 0, 2048, 0, MOST // 512, 0, 0)
    status, _, sense = s.command(cdb, write=b"x" * MOST, immediate=b"")
    assert status == 2 and sense_of(sense) == (7, 0x27, 7), (status, sense.hex())
    assert t.logged("undid an atomic write")  # it was begun
    status, back, _ = s.command(read10(2048, MOST // 512), read=MOST)
    assert status == 0 and back == bytes(MOST)
    os.unlink(mnt + "/fill")
    status, _, _ = s.command(cdb, write=b"x" * MOST, immediate=b"")
    assert status == 0
    status, back, _ = s.command(read10(2048, MOST // 512), read=MOST)
    assert status == 0 and back == b"x" * MOST
