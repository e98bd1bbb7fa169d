#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""An image in a Ceph keeps the contract of stores and is a LUN: its data, its holes, its snapshots, its growth, its room, its lock, and an OSD that hangs."""
# limit: 240
import glob
import json
import re
from initiator import *

here = os.path.dirname(os.path.abspath(__file__))
MIB = 1 << 20


def run(*argv):
    p = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120 * SLOW)
    assert p.returncode == 0, f"{argv}: {p.stdout}{p.stderr}"
    return p.stdout


class Ceph:
    def __init__(self, directory):
        self.dir, self.conf = directory, f"{directory}/ceph.conf"
        self.mini = subprocess.Popen([f"{here}/../ceph/mini", directory], stdin=subprocess.PIPE)
        until = time.monotonic() + 90 * SLOW
        while not os.path.exists(f"{directory}/ready"):
            if self.mini.poll() == 77:
                skip("Ceph is not installed (ceph-mon ceph-osd ceph-common)")
            assert self.mini.poll() is None and time.monotonic() < until, self.said()
            time.sleep(0.05)

    def said(self):
        try:
            return open(f"{self.dir}/out").read()
        except OSError:
            return "nothing"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.mini.stdin.close()
        self.mini.wait(60 * SLOW)

    def rbd(self, *argv):
        return run("rbd", "-c", self.conf, *argv)

    def ceph(self, *argv):
        return run("ceph", "-c", self.conf, "--connect-timeout", "60", *argv)

    def freeze(self, signal_):
        os.kill(int(open(f"{self.dir}/osd.pid").read()), signal_)


def lun_url(t, number=0):
    return f"iscsi://127.0.0.1:{t.port}/{IQN}/{number}"


def sense(answer):
    assert answer[0] == 2, answer
    return sense_of(answer[2])


def tcmu_module():
    return glob.glob("/usr/lib*/tcmu-runner/handler_rbd.so") + glob.glob("/usr/lib/*/tcmu-runner/handler_rbd.so")


def the_contract_is_kept(ceph):
    unit = os.path.join(os.path.dirname(TISANED), "unit-backstores")
    if os.path.exists(unit):
        for suite in ("rbd", "tcmu rbd") if tcmu_module() else ("rbd",):
            p = subprocess.run([unit, suite], env=dict(os.environ, TISANE_CEPH_CONF=ceph.conf), cwd=f"{here}/../..",
                               capture_output=True, text=True, timeout=120 * SLOW)
            assert p.returncode == 0 and "skipped" not in p.stderr, p.stdout + p.stderr


def data_make_the_trip(ceph, t):
    raw = f"{ceph.dir}/raw"
    with open(raw, "wb") as f:
        f.write(os.urandom(8 << 20))
        f.truncate(64 << 20)
    run("qemu-img", "convert", "-n", "-f", "raw", "-O", "raw", raw, lun_url(t))
    run("qemu-img", "compare", "-f", "raw", "-F", "raw", raw, lun_url(t))
    ceph.rbd("export", "--no-progress", "rbd/one", f"{ceph.dir}/export")
    run("cmp", raw, f"{ceph.dir}/export")
    os.unlink(f"{ceph.dir}/export")
    run("qemu-io", "-d", "unmap", "-f", "raw", "-c", "discard 0 64M", "-c", "read -P 0 0 8M", lun_url(t))
    held = json.loads(ceph.rbd("diff", "--format", "json", "rbd/one"))
    assert sum(e["length"] for e in held if e["exists"] == "true") == 0, held


def io(url, *commands):
    return run("qemu-io", "-d", "unmap", "-f", "raw", *[w for c in commands for w in ("-c", c)], url)


def data_of(url):
    """Where there are data, in MiB."""
    extents = json.loads(run("qemu-img", "map", "--output=json", "-f", "raw", url))
    return [(e["start"] / MIB, e["length"] / MIB) for e in extents if e["data"]]


def holes_are_told(ceph, t):
    io(lun_url(t), "write -P 7 12M 1M", "write -P 8 40M 4M", "write -P 9 49M 1M")
    # an object counts from its beginning
    assert data_of(lun_url(t)) == [(12, 1), (40, 4), (48, 2)], data_of(lun_url(t))
    out = f"{ceph.dir}/out"
    run("qemu-img", "convert", "-f", "raw", "-O", "raw", lun_url(t), out)
    assert os.stat(out).st_blocks * 512 <= 8 * MIB, os.stat(out)
    run("qemu-img", "compare", "-f", "raw", "-F", "raw", out, lun_url(t))
    os.unlink(out)
    io(lun_url(t), "discard 0 64M")
    assert data_of(lun_url(t)) == []


