"""Share images of pages; the signed address contains the text."""

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
    """The address is not signed by this site."""


def card_path(*, title: str, description: str, figure: str, note: str) -> str:
    """Return the signed path of a page's share image from the markup of its parts.

    Without a figure, the description replaces the note.
    """
    words = [
        _plain(title).removesuffix(" – Lagline"),
        _plain(figure),
        _plain(note if figure else description),
    ]
    short = [words[0][:LONGEST_TITLE], words[1][:LONGEST_TITLE], words[2][:LONGEST_NOTE]]
    return reverse("pages:card", args=[signer.sign_object(short, compress=True)])


def read_card(content: str) -> Card:
    """Return the card that an address contains.

    :raises UnsignedCard: if this site has not signed it.
    """
    try:
        return Card(*signer.unsign_object(content))
    except BadSignature:
        raise UnsignedCard from None


def _plain(markup: str) -> str:
    words = " ".join(unescape(TAG.sub("", markup)).split())
    return "".join(sign for sign in words if sign.isprintable())
