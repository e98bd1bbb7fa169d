#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A store that does not answer, on threads or on the ring of io_uring: other LUNs are served as before, ABORT TASK and
LUN RESET are answered within 2 s, and SIGTERM ends the daemon within 5 s."""
import os, sys, tempfile, time
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from kit import *

LUNS = "lun good { file @DIR@/good.img; size 4M%s }\nlun bad { file @DIR@/hang.img; size 4M%s }"


def main():
    rounds, slowest_tmf, slowest_end, worst, late, statuses = count(20), 0, 0, 0, 0, {}
    hold = tempfile.mktemp(prefix="tisane-hold.")
    env = {"LD_PRELOAD": os.path.abspath(os.path.join(BUILD, "fault.so")),
           "FAULT_HANG": "hang.img", "FAULT_HOLD": hold}
    rings = 0
    for i in range(rounds):
        ring = i % 4 >= 2
        luns = LUNS % (("; cache direct",) * 2 if ring else ("", ""))
        with Daemon(luns, env={**env, "FAULT_URING": "1"} if ring else env, more="timeout { task-abort 1s }") as t:
            try:
                good, bad = t.login(), t.login(isid=b"\x40\0\0\0\0\2")
                for s in (good, bad):
                    s.command([0] * 6, lun=1)
                rings += ring and "io_uring is not available" not in open(t.log).read()
                alone = p99(good)
                open(hold, "w").close()
                itts = [bad.send_command(*(write10(j, 1), bytes(512)) if j % 2 else (read10(j, 1), b"", 512),
                                         lun=1) for j in range(16)]
                bad.send_command([0x35], lun=1)
                time.sleep(0.05)
                alone = max(alone, 0.01)
                beside = p99(good, 2 * alone * SLOW)
                slower = beside / alone
                worst = max(worst, slower)
                late += slower > 2 * SLOW
                assert slower < 20 * SLOW, f"p99 {beside:.4f} s, alone {alone:.4f} s"
                for function, args in ((1, {"ref_itt": itts[3]}), (5, {})):
                    began = time.monotonic()
                    answer = bad.tmf(function, lun=1, timeout=30 * SLOW, **args)
                    took = time.monotonic() - began
                    statuses[answer] = statuses.get(answer, 0) + 1
                    slowest_tmf = max(slowest_tmf, took)
                    late += took > 2 * SLOW
                    assert took < 20 * SLOW, f"function {function} was answered after {took:.1f} s"
                if i % 2:  # and a client that has gone
                    bad.close()
                took, status = t.stop()
                slowest_end = max(slowest_end, took)
                late += took > 5 * SLOW
                assert took < 20 * SLOW, f"SIGTERM: {took:.1f} s\n" + t.tail()
                assert status in (0, 1), f"exit status {status}\n" + t.tail()
            finally:
                if os.path.exists(hold):
                    os.unlink(hold)
            t.drop_sessions()
            t.start()  # and the disks are as good as before
            s = t.login()
            s.command([0] * 6, lun=1)
            assert s.command(read10(0, 8), read=4096, lun=1)[0] == 0
    # A machine that is busy for a moment is not ours.
    assert late <= rounds / 10, f"{late} answers, ends or others' p99 in {rounds} rounds were late"
    figures("stuck store", f"{rounds} rounds, {rings} of them on a ring, others' p99 at most {worst:.1f} x, task management within "
            f"{slowest_tmf:.2f} s (answers {statuses}), SIGTERM within {slowest_end:.2f} s")


main()
