#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What runs long is listed while seventy others begin and end, and of those that have ended it
is forgotten as the last, for it ended as the last; also with a path that is long, and not of
ASCII alone.  What it makes is no LUN before it has ended."""
from control import *


def until(what, words):
    end = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < end, words()
        time.sleep(0.05)


with Target("lun small { ram; size 4K }", more="lun endless { null; size 8T }") as t:
    control = Control(t.dir + "/control.sock")

    def job(i):
        return control.ask("GET", f"/v1/jobs/{i}")

    def state(i):
        return job(i).get("job", {}).get("state")

    def export(lun, path):
        """Its job; as many at a time as there may be."""
        while "job" not in (o := control.ask("POST", "/v1/exports", {"lun": lun, "file": path})):
            assert "at a time" in o["error"], o
            time.sleep(0.02)
        return o["job"]

    assert export("endless", t.dir + "/endless")["id"] == 1
    until(lambda: job(1)["job"]["done"] > 0, lambda: job(1))
    for i in range(2, 71):
        assert export("small", f"{t.dir}/small.{i}")["id"] == i
    until(lambda: all(j["state"] == "done" for j in control.ask("GET", "/v1/jobs")["jobs"] if j["id"] > 1),
          lambda: control.ask("GET", "/v1/jobs"))
    lun = {"name": "early", "store": "file", "path": t.dir + "/endless"}
    assert "job 1 works on" in control.ask("POST", "/v1/luns", lun)["error"], "half a file is served"
    assert state(70) == "done" and state(1) == "running", job(1)
    assert job(2)["error"] == "there is no job 2", "all are kept"

    assert control.ask("DELETE", "/v1/jobs/1")["job"]["cancelled"]
    until(lambda: state(1) == "cancelled", lambda: job(1))
    assert not os.path.exists(t.dir + "/endless")
    assert control.ask("DELETE", "/v1/jobs/1")["error"] == "job 1 has ended"

    long = t.dir + ("/" + "é" * 127) * 4
    os.makedirs(long)
    assert export("small", long + "/copy")["text"] == f"small as {long}/copy"
    nowhere = export("small", long + "/no/copy")["id"]
    until(lambda: state(nowhere) == "failed", lambda: job(nowhere))
    assert "é" in job(nowhere)["job"]["error"], job(nowhere)
    control.close()
