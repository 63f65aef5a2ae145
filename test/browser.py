"""A headless Chromium that a test drives by its DevTools protocol; WebGL is drawn in software."""

import base64
import itertools
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    *("--headless=new", "--no-sandbox", "--remote-debugging-port=0", "--no-first-run", "--disable-extensions"),
    *("--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist", "--disable-dev-shm-usage"),
)


def program():
    """Chromium's path, or None."""
    return next((found for name in PROGRAMS if (found := shutil.which(name))), None)


class Browser:
    """One page."""

    def __init__(self, url, width=1000, height=760, start_s=30.0):
        from websockets.sync.client import connect

        self._folder = tempfile.mkdtemp(prefix="browser")
        command = [program(), *FLAGS, f"--user-data-dir={self._folder}", f"--window-size={width},{height}", url]
        errors = Path(self._folder, "errors")
        with errors.open("w") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        address = _wait(lambda: re.search(r"ws://(\S+?)/devtools", errors.read_text()), start_s).group(1)
        self._numbers = itertools.count(1)
        target = _wait(lambda: _page(address), start_s)
        self._socket = connect(target["webSocketDebuggerUrl"], max_size=None)
        self.wait_for("document.readyState === 'complete' && location.protocol !== 'about:'")

    def run(self, script):
        """Evaluates JavaScript and returns its value."""
        done = self._ask("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in done, done
        return done["result"].get("value")

    @property
    def text(self):
        """The visible text."""
        return self.run("document.body?.innerText ?? ''")

    def wait_for(self, script, limit_s=30.0):
        """Waits until a script's value is true; returns it."""
        return _wait(lambda: self.run(script), limit_s)

    def press(self, label):
        """Clicks the button with a label, by the mouse."""
        find = f"[...document.querySelectorAll('button')].find(b => b.innerText.trim() === {json.dumps(label)})"
        self.wait_for(f"!!{find}")
        self.run(f"{find}.scrollIntoView({{block: 'center'}})")
        time.sleep(0.3)
        place = self.run(f"(r => [r.x + r.width / 2, r.y + r.height / 2])({find}.getBoundingClientRect())")
        self.mouse("mousePressed", *place)
        self.mouse("mouseReleased", *place)

    def tick(self, label):
        """Clicks the checkbox that stands beside a label."""
        found = f"[...document.querySelectorAll('label')].find(each => each.innerText.trim() === {json.dumps(label)})"
        box = "input[type=checkbox]"
        self.wait_for(f"!!{found}")
        self.run(
            f"let e = {found}; while (!e.querySelector('{box}')) e = e.parentElement; e.querySelector('{box}').click()"
        )

    def mouse(self, kind, x, y, button="left"):
        """One mouse event: mousePressed, mouseMoved or mouseReleased."""
        held = 1 if kind != "mouseReleased" and button == "left" else 0
        self._ask("Input.dispatchMouseEvent", type=kind, x=x, y=y, button=button, buttons=held, clickCount=1)

    def screenshot(self, path=None):
        """PNG bytes of the page, also written to a file."""
        data = base64.b64decode(self._ask("Page.captureScreenshot", format="png")["data"])
        if path:
            Path(path).write_bytes(data)
        return data

    def close(self):
        """Ends the browser."""
        try:
            self._socket.close()
        finally:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            shutil.rmtree(self._folder, ignore_errors=True)

    def _ask(self, method, **params):
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            answer = json.loads(self._socket.recv(60))
            if answer.get("id") == number:
                assert "error" not in answer, answer
                return answer["result"]


def _page(address):
    from urllib.request import urlopen

    with urlopen(f"http://{address}/json") as found:
        pages = [each for each in json.load(found) if each["type"] == "page"]
    return pages[0] if pages else None


def _wait(found, limit_s):
    end = time.monotonic() + limit_s
    while not (value := found()):
        assert time.monotonic() < end, f"not within {limit_s:g} s"
        time.sleep(0.1)
    return value
