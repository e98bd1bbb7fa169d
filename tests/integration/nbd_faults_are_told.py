#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What an NBD server refuses is told by the command it refused, a server that hangs stalls its LUN only, and one that
is killed and started again under load loses nothing that was acknowledged and flushed."""
# limit: 90
import threading
from initiator import *


class Server:
    """nbdkit on a file; faults: while DIR/NAME exists reads or writes fail."""

    def __init__(self, directory):
        self.dir, self.sock, self.process = directory, f"{directory}/sock", None
        with open(f"{directory}/disk", "wb") as f:
            f.truncate(16 << 20)

    def start(self):
        if os.path.exists(self.sock):
            os.unlink(self.sock)
        self.process = subprocess.Popen(
            ["nbdkit", "-f", "-U", self.sock, "--filter=error", "file", f"{self.dir}/disk",
             "error-pread=EIO", "error-pread-rate=100%", f"error-pread-file={self.dir}/eio",
             "error-pwrite=ENOSPC", "error-pwrite-rate=100%", f"error-pwrite-file={self.dir}/enospc"],
            stderr=subprocess.DEVNULL)
        until = time.monotonic() + 10 * SLOW
        while not os.path.exists(self.sock):
            assert time.monotonic() < until and self.process.poll() is None, "nbdkit does not start"
            time.sleep(0.01)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def fault(self, name, on):
        path = f"{self.dir}/{name}"
        open(path, "w").close() if on else os.unlink(path)


def refused(answer):
    assert answer[0] == 2, answer
    return sense_of(answer[2])


def faults_are_the_commands_own(server, s, t):
    server.fault("enospc", True)
    assert refused(s.command(write10(0, 8), write=b"n" * 4096)) == (7, 0x27, 7)
    assert s.command(read10(0, 8), read=4096)[1] == b"\0" * 4096
    server.fault("enospc", False)
    assert s.command(write10(0, 8), write=b"w" * 4096)[0] == 0
    server.fault("eio", True)
    for _ in range(5):
        assert refused(s.command(read10(0, 8), read=4096)) == (3, 0x11, 0)
    assert t.logged("store fails, initiators are told so lun=disk"), "the admin is not told"
    assert refused(s.command(read10(0, 8), read=4096)) == (3, 0x11, 0)
    server.fault("eio", False)
    assert s.command([0x35] + [0] * 9)[0] == 0
    assert s.command(read10(0, 8), read=4096)[1] == b"w" * 4096
    told = [k for k in open(t.log) if "store fails" in k]
    assert len(told) == 1 and 'error="Input/output error"' in told[0], told


def a_restart_under_load_loses_nothing(server, s):
    answers, over = [], threading.Event()

    def load():
        while not over.is_set() or len(answers) < 50:
            n = len(answers)
            answers.append(s.command(write10(8 * (n % 256), 8, 8), write=bytes([n % 251 + 1]) * 4096)[0])  # FUA

    t = threading.Thread(target=load)
    t.start()
    for _ in range(3):
        time.sleep(0.3)
        server.kill()
        time.sleep(0.2)
        server.start()
    over.set()
    t.join()
    n = len(answers)
    assert n >= 50 and not any(answers), f"{n} writes, {answers}"
    for i in range(min(n, 256)):
        last = (n - 1) - (n - 1 - i) % 256
        got = s.command(read10(8 * i, 8), read=4096)[1]
        assert got == bytes([last % 251 + 1]) * 4096, f"block {i} of {n}"
    assert s.command([0x35] + [0] * 9)[0] == 0, "nothing was lost, and a flush says so"


def a_server_that_hangs_stalls_its_lun_only(server, t):
    good, bad = t.login(isid=b"\x40\0\0\0\0\2"), t.login(isid=b"\x40\0\0\0\0\3")
    good.command([0] * 6, lun=1)
    server.process.send_signal(signal.SIGSTOP)
    while " T " not in open(f"/proc/{server.process.pid}/stat").read():
        time.sleep(0.01)
    itts = [bad.send_command(read10(8 * i, 1), read=512) for i in range(16)]
    began = time.monotonic()
    for i in range(100):
        assert good.command(write10(8 * i, 8), write=b"g" * 4096, lun=1)[0] == 0
    for function, tag in ((1, itts[3]), (5, NO_TAG)):
        bad.tmf(function, ref_itt=tag)
    bad.ping()
    took = time.monotonic() - began
    assert took < 20 * SLOW, f"others, ABORT TASK, LUN RESET and NOP took {took:.1f} s"
    server.process.send_signal(signal.SIGCONT)


def main():
    if " nbd" not in subprocess.run([TISANED, "--version"],
                                    capture_output=True, text=True).stdout:
        skip("built without libnbd")
    if shutil.which("nbdkit") is None:
        skip("nbdkit is not installed")
    # in memory: who is killed in the midst of an fsync ends only after it
    memory = "/dev/shm" if os.path.isdir("/dev/shm") else None
    directory = tempfile.mkdtemp(prefix="tisane-nbd.", dir=memory)
    server = Server(directory)
    try:
        server.start()
        luns = f'lun disk {{ nbd "nbd+unix:///?socket={server.sock}" }}\nlun ram {{ ram; size 1M }}'
        with Target(luns, more="timeout { task-abort 1s }\nworkers 1") as t:
            s = t.login()
            faults_are_the_commands_own(server, s, t)
            a_restart_under_load_loses_nothing(server, s)
            a_server_that_hangs_stalls_its_lun_only(server, t)
    finally:
        server.process.send_signal(signal.SIGCONT)
        server.kill()
        shutil.rmtree(directory)


main()
