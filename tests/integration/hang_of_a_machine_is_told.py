#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A machine of tests/hostile that hangs fails by name, says where it was, and is ended with what it has started, and
nothing else is; the others go on."""
import os, subprocess, sys, tempfile, time

here = os.path.dirname(os.path.abspath(__file__))
run = os.path.join(here, "../hostile/run")
HANGS = f"""#!/usr/bin/env python3
# {'limit'}: 5
import sys
sys.path.insert(0, sys.argv[0].rsplit("/", 1)[0] + "/hostile")
from kit import *
child = subprocess.Popen(["sh", "-c", "trap : TERM; while :; do sleep 0.1; done"])
print("child", child.pid, flush=True)
def where_it_hangs():
    time.sleep(1000)
where_it_hangs()
"""


def alive(pid):
    try:
        return open(f"/proc/{pid}/stat").read().split()[2] not in "ZX"
    except OSError:
        return False


with tempfile.TemporaryDirectory(prefix="tisane-test.") as d:
    os.symlink(os.path.join(here, "../hostile"), d + "/hostile")
    for name, text in ("hangs", HANGS), ("ends", "#!/bin/sh\necho ends: 1, 0 broken\n"):
        with open(f"{d}/{name}", "w") as f:
            f.write(text)
        os.chmod(f"{d}/{name}", 0o755)
    other = subprocess.Popen(["sleep", "1000"])  # of this group, not of theirs
    try:
        p = subprocess.run([run, f"{d}/hangs=1", f"{d}/ends=1"], capture_output=True, text=True, timeout=50,
                           env={k: v for k, v in os.environ.items() if k != "TEST_SLOWDOWN"})
        assert p.returncode == 1, p
        for words in (f"{d}/hangs: not done after", "in where_it_hangs", "ends: 1, 0 broken",
                      "verdict: 2 programs, 1 found something: hangs"):
            assert words in p.stdout, (words, p.stdout)
        child = int(p.stdout.split("child ")[1].split()[0])
        until = time.monotonic() + 10
        while alive(child) and time.monotonic() < until:
            time.sleep(0.05)
        assert not alive(child), "what it has started is left"
        assert other.poll() is None, "others are ended"
    finally:
        other.kill()