def snapshots_and_clones_are_ceph_s(ceph, t):
    def tisane(*argv):
        return subprocess.run([TISANE, "-s", f"{t.dir}/control.sock", *argv],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60 * SLOW)

    def done(*argv):
        p = tisane(*argv)
        assert p.returncode == 0, f"{argv}: {p.stdout}{p.stderr}"
        return p.stdout

    io(lun_url(t), "write -P 1 4M 4M")
    p = tisane("lun", "snapshot", "disk", "snap")
    assert p.returncode != 0 and "rbd snap create rbd/one@snap" in p.stdout + p.stderr, p
    ceph.rbd("snap", "create", "--no-progress", "rbd/one@snap")
    io(lun_url(t), "write -P 2 4M 4M", "write -P 2 20M 4M")
    create = ("lun", "create", "snap", "rbd", "rbd/one@snap", "conf", ceph.conf, "target", IQN)
    p = tisane(*create)
    assert p.returncode != 0 and "is a snapshot" in p.stdout + p.stderr, p
    done(*create, "number", "2", "read-only", "yes")
    assert "rbd/one" in done("show", "snap")
    run("qemu-io", "-r", "-f", "raw", "-c", "read -P 1 4M 4M", "-c", "read -P 0 20M 4M", lun_url(t, 2))
    assert data_of(lun_url(t, 2)) == [(4, 4)], data_of(lun_url(t, 2))
    ceph.rbd("snap", "protect", "rbd/one@snap")
    ceph.rbd("clone", "rbd/one@snap", "rbd/clone")
    done("lun", "create", "clone", "rbd", "rbd/clone", "conf", ceph.conf, "target", IQN, "number", "3")
    io(lun_url(t, 3), "write -P 3 32M 4M", "read -P 1 4M 4M")
    assert data_of(lun_url(t, 3)) == [(4, 4), (32, 4)], data_of(lun_url(t, 3))
    for name in ("clone", "snap"):
        done("lun", "delete", name, "force")
    until = time.monotonic() + 20 * SLOW
    while subprocess.run(["rbd", "-c", ceph.conf, "rm", "--no-progress", "rbd/clone"], capture_output=True).returncode:
        assert time.monotonic() < until, "the clone is still in use"
        time.sleep(0.5)
    ceph.rbd("snap", "unprotect", "rbd/one@snap")
    ceph.rbd("snap", "rm", "--no-progress", "rbd/one@snap")


def growth_is_noticed_once(ceph, s, image="rbd/one"):
    ceph.rbd("resize", "--no-progress", "--size", "80M", image)
    until = time.monotonic() + 20 * SLOW
    while (answer := s.command([0] * 6))[0] == 0:
        assert time.monotonic() < until, "the growth was not noticed"
        time.sleep(0.1)
    assert sense(answer) == (6, 0x2A, 9), answer
    assert s.command([0] * 6)[0] == 0, "twice"
    status, data, _ = s.command([0x25] + [0] * 9, read=8)
    assert int.from_bytes(data[:4], "big") + 1 == 80 << 11, data


def no_room_is_said(ceph, t, s):
    run("qemu-io", "-f", "raw", "-c", "write -P 1 0 4M", lun_url(t))
    ceph.ceph("osd", "set-full-ratio", "0.0003")
    until = time.monotonic() + 30 * SLOW
    lba = 8192
    while (answer := s.command(write10(lba, 1), write=b"f" * 512))[0] == 0:
        assert time.monotonic() < until, "a full cluster takes everything"
        lba += 128  # where nothing is yet
        time.sleep(0.05)
    assert sense(answer) == (7, 0x27, 7), answer
    assert s.command(read10(0, 1), read=512)[0] == 0, "reading goes on"
    there_is_room_again(ceph, s, lba)


def there_is_room_again(ceph, s, lba):
    until = time.monotonic() + 60 * SLOW
    tries = 0
    while s.command(write10(lba, 1), write=b"f" * 512)[0] != 0:
        if tries % 100 == 0:  # a disk of Ceph's may miss a map, until there is a newer one
            ceph.ceph("osd", "set-full-ratio", f"0.{95 - tries // 100 % 2}")
        tries += 1
        assert time.monotonic() < until, "room again, and nothing is taken: " + \
            ceph.ceph("health", "detail") + ceph.ceph("osd", "dump")
        time.sleep(0.1)


def a_second_gateway_is_refused(ceph, t):
    other = Target(luns=f"lun disk {{ rbd rbd/one; conf {ceph.conf} }}")
    p = subprocess.run([TISANED, "-c", other.conf], capture_output=True, text=True, timeout=120 * SLOW)
    assert p.returncode == 1 and "is locked by" in p.stderr, p.stderr
    shutil.rmtree(other.dir)


def a_frozen_osd_stalls_its_lun_only(ceph, t):
    bad, good = t.login(isid=b"\x40\0\0\0\0\3"), t.login(isid=b"\x40\0\0\0\0\4")
    good.command([0] * 6, lun=1)
    ceph.freeze(signal.SIGSTOP)
    try:
        itts = [bad.send_command(read10(i, 1), read=512) for i in range(8)]
        bad.send_command([0x9E, 0x12] + [0] * 11 + [24, 0, 0], read=24)  # GET LBA STATUS
        began = time.monotonic()
        for i in range(50):
            assert good.command(write10(i, 8), write=b"g" * 4096, lun=1)[0] == 0
        for function, tag in ((1, itts[0]), (5, NO_TAG)):
            bad.tmf(function, ref_itt=tag)
        bad.ping()
        took = time.monotonic() - began
        assert took < 20 * SLOW, f"others, ABORT TASK, LUN RESET and NOP took {took:.1f} s"
    finally:
        ceph.freeze(signal.SIGCONT)
    bad.close()
    s = t.login(isid=b"\x40\0\0\0\0\5")
    assert s.command(read10(0, 1), read=512)[0] == 0
    s.close()


