#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What READ CAPACITY (16) and, as sg_vpd reads them, VPD pages B0h and B2h say of each store is what UNMAP does there,
and GET LBA STATUS tells the blocks that are given back, by whole pieces of the granularity."""
import glob, re
from initiator import *

MIB = 1 << 20
SIZE = 8 * MIB
place = tempfile.mkdtemp(prefix="tisane-stores.")
children, ends = [], []


def have(*tools):
    return all(shutil.which(tool) for tool in tools)


def run(*argv):
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout.strip()


def queue(device, name):
    with open(f"/sys/block/{os.path.basename(device)}/queue/{name}") as f:
        return int(f.read())


# ---- the stores: (name, statements, what they are to say) ----
# granularity in bytes, 0: no UNMAP; type of B2h: 1 resource, 2 thin; zeroes: LBPRZ; maps: bytes of the smallest hole
# that is told, 0: all is data

def plain():
    page = os.sysconf("SC_PAGESIZE")
    piece = os.stat(place).st_blksize
    yield "ram", f"ram; size {SIZE}", dict(granularity=page, type=2, zeroes=True, maps=page)
    yield "null", f"null; size {SIZE}", dict(granularity=None, type=None, zeroes=True, maps=0)
    thin = dict(granularity=piece, type=2, zeroes=True, maps=piece)
    yield "sparse", f"file {place}/sparse; size {SIZE}", thin
    yield "direct", f"file {place}/direct; size {SIZE}; cache direct", thin
    yield "large", f"file {place}/large; size {SIZE}; block-size 4096", thin
    yield "full", f"file {place}/full; size {SIZE}; allocation full", dict(granularity=0)
    with open(f"{place}/fixed", "wb") as f:
        f.truncate(SIZE)
    yield "fixed", f"file {place}/fixed; read-only yes", dict(granularity=0)


def block():
    with open(f"{place}/disk", "wb") as f:
        f.truncate(SIZE)
    try:
        device = run("losetup", "-f", "--show", f"{place}/disk")
    except subprocess.CalledProcessError:
        return
    ends.append(("losetup", "-d", device))
    yield "block", f"block {device}", dict(
        granularity=queue(device, "discard_granularity"), type=2, zeroes=queue(device, "write_zeroes_max_bytes") > 0,
        maps=0)


def nbd():
    # NBD has no words for a granularity; the other one can write and flush only.
    kinds = (("nbd", ["memory", str(SIZE)], dict(granularity=512, type=2, zeroes=True, maps=32768)),
             ("nbdfixed", ["--filter=nozero", "eval", f"get_size=echo {SIZE}", "pread=head -c $3 /dev/zero", "can_write=exit 0",
                           "pwrite=cat >/dev/null", "can_flush=exit 0", "flush=exit 0"],
              dict(granularity=0)))
    for name, words, says in kinds:
        children.append(subprocess.Popen(["nbdkit", "-f", "-U", f"{place}/{name}.sock", *words],
                                         stderr=subprocess.DEVNULL))
        until = time.monotonic() + 10 * SLOW
        while not os.path.exists(f"{place}/{name}.sock"):
            assert time.monotonic() < until, "nbdkit does not start"
            time.sleep(0.02)
        yield name, f'nbd "nbd+unix:///?socket={place}/{name}.sock"', says


def tcmu():
    run("qemu-img", "create", "-q", "-f", "qcow2", f"{place}/qcow2", str(SIZE))
    yield "qcow", f"tcmu qcow/{place}/qcow2", dict(granularity=0)


def stores(version):
    yield from plain()
    if os.geteuid() == 0:
        yield from block()
    if " nbd" in version and have("nbdkit"):
        yield from nbd()
    if have("qemu-img") and glob.glob("/usr/lib/*/tcmu-runner/handler_qcow.so"):
        yield from tcmu()


# ---- what is asked ----

def decoded(tool, *options, data):
    with open(f"{place}/page", "wb") as f:
        f.write(data)
    out = subprocess.run([tool, "--raw", f"--in={place}/page", *options], capture_output=True, text=True)
    assert out.returncode == 0, out
    return out.stdout


def number(words, text):
    return int(re.search(re.escape(words) + r"[^:]*: (\d+)", text)[1])


class Lun:
    def __init__(self, s, lun):
        self.s, self.lun = s, lun
        self.command([0] * 6)
        cap = self.good([0x9E, 0x10] + [0] * 11 + [32, 0, 0], read=32)
        self.block = int.from_bytes(cap[8:12], "big")
        self.lbpme, self.lbprz = bool(cap[14] & 0x80), bool(cap[14] & 0x40)

    def command(self, cdb, **kw):
        while (answer := self.s.command(cdb, lun=self.lun, **kw))[0] == 2 and sense_of(answer[2])[0] == 6:
            pass
        return answer

    def good(self, cdb, **kw):
        status, data, sense = self.command(cdb, **kw)
        assert status == 0, sense.hex()
        return data

    def page(self, code):
        return self.command([0x12, 1, code, 1, 0, 0], read=256)

    def unmap(self, lba, blocks):
        return self.command([0x42] + [0] * 7 + [24], write=struct.pack(">HHIQII", 22, 16, 0, lba, blocks, 0))

    def write(self, offset, length):
        for at in range(offset, offset + length, 65536):
            self.good(write10(at // self.block, 65536 // self.block), write=b"w" * 65536)

    def read(self, offset, length):
        return self.good(read10(offset // self.block, length // self.block), read=length)

    def extents(self):
        """[(bytes, mapped)] of the whole, neighbours of a kind as one."""
        found, at = [], 0
        while at < SIZE:
            data = self.good(struct.pack(">BBQIBB", 0x9E, 0x12, at // self.block, 24, 0, 0), read=24)
            blocks, state = struct.unpack(">IB", data[16:21])
            assert blocks > 0 and int.from_bytes(data[8:16], "big") == at // self.block, data.hex()
            length, mapped = min(blocks * self.block, SIZE - at), state & 15 == 0
            if found and found[-1][1] == mapped:
                found[-1] = (found[-1][0] + length, mapped)
            else:
                found.append((length, mapped))
            at += length
        return found


def without_unmap(lun, limits):
    assert not lun.lbpme and not lun.lbprz
    assert number("Maximum unmap LBA count", limits) == 0 and number("Maximum unmap block descriptor count", limits) == 0
    status, _, sense = lun.page(0xB2)
    assert status == 2 and sense_of(sense) == (5, 0x24, 0), "a B2h where nothing can be given back"
    status, _, sense = lun.unmap(0, 8)
    assert status == 2 and sense_of(sense) in ((5, 0x20, 0), (7, 0x27, 0)), sense.hex()


def with_unmap(lun, limits, says):
    assert lun.lbpme and lun.lbprz == says["zeroes"], (lun.lbpme, lun.lbprz)
    status, page, _ = lun.page(0xB2)
    assert status == 0
    told = decoded("sg_vpd", data=page)
    assert number("Unmap command supported (LBPU)", told) == 1, told
    assert number("Logical block provisioning read zeros (LBPRZ)", told) == says["zeroes"], told
    if says["type"] is not None:
        assert number("Provisioning type", told) == says["type"], told
    piece = number("Optimal unmap granularity", limits) * lun.block
    assert says["granularity"] in (None, piece), (piece, limits)
    assert number("Maximum unmap LBA count", limits) > 0
    if says["type"] is None:
        return

    # 2 MiB are data; then one piece of it is given back, and a block of another
    piece = max(piece, says["maps"])
    lun.write(0, 2 * MIB)
    lun.good([0x35] + [0] * 9)
    assert lun.unmap(MIB // lun.block, piece // lun.block)[0] == 0
    if says["zeroes"]:
        assert lun.unmap(64 * 1024 // lun.block, 1)[0] == 0
        assert lun.read(64 * 1024, lun.block) == bytes(lun.block), "zeroes were promised"
        assert lun.read(MIB, piece) == bytes(piece), "zeroes were promised"
    assert lun.read(MIB + piece, lun.block) == b"w" * lun.block
    assert lun.read(MIB - lun.block, lun.block) == b"w" * lun.block
    lun.good([0x35] + [0] * 9)
    expected = [(SIZE, True)]
    if says["maps"]:
        expected = [(MIB, True), (piece, False), (MIB - piece, True), (SIZE - 2 * MIB, False)]
        if piece == lun.block:  # the block of the other was one
            expected = [(64 * 1024, True), (piece, False), (MIB - 64 * 1024 - piece, True)] + expected[1:]
    assert lun.extents() == expected, lun.extents()


def main():
    if not have("sg_vpd"):
        print("SKIP: sg3-utils is not installed")
        sys.exit(77)
    try:
        version = run(TISANED, "--version")
        kinds = list(stores(version))
        with Target("\n".join(f"lun {name} {{ {words} }}" for name, words, _ in kinds)) as t:
            s = t.login()
            for i, (name, _, says) in enumerate(kinds):
                lun = Lun(s, i)
                limits = decoded("sg_vpd", data=lun.page(0xB0)[1])
                try:
                    if says["granularity"] == 0:
                        without_unmap(lun, limits)
                    else:
                        with_unmap(lun, limits, says)
                except BaseException:
                    print(f"of {name}:")
                    raise
            print("stores:", *(name for name, _, _ in kinds))
    finally:
        for argv in ends:
            subprocess.run(argv)
        for child in children:
            child.kill()
            child.wait()
        shutil.rmtree(place)


main()
