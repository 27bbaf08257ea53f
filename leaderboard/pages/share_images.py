"""The picture of each page for those who share it: its words stand in its address, signed by the page."""

from __future__ import annotations

import re
from html import unescape

from django.core.signing import BadSignature, Signer
from django.urls import reverse

from leaderboard.charts.card import Card

LONGEST_TITLE, LONGEST_NOTE = 120, 280
TAG = re.compile(r"<[^>]+>")
signer = Signer(salt="lagline.card")


class UnsignedCard(Exception):
    """The address was not written by a page of this site."""


def card_path(*, title: str, description: str, figure: str, note: str) -> str:
    """Return the address of a page's picture from the markup of its parts; no words but a page's are drawn.

    Without a figure the description stands in the place of the note.
    """
    words = [
        _plain(title).removesuffix(" – Lagline"),
        _plain(figure),
        _plain(note if figure else description),
    ]
    short = [words[0][:LONGEST_TITLE], words[1][:LONGEST_TITLE], words[2][:LONGEST_NOTE]]
    return reverse("pages:card", args=[signer.sign_object(short, compress=True)])


def read_card(content: str) -> Card:
    """Return what an address asks for.

    :raises NotOurs: where no page has signed it.
    """
    try:
        return Card(*signer.unsign_object(content))
    except BadSignature:
        raise UnsignedCard from None


def _plain(markup: str) -> str:
    words = " ".join(unescape(TAG.sub("", markup)).split())
    return "".join(sign for sign in words if sign.isprintable())
