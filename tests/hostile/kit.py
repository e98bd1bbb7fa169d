# SPDX-License-Identifier: BSD-2-Clause
"""What the programs of tests/hostile and tests/crash share: a daemon that can be
measured, killed and started again, and a disk whose every block says what it is.

A program takes its count as its only argument, prints one line of figures and
ends with status 0; a broken promise is an AssertionError.
"""
import faulthandler, os, select, signal, socket, struct, subprocess, sys, threading, time

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(here, "..", "integration"))
from initiator import *  # noqa: F401,F403
import initiator

BUILD = os.path.dirname(os.environ.get("TISANED", "build/tisaned"))
PAGE = os.sysconf("SC_PAGE_SIZE")
faulthandler.register(signal.SIGTERM, chain=True)  # where it hangs


def count(ci):
    return int(sys.argv[1]) if len(sys.argv) > 1 else ci


def figures(name, words):
    print(f"{name}: {words}, 0 broken", flush=True)


class Daemon(Target):
    """Target that may be started and ended many times, with an environment."""

    def __init__(self, luns="lun disk { ram; size 16M }", env=None, **kw):
        super().__init__(luns, **kw)
        self.env = dict(os.environ, **(env or {}))
        self.process = None

    def __enter__(self):
        self.start()
        return self

    def spawn(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [os.environ.get("TISANED", "build/tisaned"), "-c", self.conf], env=self.env,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        return self.process

    def start(self, within=10):
        """Seconds until it accepts."""
        began = time.monotonic()
        self.spawn()
        while time.monotonic() < began + within * SLOW:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return time.monotonic() - began
            except OSError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.002)
        raise AssertionError("tisaned does not listen:\n" + self.tail())

    def tail(self, lines=25):
        return "\n".join(open(self.log, errors="replace").read().splitlines()[-lines:])

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self, within=20):
        """SIGTERM; (seconds, exit status)."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(within * SLOW)
        return time.monotonic() - began, self.process.returncode

    def reload(self):
        self.process.send_signal(signal.SIGHUP)

    def resident(self):
        with open(f"/proc/{self.process.pid}/statm") as f:
            return int(f.read().split()[1]) * PAGE

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def settles(self, what, most, seconds=10):
        """Wait until what() is at most that."""
        until = time.monotonic() + seconds * SLOW
        while what() > most and time.monotonic() < until:
            time.sleep(0.02)
        assert what() <= most, f"{what()} are left, not {most}"

    def drop_sessions(self):
        for s in self.sessions:
            s.close()
        self.sessions = []


def p99(s, enough=0, n=200):
    """Of reads on a session, in s.  The best of three, or of up to ten until it is enough: a machine
    that is busy with something else is not what is looked for."""
    def once():
        took = []
        for i in range(n):
            began = time.monotonic()
            assert s.command(read10(i * 8, 8), read=4096)[0] == 0
            took.append(time.monotonic() - began)
        return sorted(took)[n * 99 // 100]

    best = min(once() for _ in range(3))
    for _ in range(7):
        if best < enough or enough == 0:
            break
        best = min(best, once())
    return best


def quietly(fn, *args, **kw):
    """fn(), or None when the connection went."""
    try:
        return fn(*args, **kw)
    except (Closed, OSError):
        return None


# ---- pipelined commands ----------------------------------------------------


class Pipe:
    """Commands in flight on a session of initiator.py; nothing waits for one."""

    def __init__(self, session, depth=16):
        self.s, self.depth, self.live = session, depth, {}
        self.out = bytearray()

    def submit(self, cdb, write=b"", read=0, token=None, lun=0, edtl=None):
        s = self.s
        itt = s.next_itt()
        flags = 0x81 | (0x40 if read else 0) | (0x20 if write else 0)
        head = bytes([SCSI, flags, 0, 0, 0]) + len(write).to_bytes(3, "big")
        self.out += head + struct.pack(">QIIII", lun << 48, itt,
                                       (len(write) or read) if edtl is None else edtl,
                                       s.cmd_sn, s.exp_stat_sn) + bytes(cdb).ljust(16, b"\0")
        if s.header_digest:
            self.out += crc32c(bytes(self.out[-48:]))
        self.out += write + b"\0" * (-len(write) % 4)
        if write and s.data_digest:
            self.out += crc32c(write)
        s.cmd_sn = s.cmd_sn + 1 & NO_TAG
        self.live[itt] = [token, bytearray(), write]
        return itt

    def flush(self):
        if self.out:
            out, self.out = bytes(self.out), bytearray()
            self.s.raw(out)

    def room(self):
        return len(self.live) < self.depth

    def reap(self, timeout=10):
        """One answer: (token, status, data, sense)."""
        self.flush()
        while True:
            p = self.s.recv(timeout)
            if p.opcode == NOP_IN:
                continue
            entry = self.live.get(p.itt)
            assert entry is not None, p
            if p.opcode == R2T:
                at, n = struct.unpack(">II", p.bhs[40:48])
                self.s.send_data_out(p.itt, p.ttt, at, entry[2][at:at + n])
                continue
            if p.opcode == DATA_IN:
                at = struct.unpack(">I", p.bhs[40:44])[0]
                assert at == len(entry[1]), "Data-In out of place"
                entry[1] += p.data
                if not p.bhs[1] & 1:
                    continue
            else:
                assert p.opcode == RESPONSE, p
            del self.live[p.itt]
            return entry[0], p.bhs[3], bytes(entry[1]), p.data[2:] if p.opcode == RESPONSE else b""

    def drain(self):
        while self.live:
            yield self.reap()


# ---- a disk whose blocks say what they are -----------------------------------

SLOT_BLOCKS = 8
SLOT = SLOT_BLOCKS * 512


def slot_bytes(lun, slot, generation):
    """What a slot of 4 KiB holds; generation 0 is zeroes."""
    if generation == 0:
        return bytes(SLOT)
    return b"".join(struct.pack(">IIQ", lun, slot * SLOT_BLOCKS + i, generation) * 32
                    for i in range(SLOT_BLOCKS))


class Model:
    """What each slot of a LUN may hold: one acknowledged generation, and those
    that were sent since and not answered."""

    def __init__(self, lun, slots):
        self.lun, self.slots = lun, slots
        self.sure = [0] * slots  # acknowledged last
        self.maybe = {}          # slot: generations that may have been written
        self.next = 1

    def write(self, slot):
        g, self.next = self.next, self.next + 1
        self.maybe.setdefault(slot, []).append(g)
        return g, slot_bytes(self.lun, slot, g)

    def answered(self, slot, g):
        """GOOD for g, with no other write to the slot in flight."""
        self.sure[slot] = g
        self.maybe.pop(slot, None)

    def check(self, slot, data):
        """data is what is there now; takes it as the truth from here on."""
        may = [self.sure[slot]] + self.maybe.pop(slot, [])
        whole = [slot_bytes(self.lun, slot, g) for g in may]
        if data in whole:
            self.sure[slot] = may[whole.index(data)]
            return
        assert len(may) > 1, f"lun {self.lun} slot {slot} is not generation {may[0]}: {data[:16].hex()}"
        for i in range(0, SLOT, 512):
            assert data[i:i + 512] in [w[i:i + 512] for w in whole], \
                f"lun {self.lun} slot {slot}: {data[i:i + 16].hex()} is of none of the generations {may}"
        self.maybe[slot] = may[1:]  # torn between commands: any of them until written again

    def verify(self, session, slots=None, at_once=32):
        """Read back and check; how many slots."""
        p = Pipe(session)
        runs = [range(i, min(i + at_once, self.slots)) for i in range(0, self.slots, at_once)] \
            if slots is None else [[s] for s in slots]

        def take(answer):
            run, status, data, sense = answer
            assert status == 0, f"read: status {status:02x} {sense.hex()}"
            assert len(data) == len(run) * SLOT
            for i, s in enumerate(run):
                self.check(s, data[i * SLOT:i * SLOT + SLOT])

        for run in runs:
            while not p.room():
                take(p.reap())
            p.submit(read10(run[0] * SLOT_BLOCKS, len(run) * SLOT_BLOCKS),
                     read=len(run) * SLOT, token=run, lun=self.lun)
        for answer in p.drain():
            take(answer)
        return sum(len(r) for r in runs)
