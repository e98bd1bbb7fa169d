#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""WRITE ATOMIC is the kernel's where it promises that a write is not torn, else the journal's; with the limits of VPD B0h; a read-only LUN has none."""
import atexit
from initiator import *

SIZE = 64 << 20


def file_system():
    """An xfs of the test's own."""
    if os.geteuid() != 0:
        skip("needs root: mounts a small file system")
    if shutil.which("mkfs.xfs") is None:
        skip("mkfs.xfs is not installed")
    place = tempfile.mkdtemp(prefix="tisane-test.")
    atexit.register(shutil.rmtree, place)
    with open(place + "/xfs", "wb") as f:
        f.truncate(320 << 20)
    subprocess.run(["mkfs.xfs", "-q", place + "/xfs"], check=True)
    os.mkdir(place + "/mnt")
    if subprocess.run(["mount", "-o", "loop", place + "/xfs", place + "/mnt"]).returncode != 0:
        skip("this kernel has no xfs")
    atexit.register(subprocess.run, ["umount", place + "/mnt"])
    return place + "/mnt"


def limits(s, lun=0):
    status, data, _ = s.command([0x12, 1, 0xB0, 0, 64, 0], read=64, lun=lun)
    assert status == 0
    return struct.unpack(">5I", data[44:64])


def write_atomic(s, lba, data, blocks=None, boundary=0, flags=0, lun=0):
    blocks = len(data) // 512 if blocks is None else blocks
    cdb = struct.pack(">BBQHHBB", 0x9C, flags, lba, boundary, blocks, 0, 0)
    status, _, sense = s.command(cdb, write=data, lun=lun)
    return sense_of(sense) if status else None


def supported(s, lun=0):
    status, data, _ = s.command(struct.pack(">BBBBHIxx", 0xA3, 0x0C, 3, 0x9C, 0, 64), read=64, lun=lun)
    assert status == 0
    return data[1] & 7 == 3


def calls(pid, f):
    """What f has the daemon write to its files, as strace shows it; None: it may not look."""
    if shutil.which("strace") is None:
        return None
    log = tempfile.mkstemp(prefix="tisane-test.")[1]
    trace = subprocess.Popen(["strace", "-f", "-e", "trace=pwritev2,pwritev,pwrite64", "-o", log, "-p", str(pid)],
                             stderr=subprocess.PIPE, text=True)
    attached = "attached" in trace.stderr.readline()
    f()
    trace.send_signal(signal.SIGINT)
    trace.wait()
    text = open(log).read()
    os.unlink(log)
    return text if attached else None


mnt = file_system()
with open(mnt + "/ro.img", "wb") as f:
    f.truncate(1 << 20)
with Target(f"lun atomic {{ file {mnt}/atomic.img; size {SIZE}; cache direct }}\n"
            f"lun cached {{ file {mnt}/cached.img; size {SIZE} }}\n"
            f"lun ram {{ ram; size 16M }}\nlun ro {{ file {mnt}/ro.img; read-only yes }}") as t:
    s = t.login()
    for lun in (1, 2, 3):
        s.command([0] * 6, lun=lun)
    assert limits(s, 1) == (2048, 0, 0, 0, 0) and supported(s, 1)
    assert write_atomic(s, 1, bytes(1536), lun=1) is None
    assert limits(s, 3) == (0, 0, 0, 0, 0) and not supported(s, 3)
    assert write_atomic(s, 0, bytes(512), lun=3) == (5, 0x20, 0)
    # A loss of power leaves nothing of RAM.
    assert limits(s, 2) == (16384, 0, 0, 0, 0) and supported(s, 2)
    most, alignment, granularity, _, _ = limits(s)
    if alignment == 0:
        assert most == 2048 and supported(s) and write_atomic(s, 1, bytes(512)) is None
        skip("this kernel's xfs does not promise it (Linux 6.16 does)")
    assert supported(s) and most == alignment == granularity == 32
    data = os.urandom(most * 512)
    seen = calls(t.process.pid, lambda: write_atomic(s, 3 * most, data))
    lines = [line for line in (seen or "").splitlines() if "pwritev" in line]
    assert seen is None or len(lines) == 1 and ("RWF_ATOMIC" in lines[0] or "0x40" in lines[0]), seen
    assert write_atomic(s, 5 * most, data, flags=8) is None  # FUA
    for lba in (3 * most, 5 * most):
        status, back, _ = s.command(read10(lba, most), read=most * 512)
        assert status == 0 and back == data
    assert write_atomic(s, 0, b"") is None
    assert write_atomic(s, most + 1, data) == (5, 0x24, 0)
    assert write_atomic(s, 0, data[:512]) == (5, 0x24, 0)
    assert write_atomic(s, 0, data + data) == (5, 0x24, 0)
    assert write_atomic(s, 0, data, boundary=1) == (5, 0x24, 0)
    assert write_atomic(s, SIZE // 512, data) == (5, 0x21, 0)
    status, back, _ = s.command(read10(0, most), read=most * 512)
    assert status == 0 and back == bytes(most * 512)
