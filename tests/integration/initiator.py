# SPDX-License-Identifier: BSD-2-Clause
"""A small iSCSI initiator over a raw socket, for what a correct client never
sends, and a daemon of the test's own.  Used by the raw_*.py tests.

    with Target("lun disk { ram; size 16M }") as t:
        s = t.login()
        status, data, sense = s.command(cdb, read=512)
"""
import os, shutil, signal, socket, struct, subprocess, sys, tempfile, time, urllib.request

SLOW = float(os.environ.get("TEST_SLOWDOWN", "1"))  # sanitizers
PATIENCE = 30 * SLOW  # s, for what has to come
IQN = "iqn.2026-11.test.tisane:t"
NOP_OUT, SCSI, TMF, LOGIN, TEXT, DATA_OUT, LOGOUT, SNACK = 0, 1, 2, 3, 4, 5, 6, 0x10
NOP_IN, RESPONSE, TMF_RSP, LOGIN_RSP, TEXT_RSP, DATA_IN, LOGOUT_RSP = range(0x20, 0x27)
R2T, ASYNC, REJECT = 0x31, 0x32, 0x3F
NO_TAG = 0xFFFFFFFF
TISANED = os.path.abspath(os.environ.get("TISANED", "build/tisaned"))
TISANE = os.path.join(os.path.dirname(TISANED), "tisane")
UNDER = os.environ.get("TEST_UNDER", "").split()  # valgrind, which outlives no sandbox


def skip(why):
    print(f"SKIP: {why}")
    sys.exit(77)


def wait_for(what, why, seconds=10):
    until = time.monotonic() + seconds * SLOW
    while not what():
        assert time.monotonic() < until, why
        time.sleep(0.02)


def crc32c(data, table=[]):
    if not table:
        for i in range(256):
            for _ in range(8):
                i = i >> 1 ^ (0x82F63B78 if i & 1 else 0)
            table.append(i)
    crc = NO_TAG
    for b in data:
        crc = crc >> 8 ^ table[(crc ^ b) & 255]
    return struct.pack("<I", crc ^ NO_TAG)


class Closed(Exception):
    pass


class Pdu:
    def __init__(self, bhs, data):
        self.bhs, self.data = bhs, data
        self.opcode = bhs[0] & 0x3F
        self.itt, self.ttt = struct.unpack(">II", bhs[16:24])
        self.stat_sn, self.exp_cmd_sn, self.max_cmd_sn = struct.unpack(">III", bhs[24:36])

    def text(self):
        pairs = [p for p in self.data.split(b"\0") if p]
        return dict(p.decode().split("=", 1) for p in pairs)

    def __repr__(self):
        return f"<PDU {self.opcode:#x} {self.bhs.hex()} +{len(self.data)}>"


def bhs(opcode, flags=0x80, b2=0, b3=0, length=0, lun=0, itt=NO_TAG, rest=b"", ahs=0):
    head = bytes([opcode, flags, b2, b3, ahs]) + length.to_bytes(3, "big")
    return (head + struct.pack(">QI", lun, itt) + rest).ljust(48, b"\0")


