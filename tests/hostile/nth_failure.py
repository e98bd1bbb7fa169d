#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# limit: 900
"""An allocation or a system call fails, once or from then on: the daemon does not
crash, ends when told to, and what it called GOOD is there.

nth_failure [SECONDS | --valgrind [WAYS]]: a run without a fault of the start and of each scenario tells
what calls are made, and where. Each site, which is a call by its callers, is made to
fail in the first scenario that has it. Then the nth call is, whatever its site, in the
order of SEED, as many as the time allows. DONE=FILE keeps which were made, and goes on
where it ended.

--valgrind: the daemon is under memcheck, and whatever that says is a failure. Sites only,
so many ways of them, by SEED, or all; without io_uring, of which memcheck does not know
what it reads.
"""
import concurrent.futures, contextlib, json, os, random, select, subprocess, sys, tempfile, threading, time
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(sys.path[0], ".."))
from memcheck import MEMCHECK

WATCHED = None  # where valgrind writes what it finds, a file for each process
if sys.argv[1:2] == ["--valgrind"]:
    del sys.argv[1]
    WATCHED = tempfile.TemporaryDirectory(prefix="tisane-valgrind.")
    # malloc() of fault.c stays, what that calls is valgrind's.
    os.environ["TEST_UNDER"] = " ".join(MEMCHECK + ["--soname-synonyms=somalloc=nouserintercepts",
                                                    f"--log-file={WATCHED.name}/%p"])
    os.environ.setdefault("TEST_SLOWDOWN", "5")

from kit import *

CALLS = {"alloc": ["12"], "pwritev2": ["5", "28", "4", "short"], "preadv2": ["5", "4", "short"],
         "fdatasync": ["5", "4"], "fallocate": ["28", "95", "4"], "readv": ["104", "4", "short"],
         "sendmsg": ["32", "105", "4", "short"], "accept4": ["24", "103", "12", "4", "1"], "epoll_ctl": ["12"],
         "epoll_wait": ["4"], "socket": ["24"], "bind": ["98"], "listen": ["98"], "eventfd": ["24"],
         "setsockopt": ["12"], "fstat": ["5"], "fsync": ["5", "28"], "ftruncate": ["28"],
         "renameat": ["28", "5"], "fsetxattr": ["95", "28"], "fgetxattr": ["95", "5"], "getrandom": ["4", "38"],
         "write": ["28", "4"], "open": ["24", "5"], "openat": ["24", "28"], "unlinkat": ["5"], "mkdir": ["28"],
         "pthread_create": ["11"], "renameat2": ["22", "5"], "timerfd_create": ["24"], "timerfd_settime": ["22"],
         "signalfd": ["24"], "statx": ["5"], "fstatfs": ["5"], "lseek": ["5"], "getsockname": ["105"],
         "recv": ["4", "12"], "recvmsg": ["4", "12"], "io_uring_submit": ["11", "12", "16"], "io_uring_queue_init": ["12"],
         "cqe": ["11", "4", "5", "short"]}
URING = ("io_uring_submit", "io_uring_queue_init", "cqe")  # which the kernel has in runs for them only
PASSING = ("4", "11", "16")  # from then on would be for ever
TRIES, BEFORE = 3, 60  # of a site, as calls are not the same, nor as many, in each run
CHAP = 'auth-group known { chap user "secret-of-12-b" }'
LUNS = "lun disk { file @DIR@/disk.img; size 1M }\nlun other { file @DIR@/other.img; size 1M }"


# ---- scenarios: what is done to a daemon that has started --------------------


def login(t, n=1, **keys):
    s = t.session(isid=b"\x40\0\0\0\0" + bytes([n]))
    assert s.login(ImmediateData="Yes", **keys) is not None
    for lun in (0, 1):
        s.command([0] * 6, lun=lun)
    return s


