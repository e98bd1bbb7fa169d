#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Clients that keep to the letter of the RFC and mean no good: sessions of one ISID
racing for it, aborts against writes in flight, logout over outstanding commands,
CmdSN in any order around its wrap, data in crumbs, negotiations without an end,
reservations fought over. Scenes run side by side on LUNs of their own; after each,
every block is old or new and stays so, and at the end nothing is left of any.
"""
import os, random, sys, threading
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from kit import *

SLOTS, NAMES, RACED = 32, "iqn.2026-11.test:storm", 0xffff
GONE = (Closed, OSError)


class Scene:
    """One actor's LUN, names and model."""

    def __init__(self, t, lun, rng):
        self.t, self.lun, self.rng = t, lun, rng
        self.model, self.done, self.isid = Model(lun, SLOTS), 0, 0

    def login(self, isid=None, **keys):
        if isid is None:
            self.isid += 1
            isid = self.isid
        s = Session(self.t.port, name=f"{NAMES}{self.lun}", isid=b"\x40" + isid.to_bytes(5, "big"))
        s.sock.settimeout(10 * SLOW)
        s.cmd_sn = keys.pop("cmd_sn", 1)
        try:
            if s.login(**keys) is None:
                raise Closed()
        except BaseException:
            s.close()
            raise
        return s

    def awake(self, s):
        """Take the unit attentions of our LUN away."""
        while s.command([0] * 6, lun=self.lun)[0] != 0:
            pass
        return s

    def write(self, s, slot, immediate=None):
        g, data = self.model.write(slot)
        itt = s.send_command(write10(slot * SLOT_BLOCKS, SLOT_BLOCKS), data, lun=self.lun,
                             immediate=immediate)
        return itt, g, data

    def settle(self, isid):
        """In place of that session: what is on the medium is of the model, and
        does not change any more."""
        s = self.awake(self.login(isid=isid))
        self.model.verify(s)
        before = self.image(s)
        assert before == self.image(s), f"lun {self.lun}: written to after all was over"
        quietly(s.logout)
        s.close()

    def image(self, s):
        return [s.command(read10(i * SLOT_BLOCKS, SLOT_BLOCKS), read=SLOT, lun=self.lun)[1]
                for i in range(SLOTS)]


def drain(s, live, written, until=None, seconds=10):
    """Answers as they come, R2Ts answered; live: itt -> (slot, generation, data)."""
    while live or until is not None:
        p = s.recv(seconds * SLOW)
        if p.opcode == R2T:
            at, n = struct.unpack(">II", p.bhs[40:48])
            entry = live.get(p.itt)
            if entry:  # on a closed connection there may still be an answer to read
                quietly(s.send_data_out, p.itt, p.ttt, at, entry[2][at:at + n])
        elif p.opcode == RESPONSE:
            entry = live.pop(p.itt, None)
            if entry and p.bhs[3] == 0:
                written(entry)
        elif until is not None and p.itt == until:
            return p


def race_for_a_session(k):
    """Eight logins for one ISID, each writing as long as it lives."""
    def one(i):
        try:
            s = k.login(isid=RACED)
        except GONE:
            return
        try:
            for _ in range(8):
                data = slot_bytes(k.lun, i, 1)
                s.finish(s.send_command(write10(i * SLOT_BLOCKS, SLOT_BLOCKS), data, lun=k.lun), data)
        except (Closed, OSError, AssertionError):
            pass
        finally:
            s.close()

    for i in range(8):  # what any of them may have written
        k.model.maybe.setdefault(i, []).append(1)
    threads = [threading.Thread(target=one, args=(i,)) for i in range(8)]
    for th in threads:
        th.start()
    for th in threads:
        th.join()


def abort_writes(k):
    """A write, and its abort at once or in the middle of its data."""
    s = k.awake(k.login(ImmediateData="Yes", InitialR2T=k.rng.choice(["Yes", "No"])))
    for _ in range(12):
        live = {}
        for slot in k.rng.sample(range(SLOTS), 6):
            itt, g, data = k.write(s, slot, b"" if k.rng.random() < 0.7 else None)
            live[itt] = (slot, g, data)
        for itt in k.rng.sample(list(live), 4):
            tmf = s.next_itt()
            s.send(bhs(TMF | 0x40, 0x81, lun=k.lun << 48, itt=tmf,
                       rest=struct.pack(">IIII", itt, s.cmd_sn, s.exp_stat_sn, s.cmd_sn)))
            p = drain(s, live, lambda e: k.model.answered(e[0], e[1]), until=tmf)
            assert p.opcode == TMF_RSP and p.bhs[2] in (0, 1), p
            assert p.bhs[2] == 0 or itt not in live, f"an abort of task {itt} found none, and none was answered"
            live.pop(itt, None)
        drain(s, live, lambda e: k.model.answered(e[0], e[1]))
    s.logout()
    s.close()


