#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Out of descriptors, out of buffers, out of threads, a full disk under the state
directory, a full disk under a LUN, no memory for a call on a socket or on a ring, a kernel
that lets nobody be accepted or watched: the daemon serves on and says so.  The clock is set back and forth: nothing of it depends on that."""
import errno, json, os, resource, shutil, sys, tempfile
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from kit import *


def descriptors():
    with Daemon() as t:
        s = t.login()
        free = t.descriptors() + 20
        resource.prlimit(t.process.pid, resource.RLIMIT_NOFILE, (free, free))
        socks = []
        for i in range(60):
            k = socket.socket()
            k.bind((f"127.0.1.{1 + i}", 0))
            k.connect(("127.0.0.1", t.port))
            socks.append(k)
        time.sleep(0.3)
        busy = busy_of(t, lambda: [(s.ping(), s.command([0] * 6), time.sleep(0.02)) for _ in range(20)])
        assert busy < 0.5, f"it spins: {busy:.0%} of a processor"
        assert t.logged("out of descriptors")
        for k in socks:
            k.close()
        time.sleep(0.3)
        t.login(isid=b"\x40\0\0\0\0\2").ping()


def cpu(t):
    with open(f"/proc/{t.process.pid}/stat") as f:
        return sum(map(int, f.read().rsplit(")", 1)[1].split()[11:13])) / os.sysconf("SC_CLK_TCK")


def buffers():
    with Daemon("lun disk { ram; size 32M }", more="limits { memory 16M }\nworkers 1") as t:
        good = t.login(name="iqn.2026-11.test:good")
        greedy = [t.login(name=f"iqn.2026-11.test:greedy{i}") for i in range(4)]
        for s in greedy:
            for i in range(64):
                s.send_command(write10(0, 1024), bytes(524288), immediate=b"", final=True)
        time.sleep(0.2)
        for i in range(50):
            status, data, _ = good.command(read10(i, 8), read=4096)
            assert status == 0, f"status {status:02x}: others have all the buffers"
        for s in greedy:
            s.close()
        good.ready()


def is_left_open(nth):
    """A LUN goes while the nth thread is not to be had.  Was that the one to close its store?"""
    env = {"LD_PRELOAD": os.path.abspath(os.path.join(BUILD, "fault.so")), "FAULT_CALL": "pthread_create",
           "FAULT_NTH": str(nth), "FAULT_ERRNO": "11", "FAULT_ARMED": "1"}
    with tempfile.NamedTemporaryFile() as counted, \
            Daemon("lun disk { file @DIR@/a.img; size 1M }\nlun gone { file @DIR@/b.img; size 1M }",
                   {**env, "FAULT_COUNT": counted.name}) as t:
        t.login().close()
        lines = open(t.conf).read().replace("lun 1 gone", "").splitlines()
        open(t.conf, "w").write("\n".join(k for k in lines if not k.startswith("lun gone")))
        counted.write(b"\1")
        counted.flush()
        t.reload()
        ends = "reload failed", "closed lun=gone", "no thread to close it"
        wait_for(lambda: any(w in open(t.log).read() for w in ends), "no reload")
        if "no thread to close it" not in open(t.log).read():
            return False
        assert t.logged("closed lun=gone"), t.tail()
        t.login().ready()
        return True


def threads():
    """A store that nobody can close now is closed when there are threads again."""
    assert any(is_left_open(nth) for nth in range(1, 9))


def small_file_system(at):
    os.mkdir(at)
    if os.system(f"mount -t tmpfs -o size=256k tmpfs {at} 2>/dev/null"):
        return False
    return True


def full_state():
    with Daemon() as t:
        state = t.dir + "/small"
        if not small_file_system(state):
            return 0
        try:
            text = open(t.conf).read().replace(f"{t.dir}/state", state + "/state")
            open(t.conf, "w").write(text)
            t.stop()
            t.start()
            s = t.login()
            f = os.open(state + "/ballast", os.O_WRONLY | os.O_CREAT)
            while quietly(os.write, f, bytes(4096)):
                pass
            os.close(f)
            open(t.conf, "w").write(text.replace("lun 0 disk", "lun 0 disk\nlun 1 more") +
                                    "lun more { ram; size 1M }\n")
            before = open(state + "/state/identities").read()
            t.reload()
            assert t.logged("No space left on device"), t.tail()
            s.ready()
            assert open(state + "/state/identities").read() == before
            os.unlink(state + "/ballast")
            t.reload()
            assert t.logged("lun=more"), t.tail()
            s.command([0] * 6)
            s.ready()
            t.drop_sessions()
            t.stop()
            t.start()
        finally:
            t.kill()
            os.system(f"umount {state}")
            open(t.conf, "w").write(text.replace(state, t.dir))
            t.start()
    return 1


def full_disk():
    base = tempfile.mkdtemp(prefix="tisane-full.")
    if not small_file_system(base + "/small"):
        return 0
    try:
        with Daemon(f"lun disk {{ file {base}/small/disk.img; size 4M }}") as t:
            s = t.login()
            got = [s.command(write10(i * 128, 128), bytes([7]) * 65536) for i in range(8)]
            bad = [sense_of(sense) for status, _, sense in got if status]
            assert bad and all(b == (7, 0x27, 7) for b in bad), got
            assert s.command(read10(0, 128), read=65536)[1] == bytes([7]) * 65536
            assert s.command(struct.pack(">B6xHx", 0x42, 24), struct.pack(">HHIQII", 22, 16, 0, 0, 128, 0))[0] == 0
            assert s.command(write10(1024, 64), bytes(32768))[0] == 0, "there is room again"
    finally:
        os.system(f"umount {base}/small")
        shutil.rmtree(base)
    return 1


def failing(call, error, **more):
    return {"LD_PRELOAD": os.path.abspath(os.path.join(BUILD, "fault.so")), "FAULT_CALL": call, "FAULT_ERRNO": str(error),
            "FAULT_NTH": "20", **more}


def kernel_memory():
    """Once for a connection, which goes on; for ever for a ring, which costs one line of the log, and no other LUN."""
    for call in "readv", "sendmsg":
        for error in errno.ENOBUFS, errno.ENOMEM:
            with Daemon(env=failing(call, error)) as t:
                s = t.login()
                for _ in range(40):
                    assert s.command([0] * 6)[0] == 0
    luns = "lun ram { ram; size 1M }\nlun disk { file @DIR@/disk.img; size 4M; cache direct }"
    with Daemon(luns, env=failing("io_uring_submit", errno.ENOMEM, FAULT_URING="1", FAULT_REST="1")) as t:
        s = t.login()
        s.command([0] * 6, lun=1)
        for i in range(40):
            s.send_command(read10(i, 1), read=512, lun=1)
        other = t.login(isid=b"\x40\0\0\0\0\2")
        for _ in range(200):
            other.ping()
        told = open(t.log).read().count("io_uring submission failed")
        assert told <= 1, f"{told} lines of the log"
        t.kill()
        t.drop_sessions()
        t.env = dict(os.environ)
        t.start()


class Switch:
    """A call fails from on() to off()."""

    def __init__(self, call, error, **more):
        self.file = tempfile.NamedTemporaryFile()
        self.env = failing(call, error, FAULT_NTH="1", FAULT_REST="1", FAULT_ARMED="1", FAULT_COUNT=self.file.name, **more)

    def on(self, armed=b"\1"):
        os.pwrite(self.file.fileno(), armed, 0)

    def off(self):
        self.on(b"\0")


def busy_of(t, during):
    """The share of a processor that it takes meanwhile."""
    began, used = time.monotonic(), cpu(t)
    during()
    return (cpu(t) - used) / (time.monotonic() - began)


def no_memory_for_a_while():
    """It rests between its tries, and says so once; others that need no memory go on."""
    for call in "readv", "sendmsg":
        fails = Switch(call, errno.ENOBUFS)
        with Daemon(env=fails.env) as t:
            s = t.login()
            fails.on()
            tags = [s.send_command([0] * 6) for _ in range(4)]
            busy = busy_of(t, lambda: time.sleep(0.5))
            assert busy < 0.3, f"it spins in {call}: {busy:.0%} of a processor"
            assert t.logged("the kernel has no memory for its socket"), t.tail()
            told = open(t.log).read().count("the kernel has no memory for its socket")
            assert told == 1, t.tail()
            fails.off()
            for tag in tags:
                assert s.finish(tag, timeout=5 * SLOW)[0] == 0


def nobody_is_accepted():
    """As a security module has it: nothing leaves the queue."""
    for error, words in (errno.EPERM, "Operation not permitted"), (errno.ENETDOWN, "Network is down"):
        fails = Switch("accept4", error)
        with Daemon(env=fails.env) as t:
            s = t.login()
            fails.on()
            waits = t.session(isid=b"\x40\0\0\0\0\2")
            busy = busy_of(t, lambda: [(s.ready(), time.sleep(0.02)) for _ in range(20)])
            assert busy < 0.5, f"it spins: {busy:.0%} of a processor"
            assert t.logged(f'reason="{words}"'), t.tail()
            fails.off()
            waits.login()
            waits.ready()


def nobody_is_watched():
    """A connection that cannot be watched waits, and has a word in the log; it is served once it can be."""
    fails = Switch("epoll_ctl", errno.ENOSPC)
    with Daemon(env=fails.env) as t:
        s = t.login()
        fails.on()
        waits = t.session(isid=b"\x40\0\0\0\0\2")
        waits.send(*waits.login_pdu(b"", 0))
        assert t.logged("it cannot be watched"), t.tail()
        s.ready()
        fails.off()
        began = time.monotonic()
        assert waits.recv().opcode == LOGIN_RSP
        assert time.monotonic() - began < 5 * SLOW
        assert open(t.log).read().count("it cannot be watched") == 1
        t.login(isid=b"\x40\0\0\0\0\3")


def ring_wants_to_be_asked_again():
    """For a second that is no more than that; then it is told, once."""
    fails = Switch("io_uring_submit", errno.EAGAIN, FAULT_URING="1")
    with Daemon("lun disk { file @DIR@/disk.img; size 4M; cache direct }", env=fails.env) as t:
        s = t.login()
        fails.on()
        tag = s.send_command(read10(0, 1), read=512)
        other = t.login(isid=b"\x40\0\0\0\0\2", name="iqn.2026-11.test:other")
        told = lambda: open(t.log).read().count("io_uring submission failed")
        wait_for(lambda: other.ping() or told(), "it is not told")
        for _ in range(20):
            other.ping()
        assert told() == 1, t.tail()
        fails.off()
        assert s.finish(tag)[:2] == (0, bytes(512))


def year_of_log(t):
    return int(open(t.log).read().splitlines()[-1][:4])


def uptime(t):
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(t.dir + "/control.sock")
        s.sendall(b"GET /v1/status HTTP/1.0\r\n\r\n")
        return json.loads(b"".join(iter(lambda: s.recv(65536), b"")).split(b"\r\n\r\n", 1)[1])["uptime_seconds"]


def clock():
    """Ten years back and forth again, under deadlines that are running."""
    with tempfile.TemporaryDirectory() as d:
        env = {"LD_PRELOAD": os.path.abspath(os.path.join(BUILD, "fault.so")), "FAULT_CLOCK": d + "/past"}
        with Daemon(env=env, more="timeout { login 1s; ping-idle 1s; ping-reply 1s; shutdown 2s }") as t:
            now, years = year_of_log(t), set()
            for jump in (lambda: open(d + "/past", "w").close(), lambda: os.unlink(d + "/past")) * 2:
                s = t.login()
                silent, idle = t.session(), t.login(isid=b"\x40\0\0\0\0\7")
                jump()
                began = time.monotonic()
                s.ready()
                assert silent.closed(10 * SLOW), "a login may take for ever"
                p = idle.recv(10 * SLOW)
                assert p.opcode == NOP_IN and p.itt == NO_TAG, p
                assert idle.closed(10 * SLOW), "a dead peer stays"
                assert 0.5 < time.monotonic() - began < 10 * SLOW
                years.add(year_of_log(t))
                assert 0 <= uptime(t) < 3600, f"up for {uptime(t)} s"
                t.drop_sessions()
            assert years == {now - 10, now}, f"the clock did not jump: {years}"
            open(d + "/past", "w").close()
            seconds, status = t.stop()
            assert status == 0 and seconds < 10 * SLOW, (seconds, status)
            t.start()


def main():
    done = 9
    clock()
    kernel_memory()
    no_memory_for_a_while()
    nobody_is_accepted()
    nobody_is_watched()
    ring_wants_to_be_asked_again()
    descriptors()
    buffers()
    threads()
    done += full_state() + full_disk()
    figures("shortage", f"{done} of 11 kinds (the others need root)")


main()
