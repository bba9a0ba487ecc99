"""What an address says: the term that was searched for, and words in its path. Pure."""

from __future__ import annotations

import re
from urllib.parse import unquote, unquote_plus, unquote_to_bytes, urlsplit

_ENGINES: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = tuple(
    (re.compile(rf"(?:^|\.){host}$"), names)
    for host, names in (
        (r"google(?:\.com?)?\.[a-z]{2,3}", ("q",)),
        (r"bing\.com", ("q",)),
        (r"(?:duckduckgo\.com|duck\.ai)", ("q",)),
        (r"ecosia\.org", ("q",)),
        (r"search\.brave\.com", ("q",)),
        (r"qwant\.com", ("q",)),
        (r"qwantjunior\.com", ("q",)),
        (r"startpage\.com", ("query", "q")),
        (r"search\.yahoo\.(?:com|co\.[a-z]{2})", ("p",)),
        (r"yandex\.[a-z]{2,3}(?:\.[a-z]{2})?", ("text",)),
        (r"baidu\.com", ("wd", "word")),
        (r"naver\.com", ("query",)),
        (r"ask\.com", ("q",)),
        (r"aol\.(?:com|co\.uk)", ("q",)),
        (
            r"(?:mojeek\.(?:com|co\.uk)|kagi\.com|you\.com|searx\.\w+|dogpile\.com|lycos\.com)",
            ("q",),
        ),
        (r"(?:kiddle\.co|kidzsearch\.com|kidrex\.org|safesearchkids\.com)", ("q",)),
        (r"swiggle\.org\.uk", ("q", "query", "gsc.q")),
        (r"cse\.google\.com", ("q",)),
        (r"swisscows\.com", ("query",)),
        (r"youtube(?:kids)?\.com", ("search_query", "q")),
        (r"tiktok\.com", ("q",)),
        (r"reddit\.com", ("q",)),
        (r"(?:x|twitter)\.com", ("q", "text")),
        (r"(?:instagram|facebook)\.com", ("q",)),
        (r"pinterest\.(?:com|co\.uk)", ("q",)),
        (r"(?:twitch\.tv|soundcloud\.com|vimeo\.com|dailymotion\.com)", ("term", "q")),
        (r"(?:quora\.com|tumblr\.com|deviantart\.com)", ("q",)),
        (r"wik(?:ipedia|ihow)\.(?:org|com)", ("search",)),
        (r"amazon\.(?:com|co\.uk|[a-z]{2})", ("k", "field-keywords")),
        (r"ebay\.(?:com|co\.uk|[a-z]{2})", ("_nkw",)),
        # Chats whose first question can stand in the address.
        (r"(?:chatgpt|chat\.openai)\.com", ("q", "prompt")),
        (r"(?:claude|perplexity|meta|poe|phind)\.(?:ai|com)", ("q", "prompt")),
        (
            r"(?:copilot\.microsoft\.com|grok\.com|chat\.mistral\.ai|huggingface\.co)",
            ("q", "prompt"),
        ),
        (r"character\.ai", ("q", "search")),
    )
)
"""Host and the fields that hold the term. ``google.co.uk`` and ``google.com.au`` are Google too."""

_PATH_ENGINES = re.compile(r"^/(?:maps/)?(?:search|tag|tags|discover|hashtag|topics)/([^/]+)")
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
        fields = _fields(parts.query) + _fields(parts.fragment)
    except ValueError:
        return ""
    for pattern, names in _ENGINES:
        if pattern.search(host):
            for name in names:
                # Said twice, sites take the first or the last: both were asked for.
                found = dict.fromkeys(text for field, text in fields if field == name and text)
                if found:
                    return " ".join(found)
    if found_in_path := _PATH_ENGINES.match(parts.path):
        return unquote_plus(found_in_path[1]).replace("-", " ").strip()
    return ""


def _fields(query: str) -> list[tuple[str, str]]:
    """Return the fields of a query. Escapes that are no UTF-8 are what older pages send: cp1252."""
    pairs = (pair.partition("=") for pair in query.lstrip("?!").split("&"))
    return [(unquote(name), _unescaped(text).strip()) for name, _, text in pairs if text]


def _unescaped(text: str) -> str:
    data = unquote_to_bytes(text.replace("+", " "))
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


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
