"""What an address says: the term that was searched for, and words in its path. Pure."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, unquote_plus, urlsplit

_ENGINES: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = tuple(
    (re.compile(rf"(?:^|\.){host}$"), names)
    for host, names in (
        (r"google(?:\.co)?\.[a-z]{2,3}", ("q",)),
        (r"bing\.com", ("q",)),
        (r"duckduckgo\.com", ("q",)),
        (r"ecosia\.org", ("q",)),
        (r"search\.brave\.com", ("q",)),
        (r"qwant\.com", ("q",)),
        (r"startpage\.com", ("query", "q")),
        (r"search\.yahoo\.com", ("p",)),
        (r"yandex\.(?:com|ru)", ("text",)),
        (r"baidu\.com", ("wd", "word")),
        (r"ask\.com", ("q",)),
        (r"aol\.(?:com|co\.uk)", ("q",)),
        (r"kiddle\.co", ("q",)),
        (r"swisscows\.com", ("query",)),
        (r"youtube\.com", ("search_query",)),
        (r"tiktok\.com", ("q",)),
        (r"reddit\.com", ("q",)),
        (r"(?:x|twitter)\.com", ("q",)),
        (r"pinterest\.(?:com|co\.uk)", ("q",)),
        (r"wikipedia\.org", ("search",)),
        (r"amazon\.(?:com|co\.uk)", ("k", "field-keywords")),
        (r"ebay\.(?:com|co\.uk)", ("_nkw",)),
        (r"perplexity\.ai", ("q",)),
    )
)

_PATH_ENGINES = re.compile(r"^/(?:search|tag|tags|discover|hashtag)/([^/]+)")
"""Sites that put the term into the path."""

_NOT_WORDS = re.compile(r"[^\w']+|_")


def search_term(url: str, *, known: str = "") -> str:
    """Return what was searched for with this address, or "".

    Args:
        url: the whole address.
        known: what the browser itself recorded as the term; it wins.
    """
    if known:
        return known
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
        fields = parse_qs(parts.query, max_num_fields=100)
    except ValueError:
        return ""
    for pattern, names in _ENGINES:
        if pattern.search(host):
            for name in names:
                if found := fields.get(name):
                    return found[0].strip()
    if found_in_path := _PATH_ENGINES.match(parts.path):
        return unquote_plus(found_in_path[1]).replace("-", " ").strip()
    return ""


def words_of(url: str) -> str:
    """Return the words of an address's path, for matching: ``how-to-x.html`` is ``how to x``.

    Not of its query, which holds what forms sent, and not of its host, which category lists judge.
    """
    try:
        path = urlsplit(url).path
    except ValueError:
        return ""
    parts = [part for part in unquote_plus(path).split("/") if part]
    if parts:
        parts[-1] = re.sub(r"\.\w{1,5}$", "", parts[-1])
    return " ".join(_NOT_WORDS.sub(" ", part).strip() for part in parts).strip()


def is_page(url: str) -> bool:
    """Say whether an address is of the web, and not a page of the browser's own or a file."""
    return url.startswith(("http://", "https://"))
