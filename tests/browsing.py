"""Browsers in which somebody has signed in, with scripts and without: what tests of pages share."""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

import parts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from live_collector import LiveCollector
    from tutelage_collector.state import Credentials
    from tutelage_collector.store.records import Role


@contextlib.contextmanager
def opened(collector: LiveCollector) -> Iterator[httpx.Client]:
    """Give a browser that nobody has signed in with."""
    headers = {"accept": "text/html", "sec-fetch-site": "same-origin"}
    with httpx.Client(base_url=collector.serving.web, headers=headers, timeout=60) as browser:
        yield browser


def sign_in(browser: httpx.Client, credentials: Credentials, role: Role) -> None:
    """Sign in as the account that ``init`` made for a role."""
    browser.cookies.clear()
    password = dict(credentials.passwords)[role.value]
    answer = browser.post("/sign-in", data={"name": role.value, "password": password})
    assert answer.status_code == 303, answer.text


@contextlib.contextmanager
def signed_in(
    collector: LiveCollector, credentials: Credentials, role: Role
) -> Iterator[httpx.Client]:
    """Give a browser in which somebody has signed in."""
    with opened(collector) as browser:
        sign_in(browser, credentials, role)
        yield browser


def token(browser: httpx.Client, path: str = "/") -> str:
    """Return what proves that a form is from a page of this session."""
    found = re.search(r'name="form_token" value="([^"]+)"', browser.get(path).text)
    assert found is not None
    return found[1]


PICTURES = os.environ.get("TUTELAGE_PICTURES")
"""A folder for screenshots, for who wants to look at the pages."""


@contextlib.contextmanager
def chromium(*flags: str) -> Iterator[Any]:
    """Give a real Chromium, whose contexts are the people's own."""
    program = parts.need("chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        running = play.chromium.launch(executable_path=program, args=["--no-sandbox", *flags])
        yield running
        running.close()


def fill_in(page: Any, web: str, name: str, password: str) -> None:
    """Sign in as a person does."""
    page.goto(f"{web}/sign-in")
    page.fill("#name", name)
    page.fill("#password", password)
    page.click("main button")
    page.wait_for_url(lambda url: "/sign-in" not in url)


def picture(page: Any, name: str) -> None:
    """Keep how a page looks on a desk and on a telephone, where somebody asked for it."""
    if not PICTURES:
        return
    before = page.viewport_size
    for form, width in (("desk", 1180), ("telephone", 390)):
        page.set_viewport_size({"width": width, "height": 800})
        page.screenshot(path=str(Path(PICTURES) / f"{name}-{form}.png"), full_page=True)
    page.set_viewport_size(before)
