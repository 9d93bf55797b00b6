"""One reader in Chromium: when words and figures stand, and what came over the wire for them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Locator, Page, sync_playwright

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SIZE = {"width": 1440, "height": 950}
#: A page is given up when it is not complete after so many milliseconds.
PATIENCE = 20_000
#: Runs in the page, frame by frame, so that no question from outside disturbs it. `begin` starts the
#: clock at the next click; `flowmeterMarks` holds milliseconds since then, or since the navigation began.
WATCH = """
(() => {
  const marks = { from: 0 };
  window.flowmeterMarks = marks;
  const box = (part) => part.getBoundingClientRect();
  const shown = (part) => box(part).width > 0 && box(part).height > 0;
  const near = (part) => box(part).bottom > 0 && box(part).top < innerHeight;
  const drawn = (graph) => graph.querySelector(".main-svg") !== null;
  let before = [];
  const signature = (graph) => {
    const plot = graph.querySelector(".js-plotly-plot");
    return plot && plot.data ? plot.data : null;
  };
  window.flowmeterBegin = (name) => {
    delete marks.headline; delete marks.inView; delete marks.all;
    marks.waiting = name;
    before = [...document.querySelectorAll(".dash-graph")].map(signature);
  };
  addEventListener("click", () => {
    if (marks.waiting) { marks.from = performance.now(); marks.began = marks.waiting; delete marks.waiting; }
  }, true);
  const mark = (name) => { if (marks[name] === undefined) marks[name] = performance.now() - marks.from; };
  const look = () => {
    requestAnimationFrame(look);
    if (marks.waiting || !document.body) return;
    const titles = [...document.querySelectorAll("h1")].filter((one) => one.textContent.trim() && shown(one));
    const fresh = (graph) => !marks.began || !before.includes(signature(graph));
    const graphs = [...document.querySelectorAll(".dash-graph")];
    if (titles.length) mark("headline");
    const ready = document.querySelector("main h1") && graphs.length > 0
      && !document.querySelector('[data-dash-is-loading="true"]');
    if (!ready) return;
    if (graphs.filter(near).every((graph) => drawn(graph) && fresh(graph))) mark("inView");
    if (graphs.every((graph) => drawn(graph) && fresh(graph))) mark("all");
  };
  requestAnimationFrame(look);
})();
"""


@dataclass
class Weighed:
    """Bytes that came over the wire, compressed as they were sent, by address; and every request."""

    bytes: int = 0
    by_address: dict[str, int] = field(default_factory=dict)
    requests: list[dict[str, Any]] = field(default_factory=list)

    def forget(self) -> None:
        """Weigh from nothing."""
        self.bytes = 0
        self.by_address.clear()
        self.requests.clear()


@dataclass(frozen=True)
class Visit:
    """Milliseconds until the headline stood, the figures in view and all of them, and bytes."""

    headline: float
    in_view: float
    all: float
    bytes: int


class Reader:
    """One tab of one profile, which begins with an empty cache."""

    def __init__(self, context: BrowserContext) -> None:
        self.page: Page = context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.weighed = Weighed()
        self._wire = context.new_cdp_session(self.page)
        self._addresses: dict[str, str] = {}
        self._wire.send("Network.enable")
        self._wire.on("Network.requestWillBeSent", self._sent)
        self._wire.on("Network.loadingFinished", self._came)

    def _sent(self, event: dict[str, Any]) -> None:
        asked = event["request"]
        self._addresses[event["requestId"]] = asked["url"]
        self.weighed.requests.append(
            {"url": asked["url"], "method": asked["method"], "body": asked.get("postData")}
        )

    def _came(self, event: dict[str, Any]) -> None:
        size = int(event["encodedDataLength"])
        address = self._addresses.get(event["requestId"], "?")
        self.weighed.bytes += size
        self.weighed.by_address[address] = self.weighed.by_address.get(address, 0) + size

    def open(self, address: str) -> Visit:
        """Go to an address, as if it was typed."""
        self.weighed.forget()
        self.page.goto(address, wait_until="commit")
        return self._until_complete()

    def follow(self, title: str) -> Visit:
        """Click on a page's name in the navigation."""
        return self._click(self.page.locator(".navigation").get_by_role("link", name=title, exact=True))

    def choose(self, control: str, title: str) -> Visit:
        """Choose an entry of one of the filters; the clock starts with the click on the entry."""
        self.page.click(f"#{control}")
        return self._click(self.page.get_by_role("option", name=title, exact=True))

    def _click(self, part: Locator) -> Visit:
        part.wait_for()
        self.weighed.forget()
        self.page.evaluate("() => flowmeterBegin('click')")
        part.click()
        return self._until_complete()

    def _until_complete(self) -> Visit:
        self.page.wait_for_function("() => window.flowmeterMarks && window.flowmeterMarks.all !== undefined")
        marks = json.loads(self.page.evaluate("() => JSON.stringify(window.flowmeterMarks)"))
        # What the browser asks for when it has nothing better to do belongs to the weight as well.
        self.page.wait_for_load_state("networkidle")
        return Visit(marks["headline"], marks["inView"], marks["all"], self.weighed.bytes)


@contextmanager
def chromium() -> Iterator[Browser]:
    """The machine's Chromium, without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def reader(browser: Browser, watch: str = WATCH) -> Iterator[Reader]:
    """A reader with a profile that remembers nothing."""
    context = browser.new_context(viewport={"width": SIZE["width"], "height": SIZE["height"]})
    context.add_init_script(watch)
    yield Reader(context)
    context.close()


def middle(visits: list[Visit]) -> Visit:
    """The median of each part of several visits."""
    return Visit(
        median(visit.headline for visit in visits),
        median(visit.in_view for visit in visits),
        median(visit.all for visit in visits),
        int(median(visit.bytes for visit in visits)),
    )
