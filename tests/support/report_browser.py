"""A page of a report in Chromium, without a window."""

from __future__ import annotations

import json
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
_QUIET = """--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking
    --disable-component-update --disable-sync""".split()
_SECONDS = 10  # at most, for what a browser does in a moment
DESKTOP, PHONE = (1400, 900), (390, 844)


@contextmanager
def chromium(profile: Path) -> Iterator[Any]:
    """A browser with a new profile."""
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in (*_QUIET, f"--user-data-dir={profile}"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options, webdriver.ChromeService(DRIVER))
    try:
        yield driver
    finally:
        driver.quit()


class Page:
    """An open page; ``driver`` is selenium's."""

    def __init__(self, driver: Any, path: Path, *, size: tuple[int, int] = DESKTOP, dark: bool = False) -> None:
        self.driver = driver
        width, height = size
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": size == PHONE}
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
        driver.get("about:blank")
        for kind in ("browser", "performance"):
            driver.get_log(kind)  # what was before is forgotten
        driver.get(path.as_uri())
        self.until("return 'ready' in document.documentElement.dataset")

    def run(self, script: str, *arguments: Any) -> Any:
        """What a script returns."""
        return self.driver.execute_script(script, *arguments)

    def until(self, script: str) -> Any:
        """Wait until a script returns something true: the result."""
        from selenium.webdriver.support.ui import WebDriverWait

        return WebDriverWait(self.driver, _SECONDS, 0.02).until(lambda driver: driver.execute_script(script))

    def press(self, *keys: str) -> None:
        """Press keys, wherever the focus is."""
        from selenium.webdriver import ActionChains

        for key in keys:
            ActionChains(self.driver).send_keys(key).perform()

    def choose(self, name: str, value: str) -> None:
        """Choose a value of a filter."""
        self.run("const s = document.getElementById(arguments[0]); s.value = arguments[1];"
                 " s.dispatchEvent(new Event('change'))", name, value)  # fmt: skip

    def search(self, text: str) -> None:
        """Search for a text."""
        self.run("const s = document.getElementById('search'); s.value = arguments[0];"
                 " s.dispatchEvent(new Event('input'))", text)  # fmt: skip

    @property
    def tests(self) -> list[str]:
        """The names in the list of tests."""
        return list(self.run("return [...document.querySelectorAll('.row .name')].map((one) => one.textContent)"))

    @property
    def selected(self) -> str | None:
        """The name of the selected test."""
        return self.run("return document.querySelector('.row[aria-selected=true] .name')?.textContent")

    @property
    def detail(self) -> str:
        """All texts of the conversation."""
        return str(self.run("return document.getElementById('detail').textContent"))

    def open_all(self) -> None:
        """Open everything that can be opened, until nothing is left."""
        script = """
            const closed = [...document.querySelectorAll('details:not([open])')];
            for (const one of closed) one.open = true;
            return closed.length === 0;"""
        self.until(script)

    @property
    def console(self) -> list[str]:
        """The messages on the console."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    @property
    def requests(self) -> list[str]:
        """The addresses that were asked for."""
        events = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        return [one["params"]["request"]["url"] for one in events if one["method"] == "Network.requestWillBeSent"]
