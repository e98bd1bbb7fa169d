#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Reloads under load, a quarter of them of bad files: no command to a LUN that
stays gets an error, and each good one takes effect."""
import os, random, sys
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from kit import *

BAD = ["lun {", "lun disk { ram; size 1M }", "target x {", "workers 0", "nonsense 7",
       "lun other { file /nowhere/at/all; size 1M }"]


def load(t, stop, seen):
    s = t.login(name="iqn.2026-11.test:load")
    p, m = Pipe(s), Model(0, 64)
    try:
        while not stop.is_set():
            for slot in random.sample(range(64), 12):
                g, data = m.write(slot)
                p.submit(write10(slot * SLOT_BLOCKS, SLOT_BLOCKS), write=data, token=(slot, g))
            for (slot, g), status, _, sense in p.drain():
                if status == 2 and sense_of(sense) == (6, 0x3F, 0x0E):
                    seen["attentions"] += 1  # REPORTED LUNS DATA HAS CHANGED, once for each change
                    continue
                assert status == 0, f"status {status:02x} {sense.hex()}"
                m.answered(slot, g)
                seen["commands"] += 1
            m.maybe = {}
        seen["ok"] = True
    except Exception as e:  # for the main thread
        seen["error"] = e


def await_lines(t, words, n):
    until = time.monotonic() + 10 * SLOW
    while open(t.log, errors="replace").read().count(words) < n:
        assert time.monotonic() < until, f"the log does not say {words!r} {n} times:\n" + t.tail()
        time.sleep(0.005)


def main():
    n = count(200)
    rng = random.Random(1)
    good = bad = 0
    with Daemon("lun disk { file @DIR@/disk.img; size 1M }") as t:
        base = open(t.conf).read()
        stop, seen = threading.Event(), {"commands": 0, "attentions": 0}
        thread = threading.Thread(target=load, args=(t, stop, seen), daemon=True)
        thread.start()
        while not seen["commands"] and "error" not in seen:
            time.sleep(0.01)
        before = t.descriptors()
        for i in range(n):
            if i % 4 == 3:
                text, bad = base + rng.choice(BAD) + "\n", bad + 1
            else:
                text, good = base, good + 1
                if good % 2:
                    text = text.replace("lun 0 disk", f"lun 0 disk\nlun {1 + rng.randrange(100)} more")
                    text += f"lun more {{ ram; size {1 + rng.randrange(4)}M }}\n"
            with open(t.conf, "w") as f:
                f.write(text)
            t.reload()
            if i % 4 == 3:
                await_lines(t, "the old configuration stays", bad)
            else:
                await_lines(t, "configuration applied", good)
            assert "error" not in seen, seen.get("error")
        stop.set()
        thread.join()
        assert "ok" in seen, seen.get("error")
        with open(t.conf, "w") as f:
            f.write(base)
        t.settles(t.descriptors, before)
    figures("reload", f"{n} reloads, {bad} of bad files, {seen['commands']} commands meanwhile, "
            f"{seen['attentions']} times told of changed LUNs")


main()
