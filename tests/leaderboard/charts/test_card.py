"""A page's picture holds its words, as many as it has room for, and nothing but words."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from leaderboard.charts.card import EDGE, HEIGHT, ROOM, TITLE, WIDTH, Card, render_card, wrap_text
from leaderboard.charts.draw import render_png
from leaderboard.charts.lettering import estimate_width
from leaderboard.charts.palette import LIGHT

SVG = "{http://www.w3.org/2000/svg}text"


def written(card: Card) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(render_card(card, site="lagline.example")).iter(SVG))


def test_a_text_is_broken_between_words_and_chinese_signs_and_loses_none() -> None:
    for text in ("Months between " * 8, "最好的中国模型每达到一个新的能力水平所用的月数" * 3, "a" * 20):
        lines = wrap_text(text, TITLE, most=9)
        assert "".join(lines).replace(" ", "") == text.replace(" ", "")
        assert all(estimate_width(line, TITLE) <= ROOM for line in lines)
    assert len(wrap_text("Months between " * 8, TITLE, most=9)) == 4


def test_no_line_begins_with_what_closes_a_phrase() -> None:
    for cut in range(1, 24):
        lines = wrap_text("月" * cut + "能力水平、能力水平，能力水平。" * 6, TITLE, most=20)
        assert not any(line.startswith(("、", "，", "。")) for line in lines)


def test_what_finds_no_room_ends_in_an_ellipsis() -> None:
    lines = wrap_text("Months between models " * 20, TITLE, most=2)
    assert len(lines) == 2
    assert lines[1].endswith("…")
    assert not lines[0].endswith("…")
    assert wrap_text("", TITLE, most=2) == []


def test_the_figure_is_the_largest_and_stays_on_the_card_however_long() -> None:
    for figure in ("5.8 months", "4.1 or more months after the best of all others, or more than that"):
        card = written(Card("A title", figure, "95% interval 4.8 to 6.8"))
        shown = next(text for text in card if text.text == figure)
        assert shown.get("fill") == LIGHT.follower
        assert EDGE + estimate_width(figure, float(shown.get("font-size", 0))) <= WIDTH
    assert [text.text for text in written(Card("A title", "", "What it is."))] == [
        "Lagline", "A title", "What it is.", "lagline.example",
    ]  # fmt: skip


def test_the_longest_words_stay_above_the_foot() -> None:
    long_words = Card("A long title of a page " * 9, "12.3 months", "A note that goes on and on " * 30)
    feet = [float(text.get("y", 0)) for text in written(long_words) if text.text != "lagline.example"]
    assert max(feet) < 560


def test_markup_in_a_name_is_but_words_in_the_picture() -> None:
    name = '<script>"&</script>'
    assert name in [text.text for text in written(Card(name, "", ""))]
    picture = render_png(render_card(Card(name, "5.8 months", "中国 Việt Nam"), site="x"), scale=1)
    assert picture.startswith(b"\x89PNG")
    assert (int.from_bytes(picture[16:20]), int.from_bytes(picture[20:24])) == (WIDTH, HEIGHT)


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("5.8 months", "Helvetica Neue"),
        ("5,8 tháng chậm hơn", "Noto Sans CJK SC"),
        ("落后 5.8 个月", "Noto Sans CJK SC"),
    ],
)
def test_the_first_face_has_every_letter_of_the_words(
    monkeypatch: pytest.MonkeyPatch, words: str, first: str
) -> None:
    drawn: list[str] = []

    def noted(svg: str, **_: float) -> bytes:
        drawn.append(svg)
        return b""

    monkeypatch.setattr("vl_convert.svg_to_png", noted)
    render_png(render_card(Card(words, "", ""), site="x"))
    assert set(re.findall(r'font-family="([^",]+)', drawn[0])) == {first}
