#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Every field of every request PDU at its edges, in every state of a connection: before a
word is said, in both stages of the login, in discovery sessions, in full feature phase at each
error recovery level with and without digests, some of them spoilt, and behind a Logout. The
answer is held against a model:

    what                                    must be
    anything before a login                 a login response that lets nobody in, or the end
    in the security stage, CHAP not proved  likewise
    in the operational stage                likewise, unless it asks for full feature phase
    behind a Logout                         the answer to the Logout, and the end
    SCSI and task management in discovery   Reject, silence, or the end
    an opcode that is not a request's       Reject with our header in it, or the end
    data over MaxRecvDataSegmentLength      Reject, or the end
    a CmdSN outside the window              silence, and the session lives
    a spoilt header digest                  the end
    a spoilt data digest                    Reject 02h, and at most what refuses the command, or the end
    all else                                the opcode's own response with our tag,
                                            R2T, Reject with our header, silence, or
                                            the end

and a ping sent behind it is answered, or the connection is closed, within 5 s.
"""
import collections, concurrent.futures, itertools, os, random, sys
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from kit import *

REQUESTS = (NOP_OUT, SCSI, TMF, LOGIN, TEXT, DATA_OUT, LOGOUT, SNACK)
ANSWERS = {NOP_OUT: {NOP_IN}, SCSI: {RESPONSE, DATA_IN, R2T}, TMF: {TMF_RSP}, LOGIN: {LOGIN_RSP},
           TEXT: {TEXT_RSP}, DATA_OUT: {RESPONSE, R2T}, LOGOUT: {LOGOUT_RSP},
           SNACK: {DATA_IN, R2T, RESPONSE}}
IN_DISCOVERY = (TEXT, LOGOUT)
CHAPPED = "iqn.2026-11.test.tisane:chap"
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
        return s.login_pdu(*rng.choice([(b"InitiatorName=iqn.2026-11.test:bad\0", 0x81), (b"CHAP_A=5\0", 0),
                                        (b"HeaderDigest=None\0", 0x87)]))
    ttt = struct.pack(">I", rng.choice([NO_TAG, 0, 7]))
    flags = {TMF: 0x80 | rng.choice([1, 2, 5])}.get(opcode, 0x80)
    data = {TEXT: b"SendTargets=All\0", DATA_OUT: bytes(512), NOP_OUT: b"ping"}.get(opcode, b"")
    immediate = rng.choice([0, 0x40]) if opcode not in (DATA_OUT, SNACK) else 0
    return bhs(opcode | immediate, flags, itt=itt, rest=ttt + sns), data


def mutate(rng, header, at, size, value):
    header = header[:at] + value.to_bytes(size, "big") + header[at + size:]
    n = int.from_bytes(header[5:8], "big")
    return header, bytes(header[4] * 4), rng.randbytes(min(n, RECV_MOST + 4096))


def spoil(digest):
    return bytes([digest[0] ^ 1]) + digest[1:]


def send(s, header, ahs, data, spoilt=None):
    out = header + ahs
    if s.header_digest:
        out += spoil(crc32c(out)) if spoilt == "header" else crc32c(out)
    if data:
        data += b"\0" * (-len(data) % 4)
        out += data
        if s.data_digest:
            out += spoil(crc32c(data)) if spoilt == "data" else crc32c(data)
    s.raw(out)


def gather(s, ping):
    """PDUs up to the answer to the ping, and whether the connection still lives."""
    got = []
    try:
        while True:
            p = s.recv(5 * SLOW)
            if p.opcode == NOP_IN and p.itt == ping:
                return got, True
            if p.opcode == REJECT and p.data[:1] == b"\x40" and p.data[16:20] == struct.pack(">I", ping):
                return got, True  # so it is answered in discovery
            got.append(p)
            if p.opcode == LOGOUT_RSP:
                return got, False
    except (Closed, ConnectionError, BrokenPipeError):
        return got, False


def until_closed(case, s):
    """PDUs up to the end of the connection, which has to come."""
    got = []
    try:
        while True:
            got.append(s.recv(5 * SLOW))
    except TimeoutError:
        raise AssertionError(f"{case}: not closed after {got}")
    except (Closed, OSError):
        return got


# ---- the model ---------------------------------------------------------------


def check(case, s, sent, cmd_sn, got, alive, discovery, spoilt):
    opcode, immediate = sent[0] & 0x3F, sent[0] & 0x40
    itt, sn = struct.unpack(">I", sent[16:20])[0], struct.unpack(">I", sent[24:28])[0]
    length = int.from_bytes(sent[5:8], "big")
    numbered = opcode in (NOP_OUT, SCSI, TMF, TEXT, LOGOUT) and not immediate
    ours = [p for p in got if not (p.opcode in (ASYNC, NOP_IN) and p.itt == NO_TAG)]
    for p in ours:
        if p.opcode == REJECT:
            assert p.data[:48] == sent, f"{case}: Reject of something else: {p}"
        else:
            assert p.opcode in ANSWERS.get(opcode, ()), f"{case}: {sent.hex()} was answered by {p}"
            assert p.itt == itt or opcode in (DATA_OUT, SNACK), f"{case}: the tag of another: {p}"
            assert not discovery or opcode in IN_DISCOVERY, f"{case}: in discovery, answered by {p}"
    rejected = [p for p in ours if p.opcode == REJECT]
    if spoilt == "header":
        assert not alive and not ours, f"{case}: a spoilt header was believed: {got}"
    elif spoilt == "data" and length and opcode != DATA_OUT:
        assert all(p.opcode == REJECT or p.opcode == RESPONSE and p.bhs[3] for p in ours), \
            f"{case}: spoilt data was used: {got}"
    if opcode not in REQUESTS or length > RECV_MOST:
        assert rejected or not alive, f"{case}: {sent.hex()} was let pass"
    elif numbered and (sn - cmd_sn) % (1 << 32) > 1024:
        assert not alive or len(ours) == len(rejected), \
            f"{case}: a CmdSN out of the window was answered: {got}"


def check_login(case, sent, got, may_enter):
    for p in got:
        assert p.opcode == LOGIN_RSP, f"{case}: {sent.hex()} was answered by {p}"
        status = struct.unpack(">H", p.bhs[36:38])[0]
        entered = not status and p.bhs[1] & 0x83 == 0x83
        assert not entered or may_enter, f"{case}: {sent.hex()} let in: {p}"


# ---- the states --------------------------------------------------------------


def begin_login(t, target, method, flags):
    s = t.session(name="iqn.2026-11.test:bad")
    text = f"InitiatorName={s.name}\0SessionType=Normal\0TargetName={target}\0AuthMethod={method}\0"
    s.send(*s.login_pdu(text.encode(), flags))
    assert s.recv().bhs[36:38] == b"\0\0"
    return s


def in_login(case, s, header, ahs, data, may_enter):
    quietly(send, s, header, ahs, data)
    quietly(s.sock.shutdown, socket.SHUT_WR)
    got = until_closed(case, s)
    check_login(case, header, got, may_enter)
    return got, False


def before_login(case, t, rng, make):
    return in_login(case, s := t.session(name="iqn.2026-11.test:bad"), *make(s), False)


def in_security(case, t, rng, make):
    return in_login(case, s := begin_login(t, CHAPPED, "CHAP", 0x81), *make(s), False)


def in_operational(case, t, rng, make):
    s = begin_login(t, IQN, "None", 0x81)
    header, ahs, data = make(s)
    return in_login(case, s, header, ahs, data, header[0] & 0x3F == LOGIN and header[1] & 0x83 == 0x83)


def behind_a_logout(case, t, rng, make):
    s = full(t, rng)
    header, ahs, data = make(s)
    itt = s.next_itt()
    logout = bhs(LOGOUT | 0x40, 0x80, itt=itt, rest=struct.pack(">HHII", 1, 0, s.cmd_sn, s.exp_stat_sn))
    if s.header_digest:
        logout += crc32c(logout)
    quietly(s.raw, logout)
    quietly(send, s, header, ahs, data)
    got = until_closed(case, s)
    assert [p.opcode for p in got] == [LOGOUT_RSP] and got[0].itt == itt, f"{case}: behind a Logout: {got}"
    return got, False


def full(t, rng, discovery=False):
    digests = rng.choice([("None", "None")] * 5 + [("CRC32C", "CRC32C"), ("CRC32C", "None"), ("None", "CRC32C")])
    s = t.session(name="iqn.2026-11.test:bad")
    level = {} if discovery else {"ErrorRecoveryLevel": rng.randint(0, 2)}
    s.login(target=None if discovery else IQN, HeaderDigest=digests[0], DataDigest=digests[1],
            MaxRecvDataSegmentLength=RECV_MOST, **level)
    if not discovery:
        s.command([0] * 6)
    return s


def in_full_feature(case, t, rng, make, discovery=False):
    s = full(t, rng, discovery)
    header, ahs, data = make(s)
    spoilt = rng.choice([None] * 6 + ["header", "data"])
    if not (s.header_digest if spoilt == "header" else s.data_digest):
        spoilt = None
    cmd_sn, ping = s.cmd_sn, NO_TAG - 1
    quietly(send, s, header, ahs, data, spoilt)
    quietly(s.send, bhs(NOP_OUT | 0x40, itt=ping,
                        rest=struct.pack(">III", NO_TAG, cmd_sn, s.exp_stat_sn)), b"ping")
    got, alive = gather(s, ping)
    check(case, s, header, cmd_sn, got, alive, discovery, spoilt)
    return got, alive


def in_discovery(case, t, rng, make):
    return in_full_feature(case, t, rng, make, True)


STATES = [in_full_feature] * 9 + [before_login, in_security, in_operational, in_discovery, in_discovery, behind_a_logout,
                                  in_security]


# ---- runs --------------------------------------------------------------------


def cases(rng):
    """(opcode, byte, size, value), without end."""
    while True:
        for opcode in rng.sample(REQUESTS, len(REQUESTS)):
            for at, size in FIELDS:
                for value in edges(rng, size):
                    yield opcode, at, size, value


def maker(rng, opcode, at, size, value):
    def make(s):
        header, data = template(rng, s, opcode)
        header, ahs, more = mutate(rng, header[:5] + len(data).to_bytes(3, "big") + header[8:], at, size, value)
        return (header, ahs, more) if at in (4, 5) else (header, b"", data)
    return make


def work(seed, most):
    """Counts of states and of outcomes."""
    rng, states, outcomes = random.Random(seed), collections.Counter(), collections.Counter()
    chap = f'target {CHAPPED} {{ portal-group pg\nauth-group known\nlun 0 disk }}\n' \
           'auth-group known { chap user "secret-of-12-b" }'
    with Daemon(more=f"log level error\n{chap}") as t:
        for case in itertools.islice(cases(rng), most):
            state = rng.choice(STATES)
            name = f"seed {seed}: {state.__name__}: opcode {case[0]:#x} byte {case[1]} = {case[3]:#x}"
            got, alive = state(name, t, rng, maker(rng, *case))
            t.drop_sessions()
            outcomes["closed" if not alive else f"{got[-1].opcode:#x}" if got else "silence"] += 1
            states[state.__name__] += 1
        t.login(isid=b"\x40\0\0\0\0\2").ping()
    return states, outcomes


def main():
    most, seed, workers = count(50000), int(os.environ.get("SEED", "1")), 4
    states, outcomes = collections.Counter(), collections.Counter()
    with concurrent.futures.ProcessPoolExecutor(workers) as pool:
        for s, o in pool.map(work, [seed * 1000 + i for i in range(workers)], [most // workers] * workers):
            states += s
            outcomes += o
    figures("malformed", f"{sum(states.values())} PDUs in states {dict(states)}, outcomes {dict(outcomes)}")


main()