class Session:
    def __init__(self, port, name="iqn.2026-11.test:raw", isid=b"\x40\0\0\0\0\1", host="127.0.0.1",
                 source=""):
        # a bind takes a port from all destinations, as long as connections wait for their end
        self.sock = socket.create_connection((host, port), timeout=PATIENCE,
                                             source_address=(source, 0) if source else None)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.name, self.isid = name, isid
        self.cmd_sn, self.exp_stat_sn, self.itt = 1, 0, 1
        self.tsih, self.cid = 0, 1
        self.header_digest = self.data_digest = False
        self.params = {}
        self.luns = {}  # by task tag

    def close(self):
        self.sock.close()

    # ---- bytes
    def raw(self, data):
        self.sock.sendall(data)

    def exactly(self, n):
        out = b""
        while len(out) < n:
            try:
                d = self.sock.recv(n - len(out))
            except ConnectionResetError:
                d = b""
            if not d:
                raise Closed()
            out += d
        return out

    def send(self, header, data=b"", bad_data_digest=False, bad_header_digest=False):
        header = header[:5] + len(data).to_bytes(3, "big") + header[8:]
        out = header
        if self.header_digest:
            out += b"\1\2\3\4" if bad_header_digest else crc32c(header)
        if data:
            padded = data + b"\0" * (-len(data) % 4)
            out += padded
            if self.data_digest:
                out += b"\1\2\3\4" if bad_data_digest else crc32c(padded)
        self.raw(out)

    def recv(self, timeout=PATIENCE):
        """The next PDU, but for those that tell of a new MaxCmdSN only."""
        while True:
            p = self.recv_any(timeout)
            if p.opcode != NOP_IN or p.itt != NO_TAG or p.ttt != NO_TAG:
                return p

    def recv_any(self, timeout=PATIENCE):
        self.sock.settimeout(timeout)
        header = self.exactly(48)
        if self.header_digest:
            assert self.exactly(4) == crc32c(header), "header digest"
        n = int.from_bytes(header[5:8], "big")
        data = self.exactly(n + -n % 4)
        if n and self.data_digest:
            assert self.exactly(4) == crc32c(data), "data digest"
        p = Pdu(header, data[:n])
        pings = p.opcode == NOP_IN and p.itt == NO_TAG
        if p.opcode != R2T and not pings and not (p.opcode == DATA_IN and not header[1] & 1):
            self.exp_stat_sn = p.stat_sn + 1 & NO_TAG
        return p

    def closed(self, timeout=PATIENCE):
        """Does the target close, with nothing more to say?"""
        self.sock.settimeout(timeout)
        try:
            return self.sock.recv(1) == b""
        except ConnectionResetError:
            return True

    # ---- login
    def login_pdu(self, text, flags):
        rest = struct.pack(">HHII", self.cid, 0, self.cmd_sn, self.exp_stat_sn)
        b = bhs(LOGIN | 0x40, flags, itt=self.itt, rest=rest)
        return b[:8] + self.isid + struct.pack(">H", self.tsih) + b[16:], text

    def login(self, target=IQN, expect=0, **keys):
        text = {"InitiatorName": self.name, "SessionType": "Normal" if target else "Discovery",
                "AuthMethod": "None"}
        if target:
            text["TargetName"] = target
        ops = {"HeaderDigest": "None", "DataDigest": "None", "InitialR2T": "No",
               "ImmediateData": "Yes", "MaxRecvDataSegmentLength": "262144",
               "MaxBurstLength": "262144", "FirstBurstLength": "65536",
               "MaxOutstandingR2T": "1", "ErrorRecoveryLevel": "0"}
        ops.update({k: str(v) for k, v in keys.items()})
        ops = {k: v for k, v in ops.items() if v != "None" or k.endswith("Digest")}
        if not target:
            for k in ("InitialR2T", "ImmediateData", "MaxBurstLength", "FirstBurstLength", "MaxOutstandingR2T"):
                ops.pop(k)
        join = lambda d: b"".join(f"{k}={v}".encode() + b"\0" for k, v in d.items())
        self.send(*self.login_pdu(join(text), 0x81))  # T, CSG 0, NSG 1
        p = self.recv()
        assert p.opcode == LOGIN_RSP, p
        status = struct.unpack(">H", p.bhs[36:38])[0]
        if status:
            assert status == expect, f"login status {status:04x}, not {expect:04x}"
            return None
        self.send(*self.login_pdu(join(ops), 0x87))  # T, CSG 1, NSG 3
        p = self.recv()
        status = struct.unpack(">H", p.bhs[36:38])[0]
        assert status == expect, f"login status {status:04x}, not {expect:04x}"
        if status:
            return None
        self.tsih = struct.unpack(">H", p.bhs[14:16])[0]
        self.params = p.text()
        self.header_digest = self.params.get("HeaderDigest") == "CRC32C"
        self.data_digest = self.params.get("DataDigest") == "CRC32C"
        return self.params

    # ---- full feature phase
    def next_itt(self):
        self.itt += 1
        return self.itt

    def send_command(self, cdb, write=b"", read=0, immediate=None, final=True, edtl=None, lun=0,
                     attr=1, flags=None, itt=None, cmd_sn=None, **kw):
        """Send a SCSI Command with its immediate data (default: all of write)."""
        itt = itt if itt is not None else self.next_itt()
        if flags is None:
            flags = (0x80 if final else 0) | (0x40 if read else 0) | (0x20 if write else 0) | attr
        if edtl is None:
            edtl = len(write) or read
        sn = self.cmd_sn if cmd_sn is None else cmd_sn
        rest = struct.pack(">III", edtl, sn, self.exp_stat_sn) + bytes(cdb).ljust(16, b"\0")
        self.luns[itt] = lun
        self.send(bhs(SCSI, flags, lun=lun << 48, itt=itt, rest=rest),
                  write if immediate is None else immediate, **kw)
        if cmd_sn is None:
            self.cmd_sn = self.cmd_sn + 1 & NO_TAG
        return itt

    def send_data_out(self, itt, ttt, offset, data, data_sn=0, final=True, **kw):
        rest = struct.pack(">IIIIII", ttt, 0, self.exp_stat_sn, 0, data_sn, offset)
        lun = self.luns.get(itt, 0) << 48
        self.send(bhs(DATA_OUT, 0x80 if final else 0, lun=lun, itt=itt, rest=rest), data, **kw)

    def finish(self, itt, write=b"", timeout=PATIENCE):
        """Answer R2Ts of itt and gather Data-In until its status; (status, data, sense)."""
        got = {}
        while True:
            p = self.recv(timeout)
            assert p.itt == itt, p
            if p.opcode == R2T:
                offset, length = struct.unpack(">II", p.bhs[40:48])
                self.send_data_out(itt, p.ttt, offset, write[offset:offset + length])
            elif p.opcode == DATA_IN:
                got[struct.unpack(">I", p.bhs[40:44])[0]] = p.data
                if p.bhs[1] & 1:
                    self.last = p
                    return p.bhs[3], b"".join(got[k] for k in sorted(got)), b""
            else:
                assert p.opcode == RESPONSE, p
                self.last = p
                return p.bhs[3], b"".join(got[k] for k in sorted(got)), p.data[2:]

    def command(self, cdb, write=b"", read=0, **kw):
        return self.finish(self.send_command(cdb, write, read, **kw), write)

    def join(self, other, cid, **keys):
        """Log in as one more connection of other's session."""
        self.tsih, self.cid, self.cmd_sn = other.tsih, cid, other.cmd_sn
        self.itt += 0x1000 * cid
        for k in ("InitialR2T", "ImmediateData", "MaxBurstLength", "FirstBurstLength",
                  "MaxOutstandingR2T", "ErrorRecoveryLevel"):
            keys.setdefault(k, None)
        return self.login(**keys)

    def ready(self, tries=4):
        """TEST UNIT READY until the unit attentions are gone."""
        for _ in range(tries):
            status, _, sense = self.command([0] * 6)
            if status == 0:
                return
        raise AssertionError(f"not ready: {sense.hex()}")

    def ping(self, timeout=PATIENCE):
        itt = self.next_itt()
        self.send(bhs(NOP_OUT | 0x40, itt=itt,
                      rest=struct.pack(">III", NO_TAG, self.cmd_sn, self.exp_stat_sn)), b"ping")
        p = self.recv(timeout)
        assert p.opcode == NOP_IN and p.itt == itt and p.data == b"ping", p

    def tmf(self, function, ref_itt=NO_TAG, lun=0, ref_cmd_sn=0, timeout=PATIENCE):
        itt = self.next_itt()
        rest = struct.pack(">IIII", ref_itt, self.cmd_sn, self.exp_stat_sn, ref_cmd_sn)
        self.send(bhs(TMF | 0x40, 0x80 | function, lun=lun << 48, itt=itt, rest=rest))
        p = self.recv(timeout)
        assert p.opcode == TMF_RSP and p.itt == itt, p
        return p.bhs[2]

    def logout(self, reason=0, cid=1):
        itt = self.next_itt()
        rest = struct.pack(">HHII", cid, 0, self.cmd_sn, self.exp_stat_sn)
        self.send(bhs(LOGOUT | 0x40, 0x80 | reason, itt=itt, rest=rest))
        p = self.recv()
        assert p.opcode == LOGOUT_RSP and p.itt == itt, p
        return p.bhs[2]