def whoever_is_fenced_writes_no_more(ceph, t, s):
    owner = json.loads(ceph.rbd("lock", "list", "--format", "json", "rbd/one"))[0]["address"]
    ceph.ceph("osd", "blocklist", "add", owner)
    with Target(luns=f"lun disk {{ rbd rbd/one; conf {ceph.conf} }}") as other:
        o = other.login()
        assert o.command(write10(0, 1), write=b"o" * 512)[0] == 0
        while (answer := s.command(write10(0, 1), write=b"s" * 512))[0] == 2 and \
                sense_of(answer[2])[0] == 6:
            pass
        assert sense(answer) == (2, 4, 3), answer
        assert sense(s.command([0] * 6)) == (2, 4, 3)
        assert t.logged("store is lost until it is opened again store=rbd/one")
        s.command([0] * 6, lun=1)
        assert s.command(read10(0, 1), read=512, lun=1)[0] == 0, "the other LUN"
        assert o.command(read10(0, 1), read=512)[1] == b"o" * 512
        t.process.send_signal(signal.SIGHUP)
        assert t.logged("lun disk stays lost")
    t.process.send_signal(signal.SIGHUP)
    until = time.monotonic() + 20 * SLOW
    while s.command([0] * 6)[0] != 0:
        assert time.monotonic() < until, "a reload does not bring it back"
        time.sleep(0.1)
    assert s.command(read10(0, 1), read=512)[1] == b"o" * 512


def tcmu_host(t):
    return re.findall(r"tcmu host serves store=rbd/rbd/two pid=(\d+)", open(t.log).read())


def a_module_of_tcmu_runner_serves(ceph):
    ceph.rbd("create", "--size", "64M", "rbd/two")
    lun = f"lun disk {{ tcmu rbd/rbd/two; conf {ceph.conf} }}"
    with Target(lun, more="log info") as t:
        raw = f"{ceph.dir}/raw"
        run("qemu-img", "convert", "-n", "-f", "raw", "-O", "raw", raw, lun_url(t))
        s = t.login()
        os.kill(int(tcmu_host(t)[-1]), signal.SIGKILL)
        run("qemu-img", "compare", "-f", "raw", "-F", "raw", raw, lun_url(t))
        assert len(tcmu_host(t)) == 2, "it was not started again"
        assert s.command([0x35] + [0] * 9)[0] == 0, "it has no cache, so nothing is lost"
        ceph.rbd("export", "--no-progress", "rbd/two", f"{ceph.dir}/export")
        run("cmp", raw, f"{ceph.dir}/export")
        os.unlink(f"{ceph.dir}/export")
        growth_is_noticed_once(ceph, s, "rbd/two")
        assert s.command(write10((80 << 11) - 1, 1), write=b"e" * 512)[0] == 0
        other = Target(luns=lun)
        p = subprocess.run([TISANED, "-c", other.conf], capture_output=True, text=True, timeout=120 * SLOW)
        assert p.returncode == 1 and "is locked by" in p.stderr, p.stderr
        shutil.rmtree(other.dir)
        owner = json.loads(ceph.rbd("lock", "list", "--format", "json", "rbd/two"))[0]["address"]
        ceph.ceph("osd", "blocklist", "add", owner)
        answer = s.command(write10(0, 1), write=b"s" * 512)
        assert answer[0] == 2, answer
        until = time.monotonic() + 40 * SLOW
        while (answer := s.command([0] * 6))[0] != 2 or sense(answer) != (2, 4, 3):
            assert time.monotonic() < until, answer
            time.sleep(0.1)


def main():
    if " rbd" not in run(TISANED, "--version"):
        skip("built without librbd")
    if "TSAN_OPTIONS" in os.environ:
        skip("ThreadSanitizer does not know how the threads of Ceph's libraries wait for each other")
    for tool in ("qemu-img", "qemu-io", "rbd"):
        if shutil.which(tool) is None:
            skip(f"{tool} is not installed")
    with Ceph(tempfile.mkdtemp(prefix="tisane-ceph.")) as ceph:
        the_contract_is_kept(ceph)
        luns = f"lun disk {{ rbd rbd/one; size 64M; conf {ceph.conf} }}\nlun ram {{ ram; size 1M }}"
        with Target(luns, more="timeout { task-abort 1s }") as t:
            data_make_the_trip(ceph, t)
            holes_are_told(ceph, t)
            snapshots_and_clones_are_ceph_s(ceph, t)
            s = t.login()
            growth_is_noticed_once(ceph, s)
            no_room_is_said(ceph, t, s)
            a_second_gateway_is_refused(ceph, t)
            a_frozen_osd_stalls_its_lun_only(ceph, t)
            whoever_is_fenced_writes_no_more(ceph, t, s)
        if tcmu_module():
            a_module_of_tcmu_runner_serves(ceph)


main()
