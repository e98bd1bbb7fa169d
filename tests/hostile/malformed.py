#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Every field of every request PDU at its edges, in full feature phase and before
login, with and without digests. The answer is held against a model:

    what                                    must be
    an opcode that is not a request's       Reject with our header in it, or the end
    data over MaxRecvDataSegmentLength      Reject, or the end
    a CmdSN outside the window              silence, and the session lives
    anything before login                   a login response, or the end
    all else                                the opcode's own response with our tag,
                                            R2T, Reject with our header, silence, or
                                            the end

and a ping sent behind it is answered, or the connection is closed, within 5 s.
"""
import os, random, sys
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from kit import *

REQUESTS = (NOP_OUT, SCSI, TMF, LOGIN, TEXT, DATA_OUT, LOGOUT, SNACK)
ANSWERS = {NOP_OUT: {NOP_IN}, SCSI: {RESPONSE, DATA_IN, R2T}, TMF: {TMF_RSP}, LOGIN: {LOGIN_RSP},
           TEXT: {TEXT_RSP}, DATA_OUT: {RESPONSE, R2T}, LOGOUT: {LOGOUT_RSP}, SNACK: {DATA_IN, R2T}}
FIELDS = [(0, 1), (1, 1), (2, 1), (3, 1), (4, 1), (5, 3), (8, 8), (16, 4), (20, 4), (24, 4), (28, 4),
          (32, 1), (32, 4), (33, 1), (36, 4), (40, 4), (44, 4)]
RECV_MOST = 262144


def edges(rng, size):
    top = (1 << 8 * size) - 1
    return [0, 1, 2, 4, top >> 1, (top >> 1) + 1, top - 1, top, rng.randint(0, top), rng.randint(0, top)]


def template(rng, s, opcode):
    """A good PDU of that opcode: (header, data)."""
    itt, sns = s.next_itt(), struct.pack(">II", s.cmd_sn, s.exp_stat_sn)
    if opcode == SCSI:
        cdb, flags, data = rng.choice([(read10(1, 1), 0xC1, b""), (write10(1, 1), 0xA1, bytes(512)),
                                       ([0x12, 0, 0, 0, 96], 0xC1, b""), ([0x35], 0x81, b""),
                                       (struct.pack(">B6xHx", 0x42, 24), 0xA1, bytes(24))])
        return bhs(SCSI, flags, itt=itt, rest=struct.pack(">I", len(data) or 512) + sns +
                   bytes(cdb).ljust(16, b"\0")), data
    if opcode == LOGIN:
        return s.login_pdu(b"InitiatorName=iqn.2026-11.test:bad\0", 0x81)
    ttt = struct.pack(">I", rng.choice([NO_TAG, 0, 7]))
    flags = {TMF: 0x80 | rng.choice([1, 2, 5])}.get(opcode, 0x80)
    data = {TEXT: b"SendTargets=All\0", DATA_OUT: bytes(512), NOP_OUT: b"ping"}.get(opcode, b"")
    immediate = rng.choice([0, 0x40]) if opcode not in (DATA_OUT, SNACK) else 0
    return bhs(opcode | immediate, flags, itt=itt, rest=ttt + sns), data


def mutate(rng, header, at, size, value):
    header = header[:at] + value.to_bytes(size, "big") + header[at + size:]
    n = int.from_bytes(header[5:8], "big")
    return header, bytes(header[4] * 4), rng.randbytes(min(n, RECV_MOST + 4096))


def send(s, header, ahs, data):
    out = header + ahs + (crc32c(header + ahs) if s.header_digest else b"")
    if data:
        data += b"\0" * (-len(data) % 4)
        out += data + (crc32c(data) if s.data_digest else b"")
    s.raw(out)


def gather(s, ping):
    """PDUs up to the answer to the ping, and whether the connection still lives."""
    got = []
    try:
        while True:
            p = s.recv(5 * SLOW)
            if p.opcode == NOP_IN and p.itt == ping:
                return got, True
            got.append(p)
            if p.opcode == LOGOUT_RSP:
                return got, False
    except (Closed, ConnectionError, BrokenPipeError):
        return got, False


def check(case, s, sent, cmd_sn, got, alive):
    opcode, immediate = sent[0] & 0x3F, sent[0] & 0x40
    itt, sn = struct.unpack(">I", sent[16:20])[0], struct.unpack(">I", sent[24:28])[0]
    length = int.from_bytes(sent[5:8], "big")
    numbered = opcode in (NOP_OUT, SCSI, TMF, TEXT, LOGOUT) and not immediate
    for p in got:
        if p.opcode == REJECT:
            assert p.data[:48] == sent, f"{case}: Reject of something else: {p}"
        elif p.opcode in (ASYNC, NOP_IN) and p.itt == NO_TAG:
            pass
        else:
            assert p.opcode in ANSWERS.get(opcode, ()), f"{case}: {sent.hex()} was answered by {p}"
            assert p.itt == itt or opcode in (DATA_OUT, SNACK), f"{case}: the tag of another: {p}"
    rejected = [p for p in got if p.opcode == REJECT]
    if opcode not in REQUESTS or length > RECV_MOST:
        assert rejected or not alive, f"{case}: {sent.hex()} was let pass"
    elif numbered and (sn - cmd_sn) % (1 << 32) > 1024:
        assert not alive or not [p for p in got if p.itt == itt and p.opcode != REJECT], \
            f"{case}: a CmdSN out of the window was answered: {got}"


def before_login(t, header, ahs, data):
    s = Session(t.port)
    try:
        quietly(send, s, header, ahs, data)
        quietly(s.sock.shutdown, socket.SHUT_WR)
        try:
            while True:
                p = s.recv(5 * SLOW)
                assert p.opcode == LOGIN_RSP, f"before login, {header.hex()} was answered by {p}"
                assert struct.unpack(">H", p.bhs[36:38])[0] or not p.text().get("TargetAlias")
        except (Closed, OSError):
            pass
    finally:
        s.close()


def main():
    most = count(50000)
    rng, done, logins, outcomes = random.Random(int(os.environ.get("SEED", "1"))), 0, 0, {}
    with Daemon(more="log level error") as t:
        s = None
        while done < most:
            digests = "CRC32C" if rng.random() < 0.05 else "None"
            for opcode in REQUESTS:
                for at, size in FIELDS:
                    for value in edges(rng, size):
                        if done >= most:
                            break
                        done += 1
                        if s is None:
                            s = t.session(name="iqn.2026-11.test:bad")
                            s.login(HeaderDigest=digests, DataDigest=digests, MaxRecvDataSegmentLength=RECV_MOST)
                            s.command([0] * 6)
                            logins += 1
                        header, data = template(rng, s, opcode)
                        header = header[:5] + len(data).to_bytes(3, "big") + header[8:]
                        if at in (4, 5):
                            header, ahs, data = mutate(rng, header, at, size, value)
                        else:
                            header, ahs = mutate(rng, header, at, size, value)[0], b""
                        if done % 16 == 0:
                            before_login(t, header, ahs, data)
                            continue
                        cmd_sn, ping = s.cmd_sn, NO_TAG - 1
                        quietly(send, s, header, ahs, data)
                        quietly(s.send, bhs(NOP_OUT | 0x40, itt=ping,
                                            rest=struct.pack(">III", NO_TAG, cmd_sn, s.exp_stat_sn)), b"ping")
                        got, alive = gather(s, ping)
                        check(f"opcode {opcode:#x} byte {at} = {value:#x}", s, header, cmd_sn, got, alive)
                        what = "closed" if not alive else f"{got[-1].opcode:#x}" if got else "silence"
                        outcomes[what] = outcomes.get(what, 0) + 1
                        s.close()
                        s = None
                        t.sessions = []
            if s is not None:
                s.close()
                s = None
        t.login(isid=b"\x40\0\0\0\0\2").ping()
    figures("malformed", f"{done} PDUs over {logins} sessions, outcomes {outcomes}")


main()
