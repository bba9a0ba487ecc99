"""A browser without scripts, in which somebody has signed in: what tests of pages share."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING

import httpx

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
