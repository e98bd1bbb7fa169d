#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The nth allocation or system call fails, once or from then on: the daemon does
not crash, ends when told to, and what it called GOOD is there.

The count is of runs; they are spread over all the calls that a run without a
fault makes.
"""
import os, random, sys
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from kit import *

CALLS = {"alloc": ["12"], "pwritev2": ["5", "28", "4", "short"], "preadv2": ["5", "4", "short"],
         "fdatasync": ["5", "4"], "fallocate": ["28", "95"], "readv": ["104", "4", "short"],
         "sendmsg": ["32", "105", "11"], "accept4": ["24", "103", "12"], "epoll_ctl": ["12"],
         "socket": ["24"], "bind": ["98"], "listen": ["98"], "eventfd": ["24"], "setsockopt": ["12"],
         "fstat": ["5"], "fsync": ["5", "28"], "ftruncate": ["28"], "renameat": ["28", "5"],
         "fsetxattr": ["95", "28"], "fgetxattr": ["95", "5"], "getrandom": ["4"], "write": ["28", "4"],
         "pthread_create": ["11"]}
given_up = []  # runs that the C library ended
LUN = "lun disk { file @DIR@/disk.img; size 1M }"


def scenario(t, model):
    """What a run does; everything may fail but what was GOOD."""
    s = quietly(t.session)
    if s is None or quietly(s.login, ImmediateData="Yes") is None:
        return
    s.command([0] * 6)
    for slot in range(4):
        g, data = model.write(slot)
        status = s.command(write10(slot * SLOT_BLOCKS, SLOT_BLOCKS, 8 if slot == 1 else 0), write=data)[0]
        if status == 0:
            model.answered(slot, g)
    s.command([0x35])
    s.command(read10(0, SLOT_BLOCKS), read=SLOT)
    s.command(struct.pack(">B6xHx", 0x42, 24), struct.pack(">HHIQII", 22, 16, 0, 1024, 8, 0))
    s.command([0x1A, 0, 8, 0, 64], read=64)
    s.tmf(5)
    t.reload()
    t2 = quietly(t.session, isid=b"\x40\0\0\0\0\2")
    if t2 is not None:
        quietly(t2.login)
    quietly(s.ping)
    quietly(s.logout)


def run(call, error, nth, rest):
    env = {"LD_PRELOAD": os.path.abspath(os.path.join(BUILD, "fault.so")), "FAULT_CALL": call,
           "FAULT_NTH": str(nth), "FAULT_ERRNO": error}
    if rest:
        env["FAULT_REST"] = "1"
    t = Daemon(LUN, env=env, more="timeout { login 2s; shutdown 1s }")
    t.env["FAULT_COUNT"] = t.dir + "/count"
    model, what = Model(0, 8), f"{call} {nth}{'..' if rest else ''} error {error}"
    try:
        try:
            t.start(5)
        except AssertionError:
            pass
        if t.process.poll() is None:
            try:
                scenario(t, model)
            except (Closed, OSError, AssertionError):
                pass
            t.drop_sessions()
            try:
                t.stop(15)
            except subprocess.TimeoutExpired:
                raise AssertionError(f"{what}: does not end\n" + t.tail())
        if call == "alloc" and t.process.returncode == -6 and t.tail(1) == "Unexpected error.":
            given_up.append(what)  # glibc's own words: a library that cannot report it
            return 0
        assert t.process.returncode >= 0, f"{what}: died of signal {-t.process.returncode}\n" + t.tail()
        seen = int(open(t.dir + "/count").read() or 0) if os.path.exists(t.dir + "/count") else 0
        if os.path.exists(t.dir + "/disk.img") and os.path.getsize(t.dir + "/disk.img") == 1 << 20:
            with open(t.dir + "/disk.img", "rb") as f:
                for slot in range(8):
                    try:
                        model.check(slot, f.read(SLOT))
                    except AssertionError as e:
                        raise AssertionError(f"{what}: {e}\n" + t.tail())
        return seen
    finally:
        if t.process.poll() is None:
            t.kill()
        t.drop_sessions()
        shutil.rmtree(t.dir)


def main():
    runs, rng = count(300), random.Random(int(os.environ.get("SEED", "1")))
    sites = []
    for call, errors in CALLS.items():
        n = run(call, errors[0], 0, False)
        sites += [(call, e, i, r) for e in errors for i in range(1, n + 1)
                  for r in (False, True) if not (r and e in ("4", "11"))]  # those pass by
    picked = [s for s in sites if s[2] <= 2 and s[0] != "alloc"]
    others = [s for s in sites if s not in set(picked)]
    rng.shuffle(picked)
    picked = picked[:runs // 2]
    picked += rng.sample(others, min(len(others), max(0, runs - len(picked))))
    for site in picked:
        run(*site)
    figures("nth failure", f"{len(picked)} runs over {len(sites)} sites of {len(CALLS)} calls, "
            f"{len(given_up)} ended by the C library")


main()
