#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What systemd is told and does: ready, alive, reloading, stopping; its FDSTORE
keeps the portals open from one run to the next."""
from initiator import *


class Manager:
    """Runs a Target's daemon as systemd does."""

    def __init__(self, target):
        self.target = target
        self.path = target.dir + "/notify"
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.sock.bind(self.path)
        self.sock.settimeout(PATIENCE)
        self.stored, self.alive = {}, 0

    def spawn(self, fds):
        pid = os.fork()
        if pid:
            return pid
        for i, fd in enumerate(fds):
            os.dup2(fd, 100 + i)
        for i in range(len(fds)):
            os.dup2(100 + i, 3 + i)
        log = os.open(self.target.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(log, 1)
        os.dup2(log, 2)
        env = dict(os.environ, NOTIFY_SOCKET=self.path, WATCHDOG_USEC="400000",
                   WATCHDOG_PID=str(os.getpid()), LISTEN_PID=str(os.getpid()),
                   LISTEN_FDS=str(len(fds)))
        os.execve(TISANED, [TISANED, "-c", self.target.conf], env)

    def message(self):
        """The next one that is no WATCHDOG=1; descriptors go to the store."""
        while True:
            data, fds, _, _ = socket.recv_fds(self.sock, 4096, 4)
            m = dict(line.split("=", 1) for line in data.decode().splitlines())
            if m.get("FDSTORE") == "1":
                assert ":" not in m["FDNAME"], m
                self.stored[m["FDNAME"]] = fds[0]
            elif m.get("FDSTOREREMOVE") == "1" and m["FDNAME"] in self.stored:
                os.close(self.stored.pop(m["FDNAME"]))
            if "WATCHDOG" not in m:
                return m
            self.alive += 1

    def expect(self, word, value="1"):
        m = self.message()
        while word not in m:
            m = self.message()
        assert m[word] == value, m
        return m

    def conf(self, old, new):
        text = open(self.target.conf).read()
        assert old in text
        with open(self.target.conf, "w") as f:
            f.write(text.replace(old, new))


def ended(pid):
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


t = Target()
pid = 0
try:
    m = Manager(t)
    pid = m.spawn([])
    ready = m.expect("READY")
    assert "1 LUNs" in ready["STATUS"], ready
    first = f"portal 127.0.0.1_{t.port}"
    assert list(m.stored) == [first], m.stored
    alive = m.alive
    while m.alive < alive + 3:  # each worker takes part
        data = m.sock.recv(4096)
        m.alive += data == b"WATCHDOG=1"

    # a portal that comes is stored, one that goes is let go
    second_port = free_port()
    m.conf("portal-group pg {", f"portal-group pg {{ listen 127.0.0.1:{second_port}\n")
    os.kill(pid, signal.SIGHUP)
    assert int(m.expect("RELOADING")["MONOTONIC_USEC"]) > 0
    m.expect("READY")
    second = f"portal 127.0.0.1_{second_port}"
    assert sorted(m.stored) == sorted([first, second]), m.stored
    m.conf(f"listen 127.0.0.1:{second_port}\n", "")
    os.kill(pid, signal.SIGHUP)
    m.expect("RELOADING")
    m.expect("READY")
    assert list(m.stored) == [first], m.stored
    m.conf("lun disk", "lunn disk")
    os.kill(pid, signal.SIGHUP)
    m.expect("RELOADING")
    assert "failed" in m.expect("READY")["STATUS"]
    m.conf("lunn disk", "lun disk")

    # a restart: who connects meanwhile waits, and is served
    os.kill(pid, signal.SIGTERM)
    m.expect("STOPPING")
    assert ended(pid) == 0
    early = t.session(isid=b"\x40\0\0\0\0\2")
    extra = socket.create_server(("127.0.0.1", 0))
    pid = m.spawn([extra.fileno(), m.stored[first]])
    early.login()
    early.ready()
    m.expect("READY")
    assert list(m.stored) == [first], m.stored
    assert t.logged("in no portal-group, closed address=127.0.0.1:%d" % extra.getsockname()[1])
    os.kill(pid, signal.SIGTERM)
    m.expect("STOPPING")
    assert early.recv().opcode == ASYNC
    assert early.logout() == 0
    assert ended(pid) == 0
    pid = 0
    for s in t.sessions:
        s.close()
except BaseException:
    print(open(t.log).read())
    raise
finally:
    if pid:
        os.kill(pid, signal.SIGKILL)
    shutil.rmtree(t.dir)
