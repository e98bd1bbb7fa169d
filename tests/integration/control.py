# SPDX-License-Identifier: BSD-2-Clause
"""The daemon's control socket, spoken to directly.  Files are in memory, as jobs make many durable."""
import http.client, json
from initiator import *

if os.access("/dev/shm", os.W_OK):
    tempfile.tempdir = "/dev/shm"


class Control(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("x", timeout=PATIENCE)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(PATIENCE)
        self.sock.connect(self.path)

    def ask(self, method, path, body=None):
        self.request(method, path, json.dumps(body) if body else None)
        answer = json.load(self.getresponse())
        self.close()
        return answer
