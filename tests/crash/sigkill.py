#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""SIGKILL of the daemon under writes: nothing acknowledged is lost, and it serves
again within 2 s.

Each cycle writes to three LUNs (write-back, write-through, fully allocated)
with FUA, SYNCHRONIZE CACHE, WRITE SAME and UNMAP among the
writes, kills at a random moment, starts again, and reads everything back. Each
fourth cycle kills it once more while it starts.
"""
import os, random, sys, time
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "hostile"))
from kit import *

SLOTS = 256
LUNS = """lun back { file @DIR@/back.img; size 1M }
lun through { file @DIR@/through.img; size 1M; cache writethrough }
lun full { file @DIR@/full.img; size 1M; allocation full }"""
lost = acknowledged = 0


def cdb_write(rng, slot):
    return write10(slot * SLOT_BLOCKS, SLOT_BLOCKS, 8 if rng.random() < 0.2 else 0)


def one(rng, p, model, busy):
    """Submit one command that changes a slot nobody else touches, or a flush."""
    kind = rng.random()
    if kind < 0.1:
        p.submit([0x35], token=("sync", 0, 0, model), lun=model.lun)
        return
    slot = rng.randrange(SLOTS)
    if (model.lun, slot) in busy:
        return
    busy.add((model.lun, slot))
    lba = slot * SLOT_BLOCKS
    g, data = model.write(slot)
    if kind < 0.2 and model.lun != 2:  # zeroes by UNMAP or WRITE SAME
        model.maybe[slot][-1] = g = 0
        if kind < 0.15:
            body = struct.pack(">HHIQII", 22, 16, 0, lba, SLOT_BLOCKS, 0)
            p.submit(struct.pack(">B6xHx", 0x42, len(body)), write=body,
                     token=("unmap", slot, g, model), lun=model.lun)
        else:
            p.submit(struct.pack(">BBIBHB", 0x41, 0, lba, 0, SLOT_BLOCKS, 0), write=bytes(512),
                     token=("same", slot, g, model), lun=model.lun)
        return
    p.submit(cdb_write(rng, slot), write=data, token=("write", slot, g, model), lun=model.lun)


def take(answer, busy):
    global acknowledged
    (kind, slot, g, model), status, _, sense = answer
    assert status == 0, f"{kind}: status {status:02x} {sense.hex()}"
    if kind == "sync":
        return
    busy.discard((model.lun, slot))
    model.answered(slot, g)
    acknowledged += 1


def write_until_killed(rng, t, s, models):
    p, busy = Pipe(s), set()
    end = time.monotonic() + rng.uniform(0.01, 0.12)
    while time.monotonic() < end:
        while p.room():
            one(rng, p, rng.choice(models), busy)
        take(p.reap(), busy)
    for _ in range(rng.randrange(8)):
        one(rng, p, rng.choice(models), busy)
    p.flush()
    t.kill()
    try:  # what it had said before it died
        while p.live:
            take(p.reap(1), busy)
    except (Closed, OSError):
        pass


def serial(s, lun):
    return s.command([0x12, 1, 0x80, 0, 255], read=255, lun=lun)[1]


def main():
    cycles, slowest, late, killed_starting = count(200), 0, 0, 0
    rng = random.Random(int(os.environ.get("SEED", "1")))
    models = [Model(i, SLOTS) for i in range(3)]
    names = None
    with Daemon(LUNS) as t:
        for cycle in range(cycles):
            s = t.session(isid=bytes([0x40, 0, 0, 0, cycle >> 8 & 255, cycle & 255]))
            s.login()
            for m in models:
                for _ in range(4):
                    if s.command([0] * 6, lun=m.lun)[0] == 0:
                        break
            now = [serial(s, m.lun) for m in models]
            names = names or now
            assert now == names, "a LUN has lost its identity"
            write_until_killed(rng, t, s, models)
            t.drop_sessions()
            if cycle % 4 == 0:
                t.spawn()
                time.sleep(rng.uniform(0, 0.05))
                t.kill()
                killed_starting += 1
            began = time.monotonic()
            t.start()
            s = t.login()
            took = time.monotonic() - began
            slowest = max(slowest, took)
            late += took > 2 * SLOW
            assert took < 20 * SLOW, f"serving again after {took:.1f} s"
            for m in models:
                while s.command([0] * 6, lun=m.lun)[0] != 0:
                    pass
                m.verify(s)
            t.drop_sessions()
    # A disk that is slow for a moment is not ours.
    assert late <= cycles / 50, f"serving again after more than 2 s in {late} of {cycles} cycles"
    figures("crash sigkill", f"{cycles} cycles and {killed_starting} kills while starting, {acknowledged} "
            f"acknowledged changes, 0 lost, serving within {slowest:.2f} s")


main()
