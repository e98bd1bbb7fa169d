#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Connection cuts under verified I/O: by RST, by FIN, by a stall, by a second login
of the same initiator port. No block is ever wrong, and of the connections that
went nothing is left."""
import os, random, sys
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from kit import *
from wire import BadWire

SLOTS = 256


def burst(rng, p, model, busy, seen):
    """Keep commands in flight until the connection goes, or for a while."""
    end = time.monotonic() + 0.5
    while time.monotonic() < end:
        while p.room():
            slot = rng.randrange(SLOTS)
            if slot in busy:
                continue
            busy.add(slot)
            if rng.random() < 0.4:
                p.submit(read10(slot * SLOT_BLOCKS, SLOT_BLOCKS), read=SLOT, token=(slot, None))
            else:
                g, data = model.write(slot)
                p.submit(write10(slot * SLOT_BLOCKS, SLOT_BLOCKS), write=data, token=(slot, g))
        (slot, g), status, data, sense = p.reap(5)
        assert status == 0, f"status {status:02x} {sense.hex()}"
        busy.discard(slot)
        if g is None:
            model.check(slot, data)
        else:
            model.answered(slot, g)
        seen["commands"] += 1


def login(t, port, digests):
    s = Session(port, name="iqn.2026-11.test:wire")
    s.login(HeaderDigest="CRC32C" if digests else "None", DataDigest="CRC32C" if digests else "None")
    s.ready()
    return s


def main():
    cuts = count(300)
    rng, seen, hows = random.Random(int(os.environ.get("SEED", "1"))), {"commands": 0}, {}
    model = Model(0, SLOTS)
    with Daemon("lun disk { file @DIR@/disk.img; size 1M }",
                more="timeout { output-stall 2s; ping-idle 1s; ping-reply 1s }\nlog level error") as t:
        wire = BadWire(t.port)
        s = login(t, wire.port, False)
        model.verify(s)
        s.close()
        t.settles(t.descriptors, t.descriptors())
        base = before = None
        for i in range(cuts):
            if i == cuts // 4:
                base, before = t.descriptors(), t.resident()
            wire.delay = rng.choice([0, 0, 0, 0.002])
            wire.chop = rng.choice([0, 0, 1400, 100])
            how = rng.choice(["rst", "fin", "login"] + ["stall"] * (i % 20 == 0))
            hows[how] = hows.get(how, 0) + 1
            s = login(t, wire.port, i % 4 == 0)
            timer = None
            if how in ("rst", "fin"):
                timer = threading.Timer(rng.uniform(0.01, 0.08), wire.cut, (how, rng.randrange(20000)))
            elif how == "stall":
                timer = threading.Timer(0.05, wire.stall, (True,))
            other = []
            if how == "login":
                timer = threading.Timer(rng.uniform(0.01, 0.08),
                                        lambda: other.append(login(t, t.port, False)))
            timer.start()
            try:
                burst(rng, Pipe(s, 8), model, set(), seen)
            except (Closed, OSError):
                pass
            timer.join()
            s.close()
            wire.stall(False)
            wire.cut("rst")
            wire.delay = wire.chop = 0
            # Reinstatement: when this login is answered, nothing of the old one is written any more.
            s = other[0] if other else login(t, t.port, False)
            model.verify(s)
            model.verify(s)  # and is the same a second time
            s.close()
        wire.close()
        t.settles(t.descriptors, base)
        grown = t.resident() - before
        assert grown < 1 << 20, f"{grown >> 10} KiB grown"
    figures("bad wire", f"{cuts} cuts {hows}, {seen['commands']} commands between them, no miscompare, "
            f"{grown >> 10} KiB grown")


main()