def sense_of(sense):
    """(key, asc, ascq) of fixed or descriptor sense data."""
    if sense[0] & 0x7F in (0x72, 0x73):
        return sense[1] & 15, sense[2], sense[3]
    return sense[2] & 15, sense[12], sense[13]


def read10(lba, blocks):
    return struct.pack(">BBIBHB", 0x28, 0, lba, 0, blocks, 0)


def write10(lba, blocks, flags=0):
    return struct.pack(">BBIBHB", 0x2A, flags, lba, 0, blocks, 0)


def free_port(given=[0]):
    """Below the ports that connections get; another process or call gets another: lib.sh does the same."""
    while True:
        port = 10000 + (os.getpid() * 8 + given[0]) % 22000
        given[0] += 1
        with socket.socket() as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                s.bind(("127.0.0.1", port))
                return port
            except OSError:
                pass


def metric(port, name, lun="disk"):
    """What tisaned tells at its metrics port of a LUN."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=PATIENCE) as answer:
        for line in answer.read().decode().splitlines():
            if line.startswith(f'tisane_lun_{name}{{lun="{lun}"}} '):
                return float(line.split()[-1])
    raise AssertionError(f"no metric {name}")


class Target:
    """A tisaned of the test's own: lun blocks, mapped in order; more: other top-level lines."""

    def __init__(self, luns="lun disk { ram; size 16M }", more="", group="", target=""):
        self.dir = tempfile.mkdtemp(prefix="tisane-test.")
        self.port = free_port()
        names = [line.split()[1] for line in luns.splitlines() if line.strip().startswith("lun ")]
        maps = "\n".join(f"lun {i} {n}" for i, n in enumerate(names))
        self.conf = os.path.join(self.dir, "tisane.conf")
        with open(self.conf, "w") as f:
            f.write(f"state-directory {self.dir}/state\ncontrol {self.dir}/control.sock\n{more}\n"
                    f"{'sandbox no' if UNDER else ''}\n"
                    f"portal-group pg {{ listen 127.0.0.1:{self.port}\n{group} }}\n"
                    f"{luns.replace('@DIR@', self.dir)}\n"
                    f"target {IQN} {{ portal-group pg\n"
                    f"{target or 'auth-group no-authentication'}\n{maps} }}\n")
        os.chmod(self.conf, 0o600)
        self.log = os.path.join(self.dir, "log")
        self.sessions = []

    def kill(self):
        """As by a power cut, but for what the kernel has."""
        self.process.kill()
        self.process.wait()
        for s in self.sessions:
            s.close()
        self.sessions = []

    def __enter__(self):
        return self.start()

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([*UNDER, TISANED, "-c", self.conf],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        for _ in range(int(20 * PATIENCE)):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return self
            except OSError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.05)
        self.__exit__(AssertionError, None, None)
        raise AssertionError("tisaned does not listen")

    def __exit__(self, kind, *_):
        alive = self.process.poll() is None
        for s in self.sessions:
            s.close()
        if alive:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        text = open(self.log, errors="replace").read()
        if kind is not None:
            print("--- the daemon's last lines\n" + "\n".join(text.splitlines()[-25:]))
        shutil.rmtree(self.dir)
        if kind is None:
            assert alive, "the daemon died:\n" + text
            assert self.process.returncode == 0, f"exit status {self.process.returncode}:\n" + text

    def logged(self, words, seconds=PATIENCE):
        for _ in range(int(seconds * 20)):
            if words in open(self.log, errors="replace").read():
                return True
            time.sleep(0.05)
        return False

    def events(self):
        """What GET /v1/events answers."""
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(self.dir + "/control.sock")
            s.sendall(b"GET /v1/events HTTP/1.0\r\n\r\n")
            return b"".join(iter(lambda: s.recv(65536), b"")).decode()

    def session(self, **kw):
        self.sessions.append(Session(self.port, **kw))
        return self.sessions[-1]

    def login(self, name="iqn.2026-11.test:raw", isid=b"\x40\0\0\0\0\1", **keys):
        s = self.session(name=name, isid=isid)
        s.login(**keys)
        s.ready()
        return s
