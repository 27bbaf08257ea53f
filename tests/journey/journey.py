"""What a step of the journey is: a function that does something as a person and says what was seen."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
from playwright.sync_api import Browser
from playwright.sync_api import Error as BrowserError

from tests.journey.people import Person, Theme
from tests.journey.world import World

LONGEST = 900


class Journey:
    """The world, its people, and what they remember from step to step."""

    def __init__(self, world: World, browser: Browser, *, width: int = 1280, theme: Theme = "light") -> None:
        self.world = world
        self.lab, self.stranger, self.operator, self.reader = (
            Person(world, browser, width=width, theme=theme) for _ in range(4)
        )
        self.notes: dict[str, str] = {}
        self.seen_by = self.lab  # whose page is photographed after a step
        self.started_at = 0.0

    @property
    def people(self) -> tuple[Person, ...]:
        """Everybody."""
        return (self.lab, self.stranger, self.operator, self.reader)


Step = Callable[[Journey], str]


@dataclass(frozen=True)
class Row:
    """How a step went."""

    step: str
    seconds: float
    screenshot: str
    ok: bool
    seen: str


@dataclass
class Photographer:
    """Takes a picture of the page after each step, if there is a folder."""

    folder: Path | None
    shape: str
    taken: int = field(default=0)

    def take(self, person: Person, step: str) -> str:
        """Take a picture of a person's page, and return its path."""
        if self.folder is None:
            return ""
        self.taken += 1
        path = self.folder / f"{self.shape}-{self.taken:02}-{step}.png"
        # To hide the caret, Playwright sets styles, which the page's policy then reports.
        person.page.screenshot(path=path, full_page=True, caret="initial")
        return str(path)


def go(journey: Journey, step: Step, photographer: Photographer) -> Row:
    """Make one step; it fails by an assertion, an error of a browser, or an unsound page."""
    began = time.monotonic()
    try:
        seen, ok = step(journey), True
    except (AssertionError, LookupError, BrowserError, httpx2.HTTPError) as failure:
        seen, ok = f"{type(failure).__name__}: {failure}", False
    seconds = round(time.monotonic() - began, 1)
    screenshot = photographer.take(journey.seen_by, step.__name__)
    if faults := faults_of(journey):
        seen, ok = f"{seen} – {faults}", False
    return Row(step.__name__, seconds, screenshot, ok, seen[:LONGEST])


def faults_of(journey: Journey) -> str:
    """Return the errors of all browsers since the last step, and by how much the page is too wide."""
    errors = [error for person in journey.people for error in person.errors]
    for person in journey.people:
        person.errors.clear()
    sideways = journey.seen_by.page.evaluate("document.documentElement.scrollWidth - innerWidth")
    if sideways > 0:
        errors.append(f"{journey.seen_by.path()} is {sideways} pixels wider than its window")
    return "; ".join(errors)
