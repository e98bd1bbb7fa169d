#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The daemon is killed amid long copies: nothing has their names, what was written is removed at the next start,
without anything that is not the daemon's, and the same can be asked for again.  What is there is not replaced."""
from control import *


def note(path):
    """That of a draft, as a daemon that was killed leaves it."""
    text = f"tisane unfinished 1\n{path}\n".encode()
    return text + b"check %08x\n" % struct.unpack("<I", crc32c(text))


with Target("lun small { file @DIR@/small.img; size 1M }", more="lun endless { null; size 8T }") as t:
    elsewhere = tempfile.mkdtemp(prefix="tisane-test.", dir="/tmp")  # the sandbox does not admit it, the helper does
    control = Control(t.dir + "/control.sock")
    requests = {
        t.dir + "/export": ("exports", {"lun": "endless", "file": t.dir + "/export"}),
        elsewhere + "/export": ("exports", {"lun": "endless", "file": elsewhere + "/export"}),
        t.dir + "/clone.img": ("clones", {"lun": "endless", "name": "clone", "copy": True,
                                          "file": t.dir + "/clone.img"}),
    }

    def state(i):
        return control.ask("GET", f"/v1/jobs/{i}")["job"]

    def begin_all():
        jobs = [control.ask("POST", "/v1/" + what, body) for what, body in requests.values()]
        assert all("job" in j for j in jobs), jobs
        for j in jobs:
            wait_for(lambda: state(j["job"]["id"])["done"] > 0, "it does not run", PATIENCE)
        return [j["job"]["id"] for j in jobs]

    def unfinished():
        return [d + "/" + f for d in (t.dir, elsewhere) for f in os.listdir(d) if f.endswith(".unfinished")]

    def notes():
        return [f for f in os.listdir(t.dir + "/state") if f.startswith("unfinished-")]

    try:
        begin_all()
        again = control.ask("POST", "/v1/exports", {"lun": "small", "file": t.dir + "/export"})
        assert "job 1 works on" in again["error"], again
        assert len(unfinished()) == len(notes()) == 3, (unfinished(), notes())
        assert not any(map(os.path.exists, requests)), "half a copy has its name"
        t.process.kill()
        t.process.wait()
        assert not any(map(os.path.exists, requests)), "half a copy has its name"

        foreign = {t.dir + "/.tisane-00000000.unfinished": "never noted",
                   t.dir + "/precious": "noted, and no draft",
                   t.dir + "/state/unfinished-spoilt00": "no note", t.dir + "/.tisane-spoilt00.unfinished": "of that"}
        for path, words in foreign.items():
            with open(path, "w") as f:
                f.write(words)
        with open(t.dir + "/state/unfinished-00000001", "wb") as f:
            f.write(note(t.dir + "/precious"))
        t.start()
        wait_for(lambda: len(notes()) == 2, "notes are left", PATIENCE)
        assert sorted(unfinished()) == sorted(p for p in foreign if p.endswith(".unfinished")), unfinished()
        log = open(t.log).read()
        assert log.count("unfinished file of an earlier run is removed ") == 3, log
        assert log.count("unfinished file of an earlier run is not removed ") == 2, log
        for path, words in foreign.items():
            assert open(path).read() == words, path

        for i in begin_all():
            assert control.ask("DELETE", f"/v1/jobs/{i}")["job"]["cancelled"]
            wait_for(lambda: state(i)["state"] == "cancelled", "it is not cancelled", PATIENCE)
        assert len(unfinished()) == len(notes()) == 2, (unfinished(), notes())

        for path in (t.dir + "/export", elsewhere + "/export"):
            for end in ("done", "failed"):
                i = control.ask("POST", "/v1/exports", {"lun": "small", "file": path})["job"]["id"]
                wait_for(lambda: state(i)["state"] != "running", "it does not end", PATIENCE)
                assert state(i)["state"] == end, state(i)
                assert os.path.getsize(path) == 1 << 20
        assert state(i)["error"] == f"{path}: File exists", state(i)
    finally:
        shutil.rmtree(elsewhere)