def writes(t, model, **keys):
    s = login(t, **keys)
    for slot in range(4):
        g, data = model.write(slot)
        if s.command(write10(slot * SLOT_BLOCKS, SLOT_BLOCKS, 8 if slot == 1 else 0), write=data)[0] == 0:
            model.answered(slot, g)
    s.command([0x35])
    s.command(read10(0, SLOT_BLOCKS), read=SLOT)
    return s


def with_r2t(t, model):
    return writes(t, model, InitialR2T="Yes", MaxBurstLength=512)


def with_digests(t, model):
    return writes(t, model, HeaderDigest="CRC32C", DataDigest="CRC32C", ErrorRecoveryLevel=1)


def provision(t, model):
    s = login(t)
    s.command(struct.pack(">B6xHx", 0x42, 24), struct.pack(">HHIQII", 22, 16, 0, 1024, 8, 0))
    s.command(struct.pack(">BBQIH", 0x93, 8, 1100, 8, 0), write=bytes(512))
    s.command(struct.pack(">BBQI2x", 0x9E, 0x12, 0, 64), read=64)
    s.command(struct.pack(">BBQ3xBH", 0x89, 0, 1200, 1, 0), write=bytes(1024))


def reserve(t, model):
    s, o = login(t), login(t, 2)
    for w, action, key, new in ((s, 0, 0, 1), (o, 0, 0, 2), (s, 1, 1, 0), (o, 5, 2, 1), (o, 3, 2, 0)):
        w.command(struct.pack(">BBB2xIx", 0x5F, action, 5, 24), write=struct.pack(">QQ4xB3x", key, new, 1))
    s.command(struct.pack(">BB5xHx", 0x5E, 3, 256), read=256)


def inquire(t, model):
    s = login(t)
    for cdb in ([0x12, 0, 0, 0, 96], [0x12, 1, 0x83, 0, 255], [0xA0, 0, 0, 0, 0, 0, 0, 0, 0, 64],
                [0xA3, 0x0C, 0, 0, 0, 0, 0, 0, 64, 0], [0x1A, 0, 63, 0, 255], [0x4D, 0, 0, 0, 0, 0, 0, 0, 64]):
        s.command(cdb, read=4096)
    s.command([0x15, 0x10, 0, 0, 24], write=bytes([0, 0, 0, 0, 8, 18]) + bytes(18))


def manage(t, model):
    s = login(t)
    itt = s.send_command(write10(1000, 8), bytes(SLOT), immediate=b"")
    s.recv()
    for function, ref in ((1, itt), (2, NO_TAG), (4, NO_TAG), (5, NO_TAG), (6, NO_TAG)):
        s.tmf(function, ref)


def discover(t, model):
    s = t.session()
    s.login(target=None)
    s.send(bhs(TEXT | 0x40, itt=9, rest=struct.pack(">III", NO_TAG, s.cmd_sn, s.exp_stat_sn)), b"SendTargets=All\0")
    s.recv()
    s.logout()


def reload_to_its_end(t, least):
    """Which need not be told, where that fails; and what comes behind it has so many seconds at least."""
    def told():
        text = open(t.log, errors="replace").read()
        return sum(map(text.count, ("configuration applied", "the old configuration stays", "reload failed")))

    before, until = told(), time.monotonic() + SLOW
    t.reload()
    time.sleep(least * SLOW)
    while told() == before and time.monotonic() < until:
        time.sleep(0.01)


def reload_with(change):
    def scenario(t, model):
        s = login(t)
        conf = open(t.conf).read()
        with open(t.conf, "w") as f:
            f.write(change(conf, t))
        reload_to_its_end(t, 0.1)
        for _ in range(3):
            s.command([0] * 6)
        quietly(login, t, 2)
        reload_to_its_end(t, 0.05)
    return scenario


def connections(t, model):
    s = login(t, MaxConnections=2)
    o = t.session(isid=s.isid)
    o.join(s, 2)
    o.command(read10(0, 8), read=SLOT)
    o.close()
    s.ping()


def reinstate(t, model):
    for _ in range(3):
        s = login(t)
        s.send_command(write10(1000, 8), bytes(SLOT), immediate=b"")
    s.recv()


