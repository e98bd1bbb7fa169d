#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
# limit: 120
"""A VM that writes to a file system without room is paused by QEMU, and goes on when there is room.

The guest is one boot sector: by the BIOS it writes 40 MiB to its second disk, and then D to its
serial port, or E when a write failed."""
import json, os, shutil, socket, subprocess, sys, time
from initiator import *

GUEST = """
.code16
.globl _start
_start:	xorw %ax, %ax
	movw %ax, %ds
	movw %ax, %ss
	movw $0x7c00, %sp
	movw $0x1000, %ax
	movw %ax, %es
	xorw %di, %di
	movw $0x4000, %cx
	movw $0xa5a5, %ax
	rep stosw
again:	movw $packet, %si
	movw $0x4300, %ax
	movb $0x81, %dl
	int $0x13
	jc failed
	addl $64, lba
	decw count
	jnz again
	movb $'D', %al
	jmp tell
failed:	movb $'E', %al
tell:	movw $0x3f8, %dx
	outb %al, %dx
stop:	hlt
	jmp stop
count:	.word 1280
packet:	.byte 16, 0
	.word 64, 0, 0x1000
lba:	.quad 0
	.org 510
	.word 0xaa55
"""


def missing():
    if os.geteuid():
        return "needs root: mounts a tmpfs"
    for tool in ("qemu-system-x86_64", "qemu-io", "as", "ld"):
        if not shutil.which(tool):
            return f"{tool} is not installed"


class Monitor:
    def __init__(self, path):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(60)
        for _ in range(200):
            try:
                self.sock.connect(path)
                break
            except OSError:
                time.sleep(0.1)
        self.file = self.sock.makefile("rw")
        self.file.readline()
        self.ask("qmp_capabilities")

    def ask(self, command):
        self.file.write(json.dumps({"execute": command}) + "\n")
        self.file.flush()
        while True:
            answer = json.loads(self.file.readline())
            if "event" not in answer:
                return answer["return"]

    def wait(self, status):
        for _ in range(int(20 * PATIENCE)):
            if self.ask("query-status")["status"] == status:
                return
            time.sleep(0.1)
        raise AssertionError(f"the VM is {self.ask('query-status')}, not {status}")


def assemble(directory):
    path = lambda name: os.path.join(directory, name)
    with open(path("guest.s"), "w") as f:
        f.write(GUEST)
    subprocess.run(["as", "--32", "-o", path("guest.o"), path("guest.s")], check=True)
    subprocess.run(["ld", "-m", "elf_i386", "-Ttext", "0x7c00", "--oformat", "binary", "-o",
                    path("guest.img"), path("guest.o")], check=True)
    os.truncate(path("guest.img"), 8 << 20)
    return path("guest.img")


def run_vm(t, image, lun):
    disk = "if=virtio,format=raw,cache=none"
    return subprocess.Popen(
        ["qemu-system-x86_64", "-accel", os.environ.get("GUEST_ACCEL", "tcg"), "-m", "32",
         "-display", "none", "-nodefaults", "-net", "none", "-serial", f"file:{t.dir}/serial",
         "-qmp", f"unix:{t.dir}/qmp,server=on,wait=off",
         "-drive", f"file={image},{disk},readonly=off",
         "-drive", f"file={lun},{disk},werror=stop"], stdin=subprocess.DEVNULL)


def scenario(t, small):
    lun = f"iscsi://127.0.0.1:{t.port}/{IQN}/0"
    vm = run_vm(t, assemble(t.dir), lun)
    try:
        monitor = Monitor(t.dir + "/qmp")
        monitor.wait("io-error")
        assert t.logged("writes found no space")
        assert open(t.dir + "/serial").read() == "", "the guest saw an error"
        subprocess.run(["mount", "-o", "remount,size=64m", small], check=True)
        monitor.ask("cont")
        for _ in range(int(20 * PATIENCE)):
            if open(t.dir + "/serial").read():
                break
            time.sleep(0.1)
        assert open(t.dir + "/serial").read() == "D"
        assert monitor.ask("query-status")["status"] == "running"
    finally:
        vm.kill()
        vm.wait()
    subprocess.run(["qemu-io", "-f", "raw", "-c", "read -P 0xa5 0 40M", lun], check=True)


why = missing()
if why:
    print(why)
    sys.exit(77)
t = Target("lun disk { file @DIR@/small/disk.img; size 64M }")
small = os.path.join(t.dir, "small")
os.mkdir(small)
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", small], check=True)
with t:
    try:
        scenario(t, small)
    finally:
        subprocess.run(["umount", "-l", small])
