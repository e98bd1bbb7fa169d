# SPDX-License-Identifier: BSD-2-Clause
"""A bad wire: a TCP proxy that delays, chops and stalls what passes, and ends
connections by RST or FIN, also in the middle of a PDU."""
import random, select, socket, struct, threading, time


class BadWire:
    def __init__(self, port, seed=1):
        self.port_behind, self.rng = port, random.Random(seed)
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        self.lock, self.pairs = threading.Lock(), []
        self.delay = self.chop = 0  # seconds at most; bytes at most, 0: any
        self.ended = False
        self.thread = threading.Thread(target=self.accept, daemon=True)
        self.thread.start()

    def accept(self):
        while not self.ended:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self.port_behind))
            for s in (near, far):
                s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            pair = {"near": near, "far": far, "left": None, "how": None, "stalled": False}
            with self.lock:
                self.pairs.append(pair)
            threading.Thread(target=self.pump, args=(pair,), daemon=True).start()

    def pump(self, pair):
        ends = {pair["near"]: pair["far"], pair["far"]: pair["near"]}
        try:
            while True:
                for s in select.select(list(ends), [], [], 0.5)[0]:
                    data = s.recv(self.rng.randint(1, self.chop) if self.chop else 65536)
                    if not data or not self.carry(pair, ends[s], data):
                        return
        except OSError:
            pass
        finally:
            with self.lock:
                if pair in self.pairs:
                    self.pairs.remove(pair)
            for s in ends:
                s.close()

    def carry(self, pair, to, data):
        """Pass data on, as badly as asked for; False when the connection ends here."""
        if self.delay:
            time.sleep(self.rng.uniform(0, self.delay))
        while pair["stalled"]:
            time.sleep(0.005)
        if pair["left"] is None:
            to.sendall(data)
            return True
        part = data[:pair["left"]]
        pair["left"] -= len(part)
        to.sendall(part)
        if pair["left"] > 0:
            return True
        if pair["how"] == "rst":
            for s in (pair["near"], pair["far"]):
                s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False

    def cut(self, how, after=0):
        """End every connection by how ("rst", "fin") when after more bytes have passed."""
        with self.lock:
            for pair in self.pairs:
                pair["how"], pair["left"] = how, after

    def stall(self, on):
        with self.lock:
            for pair in self.pairs:
                pair["stalled"] = on

    def close(self):
        self.ended = True
        self.listener.close()
        self.stall(False)
        self.cut("rst")