def ask(t, model):
    login(t)
    for what in ("status", "sessions", "luns", "targets", "why"):
        with socket.socket(socket.AF_UNIX) as c:
            c.settimeout(3 * SLOW)
            c.connect(t.dir + "/control.sock")
            c.sendall(f"GET /v1/{what} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
            while c.recv(65536):
                pass


def refused(t, model):
    for name, text in (("iqn.2026-11.test:none", 0x0203), (IQN, 0)):
        s = t.session()
        quietly(s.login, target=name, expect=text)
        s.close()
    s = t.session()
    s.raw(b"GET / HTTP/1.0\r\n\r\n" + bytes(64))
    s.closed(3 * SLOW)


def stop_in_the_middle(t, model):
    s = login(t)
    for i in range(16):
        s.send_command(write10(1000, 8), bytes(SLOT), immediate=b"")


def copy(t, model):
    s = login(t)
    s.command([0x84, 0] + [0] * 8 + [0, 0, 0, 64], write=bytes(64))
    s.command([0x84, 3] + [0] * 8 + [0, 0, 0, 64], read=64)


def export(t, model):
    """A file that is made has its name when it is whole."""
    login(t)
    with socket.socket(socket.AF_UNIX) as c:
        c.settimeout(3 * SLOW)
        c.connect(t.dir + "/control.sock")
        body = json.dumps({"lun": "disk", "file": t.dir + "/copy"})
        c.sendall(f"POST /v1/exports HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                  f"Content-Length: {len(body)}\r\n\r\n{body}".encode())
        while c.recv(65536):
            pass
    until = time.monotonic() + 2 * SLOW
    while "job done" not in open(t.log).read() and "job failed" not in open(t.log).read() and time.monotonic() < until:
        time.sleep(0.01)


SCENARIOS = [
    writes, with_r2t, with_digests, provision, reserve, inquire, manage, discover, connections, reinstate, ask,
    refused, stop_in_the_middle, copy, export,
    reload_with(lambda conf, t: conf),
    reload_with(lambda conf, t: conf.replace("other.img; size 1M", "other.img; size 2M")),
    reload_with(lambda conf, t: conf.replace("lun 1 other", "")),
    reload_with(lambda conf, t: conf.replace("lun disk {", f"lun new {{ file {t.dir}/new.img; size 1M }}\nlun disk {{")
                .replace("lun 1 other", "lun 1 other\nlun 2 new")),
    reload_with(lambda conf, t: conf.replace("auth-group no-authentication", "auth-group known") + CHAP + "\n"),
    reload_with(lambda conf, t: conf + "no such word\n"),
]


# ---- daemons from one start (see the end of fault.c) ---------------------------


class Child:
    """As much of Popen as Daemon uses."""

    def __init__(self, out, pid):
        self.out, self.pid, self.returncode = out, pid, None

    def wait(self, timeout=None):
        if self.returncode is None:
            if not select.select([self.out], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired("tisaned", timeout)
            self.returncode = os.waitstatus_to_exitcode(int(self.out.readline()))
        return self.returncode

    def poll(self):
        try:
            return self.wait(0)
        except subprocess.TimeoutExpired:
            return None

    def send_signal(self, number):
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)


class Nursery(threading.local):
    """One for each thread: a tisaned that has not begun, which bears others."""

    def bear(self, log, conf, env):
        if not hasattr(self, "process"):
            self.process = subprocess.Popen(
                [*UNDER, os.environ.get("TISANED", "build/tisaned"), "-c", "CONFIGURATION"], bufsize=0,
                env=dict(os.environ, FAULT_SERVER="1", LD_PRELOAD=os.path.abspath(os.path.join(BUILD, "fault.so"))),
                stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.process.stdin.write("\t".join([log, conf] + [f"{k}={v}" for k, v in env.items()]).encode() + b"\n")
        return Child(self.process.stdout, int(self.process.stdout.readline()))


nursery = Nursery()


class Faulty(Daemon):
    def spawn(self):
        self.process = nursery.bear(self.log, self.conf, self.env)


# ---- runs --------------------------------------------------------------------


class Seen:
    """What the library has told of a run."""

    def __init__(self, directory):
        """counts: of each call. met: the site was. sites: that of each call, {call: [site]}."""
        self.counts = {}
        with open(directory + "/count", "rb") as f:
            text = f.read()
        self.met = text[1] != 0
        for at in range(8, len(text), 32):
            name = text[at:at + 24].split(b"\0")[0].decode()
            if name:
                self.counts[name] = struct.unpack("q", text[at + 24:at + 32])[0]
        self.sites = {}
        if os.path.exists(directory + "/sites"):
            with open(directory + "/sites") as f:
                for call, site in map(str.split, f):
                    self.sites.setdefault(call, []).append(int(site))


def run(scenario, call=None, error="0", nth=0, rest=False, site=None):
    """scenario None: the start itself.  What was seen."""
    t = Faulty(LUNS, more=f"timeout {{ login {2 * SLOW:.0f}s; shutdown {SLOW:.0f}s }}")
    t.env = {"FAULT_NTH": nth, "FAULT_ERRNO": error, "FAULT_COUNT": t.dir + "/count"}
    if site:
        t.env["FAULT_SITE"] = site
    if not nth:
        t.env["FAULT_SITES"] = t.dir + "/sites"
    if call:
        t.env["FAULT_CALL"] = call
        if call.startswith("io_uring"):
            t.env["FAULT_URING"] = 1
    if rest:
        t.env["FAULT_REST"] = 1
    if scenario is not None:
        t.env["FAULT_ARMED"] = 1
    name = SCENARIOS[scenario].__name__ if scenario is not None else "start"
    which = f"{nth}{' ff. at' if site else ''} {site or ''}{'..' if rest else ''}"
    model, what = Model(0, 8), f"{name} ({scenario}): {call} {which} error {error}"
    try:
        try:
            t.start(20)
        except AssertionError:
            assert scenario is None, f"{what}: does not start"
        if t.process.poll() is None:
            exercise(t, scenario, model)
            t.drop_sessions()
            try:
                t.stop(15)
            except subprocess.TimeoutExpired:
                raise AssertionError(f"{what}: does not end\n" + t.tail())
        told = told_of(t.process)
        assert not told, f"{what}: valgrind says\n{told}\n" + t.tail()
        assert t.process.returncode >= 0, f"{what}: died of signal {-t.process.returncode}\n" + t.tail()
        check_disk(t, model, what)
        check_copy(t, what)
        return Seen(t.dir)
    finally:
        if t.process.poll() is None:
            t.kill()
        t.drop_sessions()
        shutil.rmtree(t.dir)


def told_of(process):
    """What valgrind has said of it."""
    if not WATCHED:
        return ""
    path = f"{WATCHED.name}/{process.pid}"
    with open(path, errors="replace") as f:
        told = f.read()
    os.unlink(path)
    return told


def exercise(t, scenario, model):
    """Everything may fail but what was GOOD."""
    try:
        if scenario is None:
            writes(t, model)
            return
        with open(t.dir + "/count", "r+b") as f:
            f.write(b"\1")
        SCENARIOS[scenario](t, model)
    except (Closed, OSError, AssertionError):
        pass


def check_disk(t, model, what):
    path = t.dir + "/disk.img"
    if not os.path.exists(path) or os.path.getsize(path) != 1 << 20:
        return
    with open(path, "rb") as f:
        for slot in range(8):
            try:
                model.check(slot, f.read(SLOT))
            except AssertionError as e:
                raise AssertionError(f"{what}: {e}\n" + t.tail())


def check_copy(t, what):
    """Nobody has written; what is not finished has a note."""
    path = t.dir + "/copy"
    if os.path.exists(path):
        with open(path, "rb") as f:
            assert f.read() == bytes(1 << 20), f"{what}: half a copy has its name\n" + t.tail()
    for name in os.listdir(t.dir):
        if name.endswith(".unfinished"):
            note = f"{t.dir}/state/unfinished-{name.split('.')[1].removeprefix('tisane-')}"
            assert os.path.exists(note), f"{what}: {name} is left, and nobody knows\n" + t.tail()


def ways(call):
    """(error, from then on) for a call."""
    return [(e, r) for e in CALLS[call] for r in (False, True) if not (r and e in PASSING)]


def each_call(scenario, seen, calls=CALLS):
    return [(scenario, call, e, i, r) for call in calls
            for i in range(1, seen.counts.get(call, 0) + 1) for e, r in ways(call)]


def each_site(where, seen, calls=CALLS):
    """What run() is to be given: each site once, in the first scenario that has it."""
    first = {}
    for scenario, s in zip(where, seen):
        for call in set(s.sites) & set(calls):
            for i, site in enumerate(s.sites[call]):
                first.setdefault((call, site), (scenario, i + 1))
    return [(scenario, call, e, max(1, i - BEFORE), r, site) for (call, site), (scenario, i) in first.items()
            for e, r in ways(call)]


def fails_there(*what):
    """Run it until the site was met."""
    return any(run(*what).met for _ in range(TRIES))


def done_before(path):
    try:
        with open(path) as f:
            return {line.strip() for line in f}
    except FileNotFoundError:
        return set()


class Attempts:
    """Runs that go side by side: most of what one takes is waiting, where memory has run out for good."""

    def __init__(self, pool):
        self.pool, self.found = pool, []

    def make(self, what, sites):
        """How many of them what(*site) is true of."""
        done = 0
        for f in concurrent.futures.as_completed([self.pool.submit(what, *s) for s in sites]):
            try:
                done += f.result()
            except Exception as e:
                self.found.append(str(e))
                print(e, flush=True)
        return done


def calls_of(where, seen, calls=CALLS):
    return [c for w, s in zip(where, seen) for c in each_call(w, s, calls)]


def fail_each_site(attempts, sites):
    """How many of the ways a site can fail it did."""
    met = attempts.make(fails_there, sites)
    assert attempts.found or len(sites) - met <= 2 + len(sites) * 0.02, f"only {met} of {len(sites)} sites were made to fail"
    return f"{len({(s[1], s[5]) for s in sites})} sites in {met} of {len(sites)} ways"


def fail_each_call(attempts, calls, seconds):
    """As many as the time allows."""
    kept, began = os.environ.get("DONE"), time.monotonic()
    before = done_before(kept) if kept else ()

    def attempt(*call):
        if time.monotonic() > began + seconds:
            return False
        run(*call)
        if kept:
            with open(kept, "a") as f:
                f.write(f"{call!r}\n")
        return True

    done = attempts.make(attempt, [c for c in calls if repr(c) not in before])
    return f"{done} of {len(calls)} calls of {len(CALLS)} kinds"


def main():
    most, seed = count(1 << 30), int(os.environ.get("SEED", "1"))
    rng, where = random.Random(seed), [None] + list(range(len(SCENARIOS)))
    uring = [] if WATCHED else [None, 0, 1]
    with concurrent.futures.ThreadPoolExecutor((2 if WATCHED else 8) * os.cpu_count()) as pool:
        attempts = Attempts(pool)
        seen = list(pool.map(run, where))
        with_uring = list(pool.map(lambda w: run(w, "io_uring_none"), uring))
        sites = each_site(where, seen) + each_site(uring, with_uring, URING)
        if WATCHED:
            sites = rng.sample(sites, min(most, len(sites)))
        words = fail_each_site(attempts, sites)
        if not WATCHED:
            calls = calls_of(where, seen) + calls_of(uring, with_uring, URING)
            rng.shuffle(calls)
            words += f", then {fail_each_call(attempts, calls, most)}"
    assert not attempts.found, f"{len(attempts.found)} found something"
    figures("nth failure" + (" under valgrind" if WATCHED else ""),
            f"{words} in {len(SCENARIOS)} scenarios and the start, seed {seed}")


main()
