"""What the web app costs a phone: bytes and requests of the first load, time until it can be used, photo to answer.

    python -m benchmarks.web_app [--bundle DIR] [--photo FILE] [--quick]

Bytes are counted on the wire, headers and all, by a relay between Chromium and the service. "Slow phone" is
what Lighthouse measures by: 150 ms round trips, 1.6 Mbit/s down, 0.75 Mbit/s up,
a processor at a quarter of this machine's speed. Times are the median of some runs, each in a window of its own.
"""

import argparse
import shutil
import socket
import statistics
import tempfile
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from io import StringIO
from pathlib import Path

from playwright.sync_api import sync_playwright

from serve.bundles import open_bundle
from serve.journal import Journal
from serve.params import ServeParams
from serve.server import serving
from serve.service import Service
from tests.conftest import ARGUMENTS
from tests.serve.bundles import make_bundle
from tests.serve.web.photos import car

PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True, "locale": "en-GB"}
LIMIT_BYTES = 80_000
# The moment when the buttons are there and heard, as the page's own clock has it.
WATCH = """new MutationObserver((_, watch) => {
    if (!document.querySelector("html[data-ready] h1")) return;
    window.usable = performance.now();
    watch.disconnect();
}).observe(document, { subtree: true, childList: true, attributes: true });
window.blocked = 0;
new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) window.blocked += Math.max(0, duration - 50);
}).observe({ type: "longtask", buffered: true });"""


@dataclass
class Relay:
    """Passes bytes on to ``port`` and counts those that come back, and the requests."""

    port: int
    received: int = 0
    requests: int = 0
    own_port: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def listen(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.own_port = listener.getsockname()[1]
            threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
            yield f"http://127.0.0.1:{self.own_port}"

    def _accept(self, listener):
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self.port))
            for source, target, back in ((near, far, False), (far, near, True)):
                threading.Thread(target=self._pass, args=(source, target, back), daemon=True).start()

    def _pass(self, source, target, back):
        try:
            while data := source.recv(65536):
                with self.lock:
                    self.received += len(data) if back else 0
                    self.requests += 0 if back else sum(data.count(verb) for verb in (b"GET /", b"POST /"))
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass


def open_tab(browser, slow, workers="allow"):
    """Return a tab in a window of its own, slowed down or not."""
    tab = browser.new_context(**PHONE, service_workers=workers).new_page()
    tab.set_default_timeout(120_000)
    tab.add_init_script(WATCH)
    if slow:
        devtools = tab.context.new_cdp_session(tab)
        devtools.send("Network.enable")
        devtools.send("Network.emulateNetworkConditions", {
            "offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 0.75e6 / 8})
        devtools.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    return tab


def measure_load(browser, relay, url, slow, workers="block"):
    """Return bytes, requests, first paint, usable and blocked (ms) of a first load, until all is quiet.

    Args:
        workers: ``allow`` counts what the service worker fetches for the shell offline as well.
    """
    before = relay.received, relay.requests
    tab = open_tab(browser, slow, workers)
    tab.goto(url, wait_until="networkidle")
    if workers == "allow":
        tab.wait_for_function("() => navigator.serviceWorker.controller")
    paint = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
    times = [tab.evaluate(code) for code in (paint, "window.usable", "window.blocked")]
    tab.context.close()
    return relay.received - before[0], relay.requests - before[1], *times


def measure_answer(browser, url, photo, slow):
    """Return the milliseconds from the choice of a photo until it shows, and until its answer does."""
    tab = open_tab(browser, slow)
    tab.goto(url, wait_until="networkidle")
    tab.wait_for_selector("#choose", state="attached")
    tab.evaluate("""() => {
        document.querySelector("#choose").addEventListener("change", () => { window.chosen = performance.now() }, true);
        new MutationObserver(() => {
            if (!window.shown && document.querySelector(".photo img")) window.shown = performance.now();
            if (document.querySelector(".answer:not(.working)")) window.answered ??= performance.now();
        }).observe(document, { subtree: true, childList: true, attributes: true });
    }""")
    tab.set_input_files("#choose", photo)
    tab.wait_for_function("() => window.answered")
    times = tab.evaluate("[window.shown - window.chosen, window.answered - window.chosen]")
    tab.context.close()
    return times


def medians(rows):
    return [statistics.median(values) for values in zip(*rows, strict=True)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bundle", type=Path, help="folder of a bundle; without it a small one is made")
    parser.add_argument("--photo", type=Path, help="photo to ask about; without it a drawn one of 12 megapixels")
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args()
    runs = 1 if given.quick else 5
    with tempfile.TemporaryDirectory() as folder:
        bundle = open_bundle(given.bundle) if given.bundle else make_bundle(Path(folder))
        photo = given.photo or Path(folder) / "car.jpg"
        if not given.photo:
            photo.write_bytes(car(size=(4032, 3024)))
        params = replace(ServeParams(), rate_per_minute=0)
        with serving(Service(bundle, params, Path(folder) / "feedback", Journal(StringIO()))) as service:
            relay = Relay(int(service.rsplit(":", 1)[1]))
            with relay.listen() as url, sync_playwright() as playwright:
                path = next(p for name in ("chromium", "google-chrome") if (p := shutil.which(name)))
                browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
                for name, slow in (("this machine", False), ("slow phone", True)):
                    loads = [measure_load(browser, relay, url, slow) for _ in range(runs)]
                    answers = [measure_answer(browser, url, photo, slow) for _ in range(runs)]
                    size, requests, paint, usable, blocked = medians(loads)
                    shown, answered = medians(answers)
                    print(f"{name}: first load {size / 1000:.1f} kB in {requests:.0f} requests, first paint "
                          f"{paint:.0f} ms, usable {usable:.0f} ms, blocked {blocked:.0f} ms; photo of "
                          f"{photo.stat().st_size / 1e6:.1f} MB shown after {shown:.0f} ms, answered after "
                          f"{answered:.0f} ms", flush=True)
                whole, asked, *_ = measure_load(browser, relay, url, False, "allow")
                print(f"with the service worker's copies for offline: {whole / 1000:.1f} kB in {asked} requests")
                browser.close()
    print("below 80 kB" if size < LIMIT_BYTES else "TOO LARGE")


if __name__ == "__main__":
    main()
