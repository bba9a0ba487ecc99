from __future__ import annotations

import pytest

from tutelage_agent.sensors.browser_history.addresses import search_term, words_of


@pytest.mark.parametrize(
    ("url", "term"),
    [
        ("https://www.google.com/search?client=x&q=am+i+depressed", "am i depressed"),
        ("https://www.bing.com/search?q=vpn%20free", "vpn free"),
        ("https://uk.search.yahoo.com/search?p=two+words", "two words"),
        ("https://www.youtube.com/results?search_query=a+b", "a b"),
        ("https://www.tiktok.com/tag/some-tag", "some tag"),
        ("https://notgoogle.example/page?q=1", ""),
        ("https://evilgoogle.com.example/search?q=x", ""),
        ("http://[broken", ""),
    ],
)
def test_the_term_of_a_search_is_found_in_its_address(url, term):
    assert search_term(url) == term


def test_words_of_an_address_leave_out_host_query_and_ending():
    assert words_of("https://a.example/how-to_make/Paper%20Planes.html?name=x") == (
        "how to make Paper Planes"
    )


@pytest.mark.parametrize(
    ("url", "term"),
    [
        ("https://www.google.com.au/search?q=a+b", "a b"),
        ("https://www.google.com.br/search?hl=pt&q=a%20b", "a b"),
        ("https://www.google.de/search?q=%C3%BCber+mich", "über mich"),
        ("https://www.google.co.uk/search?udm=50&q=a+b", "a b"),
        ("https://www.google.com/#q=a+b", "a b"),
        ("https://www.google.com/maps/search/a+b/@51.5,0.1", "a b"),
        ("https://www.bing.com/images/search?q=caf%E9", "café"),
        ("https://html.duckduckgo.com/html/?q=a+b", "a b"),
        ("https://duck.ai/?q=a+b", "a b"),
        ("https://uk.search.yahoo.com/search?p=a+b", "a b"),
        ("https://search.yahoo.co.jp/search?p=%E6%B5%B7", "海"),
        ("https://www.ecosia.org/search?method=index&q=a%2Bb", "a+b"),
        ("https://www.qwant.com/?l=en&q=a+b&t=web", "a b"),
        ("https://www.qwantjunior.com/?q=a+b", "a b"),
        ("https://www.startpage.com/do/dsearch?query=a+b", "a b"),
        ("https://search.brave.com/search?q=a+b", "a b"),
        ("https://search.brave.com/ask?q=a+b", "a b"),
        ("https://www.kiddle.co/s.php?q=a+b", "a b"),
        ("https://swiggle.org.uk/search?q=a+b", "a b"),
        ("https://www.youtube.com/results?search_query=a+b", "a b"),
        ("https://m.youtube.com/results?search_query=a+b", "a b"),
        ("https://yandex.com.tr/search/?text=a+b", "a b"),
        ("https://chatgpt.com/?q=a+b", "a b"),
        ("https://chat.openai.com/?model=x&q=a+b", "a b"),
        ("https://claude.ai/new?q=a+b", "a b"),
        ("https://www.perplexity.ai/search?q=a+b", "a b"),
        ("https://copilot.microsoft.com/?q=a+b", "a b"),
        ("https://x.com/i/grok?text=a+b", "a b"),
        ("https://www.google.com/search?" + "x=1&" * 500 + "q=a+b", "a b"),
        ("https://www.google.com/search?q=homework&q=a+b", "homework a b"),
        ("https://www.google.com/search?q=", ""),
        ("https://notgoogle.com/search?q=a", ""),
        ("https://google.com.evil.example/x?q=a", ""),
        ("https://[bad/search?q=a", ""),
        ("https://www.google.com/search?q=%ff%fe%00", "ÿþ\x00"),
    ],
)
def test_terms_of_engines_and_of_chats_are_read_however_they_are_written(url, term):
    assert search_term(url) == term
