"""What the page of a policy shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

from leaderboard.models import POLICY_TEXTS, PolicyVersion
from leaderboard.policy_texts import shipped_text
from leaderboard.queries import policy_versions

MARKDOWN = MarkdownIt("commonmark", {"html": False}).disable(["image", "html_block", "html_inline"])


@dataclass(frozen=True, slots=True)
class ShownPolicy:
    """A version of a policy in one language; `published_at` is empty for a text that nobody has published."""

    kind: str
    number: int
    content: SafeString
    is_translated: bool
    published_at: datetime | None
    is_newest: bool
    versions: tuple[PolicyVersion, ...]


def present_policy(kind: str, number: int | None, language: str) -> ShownPolicy | None:
    """Return a version of a policy, by default the newest; None if there is no such version."""
    versions = tuple(policy_versions(kind))
    version = next((row for row in versions if number in (None, row.number)), None)
    if version is None and (versions or number not in (None, 1)):
        return None
    text = getattr(version, POLICY_TEXTS[language]) if version else shipped_text(kind, language)
    english = version.text_en if version else text
    return ShownPolicy(
        kind=kind,
        number=version.number if version else 1,
        content=render_markdown(text or english),
        is_translated=bool(text),
        published_at=version.published_at if version else None,
        is_newest=not versions or version == versions[0],
        versions=versions,
    )


def render_markdown(text: str) -> SafeString:
    """Render the operator's Markdown; HTML in it is shown as text, and there are no images."""
    html: str = MARKDOWN.render(text)
    return mark_safe(html)  # noqa: S308 – it escapes HTML and refuses scripts in links