def reset_under_load(k):
    """A reset of the LUN from one side while another writes."""
    a, mine, b = k.awake(k.login()), k.isid, k.awake(k.login())
    for _ in range(4):
        live = {}
        for slot in range(0, SLOTS, 4):
            itt, g, data = k.write(a, slot, b"" if slot % 8 else None)
            live[itt] = (slot, g, data)
        assert b.tmf(k.rng.choice([2, 4, 5]), lun=k.lun, timeout=10 * SLOW) in (0, 255)
        ping = a.next_itt()
        a.send(bhs(NOP_OUT | 0x40, itt=ping, rest=struct.pack(">III", NO_TAG, a.cmd_sn, a.exp_stat_sn)))
        drain(a, live, lambda e: k.model.answered(e[0], e[1]), until=ping)
        time.sleep(0.01)
        for itt in list(live):  # late data for what was aborted
            quietly(a.send_data_out, itt, 7, 0, live[itt][2])
        a.close()
        k.awake(b)
        a = k.awake(k.login(isid=mine))  # in the place of a: nothing that it has sent is done any more
    a.close()
    b.close()


def leave_in_the_middle(k):
    """Logout, or just the end, with commands and data under way."""
    s = k.awake(k.login())
    live = {}
    for slot in k.rng.sample(range(SLOTS), 16):
        itt, g, data = k.write(s, slot, b"" if slot % 2 else None)
        live[itt] = (slot, g, data)
    s.send_command(read10(0, SLOT_BLOCKS), read=SLOT, lun=k.lun)
    if k.rng.random() < 0.3:
        s.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        s.close()
        return
    itt = s.next_itt()
    s.send(bhs(LOGOUT | 0x40, 0x80 | k.rng.choice([0, 1]), itt=itt,
               rest=struct.pack(">HHII", 1, 0, s.cmd_sn, s.exp_stat_sn)))
    try:
        p = drain(s, live, lambda e: k.model.answered(e[0], e[1]), until=itt)
        assert p.opcode == LOGOUT_RSP and p.bhs[2] == 0, p
        assert s.closed(10 * SLOW), "more was said after the logout response"
    except GONE as e:
        raise AssertionError(f"closed without a logout response: {e!r}")
    s.close()


def any_order(k):
    """A window of commands in any order, around the wrap of CmdSN, some twice."""
    s = k.login(cmd_sn=0xFFFFFFF0 - k.rng.randrange(64))
    k.awake(s)
    for _ in range(4):
        first, n = s.cmd_sn, 48
        sns = [first + i & NO_TAG for i in range(n)]
        order = sns + k.rng.sample(sns, 8)
        k.rng.shuffle(order)
        sent, itts = set(), {}
        for sn in order:
            itt = s.next_itt()
            if sn not in sent:
                itts[itt] = sn
                sent.add(sn)
            s.send_command([0] * 6, itt=itt, cmd_sn=sn, lun=k.lun)
        s.cmd_sn = first + n & NO_TAG
        got = []
        while len(got) < n:
            p = s.recv(10 * SLOW)
            assert p.opcode == RESPONSE and p.bhs[3] == 0, p
            got.append(itts.pop(p.itt, None))
        assert got == sns, "not every command once, in the order of CmdSN"
    s.ping()
    s.close()


def crumbs(k):
    """Data-Out in crumbs, out of turn, after its time, for the wrong tag."""
    s = k.awake(k.login(InitialR2T="Yes", ImmediateData="No"))
    for slot in k.rng.sample(range(SLOTS), 4):
        itt, g, data = k.write(s, slot, b"")
        p = s.recv(10 * SLOW)
        assert p.opcode == R2T, p
        at, n = struct.unpack(">II", p.bhs[40:48])
        step, sn, end = k.rng.choice([64, 100, 512, 4096]), 0, at + n
        while at < end:
            m = min(step, end - at)
            s.send_data_out(itt, p.ttt, at, data[at:at + m], sn, at + m == end)
            at, sn = at + m, sn + 1
        p = s.recv(10 * SLOW)
        assert p.opcode == RESPONSE and p.bhs[3] == 0, p
        k.model.answered(slot, g)
        s.send_data_out(itt, 9, 0, data)  # for a task that has ended
        s.ping(10 * SLOW)
    itt, g, data = k.write(s, 0, b"")
    p = s.recv(10 * SLOW)
    s.send_data_out(itt, p.ttt, 512, data[512:1024])  # not what is due
    try:
        p = s.recv(10 * SLOW)
        assert p.opcode == REJECT or p.bhs[3] != 0, p
    except GONE:
        pass
    s.close()


