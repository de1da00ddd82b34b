"""Descriptions become paragraphs, lists and links, whatever they hold."""

from __future__ import annotations

import pytest

from aiokube_codegen.reference.text import Block, Span, begun, blocks_of, first_sentence


def paragraph(*spans: Span) -> Block:
    return Block("paragraph", (spans,))


def test_lines_of_a_paragraph_are_one_and_blank_lines_divide() -> None:
    assert blocks_of("a\nb\r\n\r\n\r\nc") == (paragraph(Span("a b")), paragraph(Span("c")))
    assert blocks_of("") == blocks_of(" \n\n") == ()


@pytest.mark.parametrize("bullet", ["-", "*", "+", "•", "1.", "12)"])
def test_a_list_has_items_that_may_take_several_lines(bullet: str) -> None:
    text = f"Values:\n {bullet} one\n   and more\n {bullet} two"
    items = ((Span("one and more"),), (Span("two"),))
    assert blocks_of(text) == (paragraph(Span("Values:")), Block("list", items))


def test_what_looks_like_a_bullet_inside_of_a_line_is_text() -> None:
    assert blocks_of("a - b\n-c") == (paragraph(Span("a - b -c")),)


def test_indented_and_fenced_lines_keep_their_form() -> None:
    assert blocks_of("So:\n\n    a:\n      b\n\nEnd") == (
        paragraph(Span("So:")),
        Block("code", ((Span("    a:\n      b"),),)),
        paragraph(Span("End")),
    )
    assert blocks_of("So:\n```yaml\na:\n\n- b\n```\nEnd") == (
        paragraph(Span("So:")),
        Block("code", ((Span("a:\n\n- b"),),)),
        paragraph(Span("End")),
    )
    assert blocks_of("```\nunclosed") == (Block("code", ((Span("unclosed"),),)),)


def test_addresses_and_code_are_found_in_lines() -> None:
    text = "See https://a.example/b_(c)?d=1#e. Or [the docs](https://c.example), `code`, ``."
    assert blocks_of(text) == (
        paragraph(
            Span("See "),
            Span("https://a.example/b_(c)?d=1#e", href="https://a.example/b_(c)?d=1#e"),
            Span(". Or "),
            Span("the docs", href="https://c.example"),
            Span(", "),
            Span("code", is_code=True),
            Span(", ``."),
        ),
    )


@pytest.mark.parametrize(
    "text",
    [
        "javascript:alert(1)",
        "[x](javascript:alert(1))",
        "[x](data:text/html,y)",
        "https://kubernetes.io@evil.example/",
        "https://exa\u202emple.com",
        "https://xn--\u0430pple.com",
        "https://[::1",
        "HTTPS://",
        "vbscript:x ftp://a.example //a.example",
    ],
)
def test_nothing_but_a_plain_address_is_a_link(text: str) -> None:
    assert [span.href for block in blocks_of(text) for line in block.items for span in line if span.href] == []


def test_a_description_is_told_from_its_first_sentence_on() -> None:
    blocks = blocks_of("One has `a`. Two.\n\nThree.")
    head = (Span("One has "), Span("a", is_code=True), Span("."))
    assert begun(blocks) == (head, (paragraph(Span("Two.")), paragraph(Span("Three."))))
    assert begun(blocks_of("Only `one` sentence")) == (
        (Span("Only "), Span("one", is_code=True), Span(" sentence")),
        (),
    )
    linked = blocks_of("See https://a.example. More.")
    assert begun(linked) == ((), linked), "a closed field has no links"
    listed = blocks_of("- a\n- b")
    assert begun(listed) == ((), listed)


def test_a_long_beginning_ends_at_a_word() -> None:
    assert first_sentence("Short `one`. Two") == "Short one."
    assert first_sentence("word " * 40, most=12) == "word word…"
    assert first_sentence("w" * 40, most=12) == f"{'w' * 12}…"
