#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A file on a FUSE mount that does not answer, by io_uring or the page cache: other LUNs go on, what it may
hold of the daemon's memory is bounded, by BUSY or TASK SET FULL, NOP, ABORT TASK and LUN RESET are answered within 2 s,
and SIGTERM stops the daemon."""
# limit: 120
from initiator import *

place = tempfile.mkdtemp(prefix="tisane-fuse.")
children = []


def wait_for(what, why):
    until = time.monotonic() + 10 * SLOW
    while not what():
        if time.monotonic() > until:
            skip(why)
        time.sleep(0.02)


def mount():
    """The file, and the server behind it, which can be stopped."""
    uri = f"nbd+unix:///?socket={place}/sock"
    kit = subprocess.Popen(["nbdkit", "-f", "-U", f"{place}/sock", "memory", "16M"])
    children.append(kit)
    wait_for(lambda: os.path.exists(f"{place}/sock"), "nbdkit does not start")
    os.mkdir(f"{place}/mnt")
    children.append(subprocess.Popen(["nbdfuse", f"{place}/mnt/disk.img", uri], stderr=subprocess.DEVNULL))
    wait_for(lambda: os.path.exists(f"{place}/mnt/disk.img"), "nothing can be mounted by FUSE here")
    return f"{place}/mnt/disk.img", kit


def tidy(kit):
    kit.send_signal(signal.SIGCONT)
    subprocess.run(["umount", "-l", f"{place}/mnt"], stderr=subprocess.DEVNULL)
    for p in reversed(children):
        p.kill()
        p.wait()
    shutil.rmtree(place, ignore_errors=True)


def bounded(bad, good):
    """Reads of 16 MiB to the LUN that hangs, with as much memory: some are refused at once, and some is left."""
    sent = [bad.send_command(read10(1024, 512), read=512 * 512, lun=1) for i in range(64)]
    bad.send(bhs(NOP_OUT | 0x40, itt=bad.next_itt(), rest=struct.pack(">III", NO_TAG, bad.cmd_sn, bad.exp_stat_sn)))
    refused = 0
    while (p := bad.recv()).opcode != NOP_IN:
        assert p.opcode == RESPONSE and p.itt in sent and p.bhs[3] in (0x08, 0x28), p
        refused += 1
    assert 16 <= refused < 64, refused
    assert good.command(read10(0, 512), read=512 * 512)[0] == 0


def hang(path, kit, cache):
    luns = f"lun good {{ file @DIR@/good.img; size 4M; cache {cache} }}\nlun bad {{ file {path}; cache {cache} }}"
    t = Target(luns, more="workers 1\ntimeout { task-abort 1s }\nlimits { memory 16M }").start()
    try:
        good, bad = t.login(), t.login(isid=b"\x40\0\0\0\0\2")
        for s in (good, bad):
            s.command([0] * 6, lun=1)
        assert bad.command(write10(0, 8), write=b"w" * 4096, lun=1)[0] == 0
        kit.send_signal(signal.SIGSTOP)
        wait_for(lambda: " T " in open(f"/proc/{kit.pid}/stat").read(), "nbdkit does not stop")
        itts = [bad.send_command(*(write10(8 * i, 1), bytes(512)) if i % 2 else (read10(2048 + 64 * i, 1), b"", 512),
                                 lun=1) for i in range(24)]
        began = time.monotonic()
        for i in range(100):
            assert good.command(read10(8 * i, 8), read=4096)[0] == 0
            assert good.command(write10(8 * i, 8), write=b"g" * 4096)[0] == 0
        took = time.monotonic() - began
        assert took < 20 * SLOW, f"{cache}: 200 commands to the other LUN took {took:.1f} s"
        bounded(bad, good)
        for function, tag in ((1, itts[3]), (5, NO_TAG)):
            began = time.monotonic()
            bad.tmf(function, ref_itt=tag, lun=1)
            took = time.monotonic() - began
            assert took < 10 * SLOW, f"{cache}: function {function} took {took:.1f} s"
        began = time.monotonic()
        bad.ping()
        took = time.monotonic() - began
        assert took < 10 * SLOW, f"{cache}: a ping took {took:.1f} s"
        began = time.monotonic()
        t.process.send_signal(signal.SIGTERM)
        assert t.logged("stopped status=")
        took = time.monotonic() - began
        assert took < 20 * SLOW, f"{cache}: SIGTERM took {took:.1f} s"
        kit.send_signal(signal.SIGCONT)  # the kernel keeps who waits for FUSE until then
        t.process.wait(20 * SLOW)
    except BaseException:
        print(open(t.log, errors="replace").read()[-2000:])
        raise
    finally:
        kit.send_signal(signal.SIGCONT)
        t.kill()
        shutil.rmtree(t.dir)


def main():
    for tool in ("nbdkit", "nbdfuse"):
        if shutil.which(tool) is None:
            skip(f"{tool} is not installed")
    if os.geteuid() != 0:
        skip("needs root to mount")
    path, kit = mount()
    try:
        for cache in ("direct", "writeback"):
            hang(path, kit, cache)
    finally:
        tidy(kit)


main()
