"""A student's text in messages: shown exactly, and never markup."""

from __future__ import annotations

import re
import time

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from autograder.kit.text import MAX_TEXT, clean, code, escape, one_line, plain, prose

ANYTHING = st.text(st.characters(), max_size=60) | st.text(
    "`<>[]()!*_\\\n\r #-=x:/&|~$", max_size=60
)
RENDERERS = [
    MarkdownIt("commonmark"),
    MarkdownIt("gfm-like", {"linkify": False}),
    MarkdownIt("js-default", {"html": True}),
]


def words_of(html: str) -> str:
    """The text that a browser shows."""
    text = re.sub(r"<[^>]*>", "", html)
    for name, sign in (("lt", "<"), ("gt", ">"), ("quot", '"'), ("amp", "&")):
        text = text.replace(f"&{name};", sign)
    return one_line(text)


@given(ANYTHING)
def test_a_code_span_holds_exactly_the_text(text: str) -> None:
    for renderer in RENDERERS:
        html = renderer.render(f"It raised E: {code(text)}.")
        assert words_of(html) == one_line(f"It raised E: {one_line(text)}.")
        assert set(re.findall(r"</?(\w+)", html)) <= {"p", "code"}


@given(ANYTHING)
def test_escaped_text_is_shown_as_it_is(text: str) -> None:
    for renderer in RENDERERS:
        html = renderer.render(f"It raised E: {escape(text)}.")
        assert words_of(html) == one_line(f"It raised E: {one_line(text)}.")
        assert set(re.findall(r"</?(\w+)", html)) <= {"p"}


@given(ANYTHING)
def test_prose_has_code_spans_and_nothing_else(text: str) -> None:
    for renderer in RENDERERS:
        html = renderer.render(f"Note: {prose(text)}.")
        assert set(re.findall(r"</?(\w+)", html)) <= {"p", "code"}


def test_a_sentence_of_ours_keeps_its_code_spans() -> None:
    sentence = "There is no `LSTM.forward` in lstm_solution: y is the pair (a, [b])."
    assert plain(prose(sentence)) == sentence
    assert "<code>LSTM.forward</code>" in RENDERERS[0].render(prose(sentence))


@given(ANYTHING)
def test_a_terminal_shows_escaped_text_as_it_was(text: str) -> None:
    if "`" not in text:
        assert plain(escape(text)) == one_line(text)


@given(st.text(st.characters()))
def test_clean_text_can_be_stored_and_printed(text: str) -> None:
    cleaned = clean(text)
    cleaned.encode("utf-8")
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", cleaned)


def test_escape_sequences_go_whole() -> None:
    assert clean("a\x1b[31mred\x1b]0;title\x07b\x9b1m") == "aredb1m"


def test_long_text_is_cut_in_linear_time() -> None:
    started = time.perf_counter()
    for text in ("\x1b[" * 10**6, "`" * 10**6, "\x1b]" + "x" * 10**6, " " * 10**6 + "x"):
        assert len(clean(text)) <= MAX_TEXT
        code(text), escape(text), prose(text), one_line(text)
    assert time.perf_counter() - started < 2