def talk_without_end(k):
    """Text and login negotiations that do not end, AHS of any length."""
    s, more = k.login(), k.rng.choice([0x40, 0x00])
    try:
        ttt = NO_TAG
        for i in range(400):
            s.send(bhs(TEXT | 0x40, more, itt=s.itt, rest=struct.pack(">III", ttt, s.cmd_sn, s.exp_stat_sn)),
                   b"X-%d=%s\0" % (i, b"y" * 200))
            p = s.recv(10 * SLOW)
            if p.opcode == REJECT:
                break
            ttt = p.ttt
        else:  # without the C bit each round is over and forgotten
            assert not more, "80 KB of one text are taken"
    except GONE:
        pass
    s.close()
    for words in k.rng.sample(range(1, 256), 6):
        s = k.login()
        head = bhs(SCSI, 0xC1, ahs=words, lun=k.lun << 48, itt=9, rest=struct.pack(">III", 512, s.cmd_sn, 0))
        try:
            s.raw(head + k.rng.randbytes(words * 4))
            s.recv(10 * SLOW)
        except GONE:
            pass
        s.close()
    s = Session(k.t.port, name=f"{NAMES}{k.lun}")
    try:
        for i in range(100):
            s.send(*s.login_pdu(b"", 0x40 if i % 2 else 0))
            s.recv(10 * SLOW)
        raise AssertionError("a login of 100 rounds")
    except GONE:
        s.close()


def fight_for_it(k):
    """Reservations from six nexuses, which come and go meanwhile."""
    def pr_out(s, action, key, new=0, kind=5, **kw):
        data = struct.pack(">QQ8x", key, new)
        return s.finish(s.send_command(struct.pack(">BBB2xIx", 0x5F, action, kind, 24), data, lun=k.lun), data, **kw)[0]

    broken = []

    def one(i):
        rng = random.Random(i)
        for _ in range(3):
            try:
                s = k.login(isid=20 + i)
                for _ in range(12):
                    status = pr_out(s, *rng.choice([(6, 0, i + 1), (1, i + 1), (2, i + 1), (5, i + 1, rng.randrange(6) + 1)]),
                                    timeout=2 * SLOW)
                    assert status in (0, 2, 0x18, 8, 0x28, 0x40), f"PERSISTENT RESERVE OUT: status {status:02x}"
                if rng.random() < 0.5:
                    s.logout()
                s.close()
            except TimeoutError:  # aborted by another's PREEMPT AND ABORT: with TAS 0 it has no answer
                s.close()
            except GONE:
                pass
            except AssertionError as e:
                broken.append(e)

    threads = [threading.Thread(target=one, args=(i,)) for i in range(6)]
    for th in threads:
        th.start()
    for th in threads:
        th.join()
    assert not broken, broken[0]
    s = k.awake(k.login())
    assert pr_out(s, 6, 0, 99) == 0 and pr_out(s, 3, 99) == 0, "reservations cannot be cleared"
    s.close()


def two_at_a_time(k):
    """A session of two connections, of which one is taken away, and back."""
    a = k.awake(k.login(MaxConnections=2))
    if a.params.get("MaxConnections") != "2":
        a.close()
        return
    b = Session(k.t.port, name=a.name, isid=a.isid)
    b.join(a, 2)
    for i in range(6):
        live = {}
        for slot in k.rng.sample(range(SLOTS), 6):
            w = k.rng.choice([a, b])
            w.cmd_sn = a.cmd_sn = b.cmd_sn = max(a.cmd_sn, b.cmd_sn)
            itt, g, data = k.write(w, slot)
            live[(w, itt)] = (slot, g)
            a.cmd_sn = b.cmd_sn = w.cmd_sn
        for w in (a, b):
            mine = {itt: (*v, b"") for (x, itt), v in live.items() if x is w}
            drain(w, mine, lambda e: k.model.answered(e[0], e[1]))
        b2 = Session(k.t.port, name=a.name, isid=a.isid)
        b2.join(a, 2)  # in the place of b, which need not know
        assert b.closed(10 * SLOW) or True
        b.close()
        b = b2
        b.cmd_sn = a.cmd_sn
    a.close()
    b.close()


SCENES = [race_for_a_session, abort_writes, reset_under_load, leave_in_the_middle, any_order, crumbs,
          talk_without_end, fight_for_it, two_at_a_time]


def act(k, rounds, failed):
    for i in range(rounds):
        scene = k.rng.choice(SCENES)
        try:
            scene(k)
            if scene in (race_for_a_session, abort_writes, reset_under_load, leave_in_the_middle):
                k.settle(RACED if scene is race_for_a_session else k.isid)
            k.done += 1
        except BaseException as e:  # noqa: B902: shown by the main thread
            failed.append(f"{scene.__name__}: {type(e).__name__} {e}")
            return
        if failed:
            return


def main():
    rounds, seed, luns, failed = count(120), int(os.environ.get("SEED", "1")), 4, []
    disks = "\n".join(f"lun d{i} {{ file @DIR@/d{i}.img; size 1M }}" for i in range(luns))
    with Daemon(disks, more="log level notice\nlimits { sessions-per-initiator 64 }") as t:
        base = t.descriptors()
        scenes = [Scene(t, i, random.Random(seed * 1000 + i)) for i in range(luns)]
        actors = [threading.Thread(target=act, args=(k, rounds // luns, failed)) for k in scenes]
        for a in actors:
            a.start()
        for a in actors:
            a.join()
        assert not failed, "\n".join(failed) + "\n" + t.tail()
        t.settles(t.descriptors, base)
    figures("storm", f"{sum(k.done for k in scenes)} scenes of {len(SCENES)} kinds")


main()
