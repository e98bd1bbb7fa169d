# SPDX-License-Identifier: BSD-2-Clause
"""A headless Chromium, driven over the HTTP of chromedriver (W3C WebDriver)."""
import base64, json, os, shutil, subprocess, sys, tempfile, time, urllib.error, urllib.request

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
ARGUMENTS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--disable-sync",
             "--disable-dev-shm-usage", "--hide-scrollbars"]

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "integration"))
from initiator import free_port


class Browser:
    def __init__(self):
        self.profile = tempfile.mkdtemp(prefix="tisane-web.")
        self.base = "http://127.0.0.1:%d" % free_port()
        self.driver = subprocess.Popen(
            ["chromedriver", "--port=" + self.base.rpartition(":")[2]], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        self.session = None
        until(60, lambda: self.http("GET", "/status")["ready"], "chromedriver does not start")
        options = {"args": ARGUMENTS + ["--user-data-dir=" + self.profile]}
        if os.path.exists("/usr/bin/chromium"):
            options["binary"] = "/usr/bin/chromium"
        answer = self.http("POST", "/session", {"capabilities": {"alwaysMatch": {
            "goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}}})
        self.session = "/session/" + answer["sessionId"]

    def http(self, method, path, body=None):
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self.base + path, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as e:
            raise RuntimeError("%s %s: %s" % (method, path, json.load(e)["value"]["message"])) from None

    def do(self, method, path, body=None):
        return self.http(method, self.session + path, body)

    def close(self):
        try:
            if self.session is not None:
                self.do("DELETE", "")
        except (OSError, RuntimeError):
            pass
        self.driver.terminate()
        self.driver.wait()
        shutil.rmtree(self.profile, ignore_errors=True)

    # ---- what a user does and sees ----

    def open(self, url):
        self.do("POST", "/url", {"url": url})

    def js(self, script, *args):
        return self.do("POST", "/execute/sync", {"script": script, "args": list(args)})

    def find(self, css):
        return self.do("POST", "/element", {"using": "css selector", "value": css})[ELEMENT]

    def click(self, css):
        self.do("POST", "/element/%s/click" % self.find(css), {})

    def text(self, css):
        return self.js("const e = document.querySelector(arguments[0]); return e ? e.innerText : ''", css)

    def type(self, css, text):
        self.do("POST", "/element/%s/clear" % self.find(css), {})
        self.do("POST", "/element/%s/value" % self.find(css), {"text": text})

    def keys(self, *keys):
        actions = []
        for k in keys:
            actions += [{"type": "keyDown", "value": k}, {"type": "keyUp", "value": k}]
        self.do("POST", "/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": actions}]})

    def cdp(self, command, **parameters):
        return self.do("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def screen(self, width, height, dark):
        self.cdp("Emulation.setDeviceMetricsOverride", width=width, height=height,
                 deviceScaleFactor=1, mobile=width < 500)
        self.cdp("Emulation.setEmulatedMedia",
                 features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def shot(self, path, whole=True):
        size = self.cdp("Page.getLayoutMetrics")["cssContentSize" if whole else "cssVisualViewport"]
        if not whole:
            size = {"width": size["clientWidth"], "height": size["clientHeight"]}
        picture = self.cdp("Page.captureScreenshot", format="png", captureBeyondViewport=True,
                           clip={"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1})
        with open(path, "wb") as f:
            f.write(base64.b64decode(picture["data"]))

    def complaints(self):
        """What the console has, but for answers that refuse."""
        return [e["message"] for e in self.do("POST", "/se/log", {"type": "browser"})
                if e["level"] == "SEVERE" and "the server responded with a status of 4" not in e["message"]]


def until(seconds, true, words):
    end, last = time.monotonic() + seconds, None
    while time.monotonic() < end:
        try:
            if true():
                return
        except (OSError, RuntimeError) as e:
            last = e
        time.sleep(0.1)
    raise AssertionError("%s (%s)" % (words, last) if last else words)
