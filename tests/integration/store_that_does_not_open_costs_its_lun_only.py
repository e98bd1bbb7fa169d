#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A store that hangs when it is opened, at the start and at a reload, or closed: other LUNs are served, another reload goes on,
status tells of it, SIGTERM ends, and it is served when it has opened after all."""
# limit: 90
import json

from initiator import *

place = tempfile.mkdtemp(prefix="tisane-hang.", dir="/dev/shm" if os.path.isdir("/dev/shm") else None)
children = []


def start(*argv, socket_path=None):
    p = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    children.append(p)
    wait_for(lambda: os.path.exists(argv[-1] if socket_path is None else socket_path), f"{argv[0]} does not start")
    return p


def freeze(p):
    p.send_signal(signal.SIGSTOP)
    wait_for(lambda: " T " in open(f"/proc/{p.pid}/stat").read(), "it does not stop")


def control(t, *argv):
    p = subprocess.run([TISANE, "-s", f"{t.dir}/control.sock", *argv], stdin=subprocess.DEVNULL,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60 * SLOW)
    return p.returncode, p.stdout


def configuration(t):
    return json.loads(control(t, "-j", "status")[1])["configuration"]


def edit(t, old, new):
    text = open(t.conf).read()
    assert old in text
    with open(t.conf, "w") as f:
        f.write(text.replace(old, new))


def sense(answer):
    assert answer[0] == 2, answer
    return sense_of(answer[2])


def stops(t):
    for s in t.sessions:
        s.close()
    t.sessions = []
    began = time.monotonic()
    t.process.send_signal(signal.SIGTERM)
    assert t.logged("stopped status=")
    took = time.monotonic() - began
    assert took < 20 * SLOW, f"SIGTERM took {took:.1f} s"


def a_server_that_says_nothing(server):
    luns = f"lun ram {{ ram; size 1M }}\nlun bad {{ nbd nbd+unix:///?socket={place}/sock }}"
    t = Target(luns, more="timeout { open 500ms }")
    try:
        freeze(server)
        t.start()
        s = t.login()
        assert s.command(write10(0, 8), write=b"g" * 4096)[0] == 0
        # nobody has seen it before, nor knows who it is
        assert sense(s.command([0] * 6, lun=1)) == (5, 0x25, 0)
        assert "lun bad: its store has not opened yet" in control(t, "status")[1], control(t, "status")
        edit(t, "lun bad {", "lun more { ram; size 1M }\nlun bad {")
        edit(t, "lun 1 bad", "lun 1 bad\nlun 2 more")
        status, said = control(t, "reload")
        assert status == 0, said
        s.ready()
        wait_for(lambda: s.command([0x25] + [0] * 9, read=8, lun=2)[0] == 0, "the LUN that is added is not served")
        # a file that is refused takes nothing from it, nor does it hide that
        edit(t, "lun more {", "lune more {")
        assert control(t, "reload")[0] != 0
        server.send_signal(signal.SIGCONT)
        assert t.logged("serving lun=bad"), "it has opened, and is not served"
        wait_for(lambda: not configuration(t)["reloading"], "it reloads for ever")
        assert configuration(t)["last_reload_failed"], "the file is still wrong"
        edit(t, "lune more {", "lun more {")
        assert control(t, "reload")[0] == 0
        wait_for(lambda: s.command([0] * 6, lun=1)[0] == 0, "it is not shown")
        assert s.command(write10(0, 8), write=b"b" * 4096, lun=1)[0] == 0
        assert "not opened" not in control(t, "status")[1]
        stops(t)
        assert t.process.wait(20 * SLOW) == 0
        # now it is known: initiators wait for it
        freeze(server)
        t.start()
        s = t.login()
        s.command([0] * 6, lun=1)
        assert sense(s.command([0] * 6, lun=1)) == (2, 4, 1)
        assert sense(s.command(read10(0, 8), read=4096, lun=1)) == (2, 4, 1)
        # what would be reserved now, would not be when it has opened
        register = [0x5f, 0, 0, 0, 0, 0, 0, 0, 24, 0]
        assert sense(s.command(register, write=bytes(8) + b"register" + bytes(8), lun=1)) == (2, 4, 1)
        stops(t)
        assert t.process.wait(20 * SLOW) == 0
        # a server that ends in place of an answer
        t.start()
        s = t.login()
        server.kill()
        assert t.logged("lun bad does not open")
        s.command([0] * 6, lun=1)
        wait_for(lambda: sense(s.command([0] * 6, lun=1)) == (2, 4, 3), "it will not become ready, and does not say so")
        assert "lun bad: its store could not be opened" in control(t, "status")[1], control(t, "status")
        os.unlink(f"{place}/sock")
        start("nbdkit", "-f", "-U", f"{place}/sock", "memory", "16M", socket_path=f"{place}/sock")
        status, said = control(t, "reload")
        assert status == 0, said
        wait_for(lambda: s.command([0] * 6, lun=1)[0] == 0, "a reload does not bring it")
        stops(t)
        assert t.process.wait(20 * SLOW) == 0
    except BaseException:
        print(open(t.log, errors="replace").read()[-3000:])
        raise
    finally:
        t.kill()
        shutil.rmtree(t.dir)


def a_store_that_does_not_close(server):
    luns = f"lun ram {{ ram; size 1M }}\nlun bad {{ nbd nbd+unix:///?socket={place}/sock }}"
    t = Target(luns).start()
    try:
        s = t.login()
        freeze(server)
        status, said = control(t, "lun", "delete", "bad", "force")
        assert status == 0, said
        s.ready()
        assert s.command(write10(0, 8), write=b"g" * 4096)[0] == 0
        status, said = control(t, "reload")
        assert status == 0, said
        stops(t)
        assert "closed lun=bad" not in open(t.log).read(), "it does not hang"
        assert t.process.wait(20 * SLOW) == 0
    except BaseException:
        print(open(t.log, errors="replace").read()[-3000:])
        raise
    finally:
        server.send_signal(signal.SIGCONT)
        t.kill()
        shutil.rmtree(t.dir)


def a_mount_that_says_nothing():
    start("nbdkit", "-f", "-U", f"{place}/fuse.sock", "memory", "16M", socket_path=f"{place}/fuse.sock")
    os.mkdir(f"{place}/mnt")
    path = f"{place}/mnt/disk.img"
    try:
        fuse = start("nbdfuse", path, f"nbd+unix:///?socket={place}/fuse.sock", socket_path=path)
    except AssertionError:
        return  # nothing can be mounted by FUSE here
    t = Target("lun ram { ram; size 1M }", more="timeout { open 500ms }").start()
    try:
        s = t.login()
        freeze(fuse)
        time.sleep(1.5)  # what the kernel knows of the file
        edit(t, "lun ram {", f"lun bad {{ file {path} }}\nlun ram {{")
        edit(t, "lun 0 ram", "lun 0 ram\nlun 1 bad")
        status, said = control(t, "reload")
        assert status == 0 and "does not answer" in said + open(t.log).read(), said
        assert "lun bad: its store has not opened yet" in control(t, "status")[1], control(t, "status")
        s.ready()
        assert s.command(write10(0, 8), write=b"g" * 4096)[0] == 0
        stops(t)
        fuse.send_signal(signal.SIGCONT)  # the kernel keeps who waits for FUSE until then
        assert t.process.wait(20 * SLOW) == 0
    except BaseException:
        print(open(t.log, errors="replace").read()[-3000:])
        raise
    finally:
        fuse.send_signal(signal.SIGCONT)
        t.kill()
        shutil.rmtree(t.dir)
        subprocess.run(["umount", "-l", f"{place}/mnt"], stderr=subprocess.DEVNULL)


def main():
    if " nbd" not in subprocess.run([TISANED, "--version"],
                                    capture_output=True, text=True).stdout:
        skip("built without libnbd")
    if shutil.which("nbdkit") is None:
        skip("nbdkit is not installed")
    try:
        server = start("nbdkit", "-f", "-U", f"{place}/sock", "memory", "16M", socket_path=f"{place}/sock")
        a_store_that_does_not_close(server)
        a_server_that_says_nothing(server)
        if shutil.which("nbdfuse") is not None and os.geteuid() == 0:
            a_mount_that_says_nothing()
    finally:
        for p in reversed(children):
            p.send_signal(signal.SIGCONT)
            p.kill()
            p.wait()
        shutil.rmtree(place, ignore_errors=True)


main()
