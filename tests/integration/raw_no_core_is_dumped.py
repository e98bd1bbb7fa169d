#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Whatever it dies of, the daemon leaves no core, as there may be secrets in it; a process
beside it, under the same limits, leaves one."""
import resource
from initiator import *


def dumps(process):
    os.kill(process.pid, signal.SIGSEGV)
    _, status = os.waitpid(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == -signal.SIGSEGV
    return os.WCOREDUMP(status)


if os.environ.get("TEST_SLOWDOWN"):
    print("skip: a sanitizer's leak checker has to look into it")
    sys.exit(77)
resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY,) * 2)
t = Target("lun disk { ram; size 1M }")
os.chdir(t.dir)
try:
    with t:
        t.login()
        other = subprocess.Popen(["sleep", "60"])
        time.sleep(0.1)
        if not dumps(other):
            print("skip: nothing dumps core here")
            sys.exit(77)
        assert not dumps(t.process), "the daemon has left a core"
        assert os.listdir(t.dir).count("core") <= 1, os.listdir(t.dir)
        t.start()
finally:
    os.chdir("/")
