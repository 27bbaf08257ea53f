"""The plot of a chart: which dates and values it spans, where they lie in pixels, and its axis of dates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from leaderboard.charts.palette import Size

ENOUGH_YEARS = 3
TICK_ROOM = 72  # pixels that a year and a month take, with air


@dataclass(frozen=True, slots=True)
class Plane:
    """The plot's two scales: dates from left to right, values from low to high.

    The data go to `as_of`; the plot goes on to `last`, for words.
    """

    first: date
    as_of: date
    last: date
    low: float
    high: float
    size: Size

    def x(self, on: date) -> float:
        """Return a date's distance from the left edge."""
        return (on - self.first).days / max((self.last - self.first).days, 1) * self.size.width

    def y(self, value: float) -> float:
        """Return a value's distance from the upper edge."""
        return (self.high - value) / (self.high - self.low) * self.size.height

    def beside(self, on: date, value: float, dx: float, dy: float) -> dict[str, Any]:
        """Return the date and value at an offset in pixels from a date and a value."""
        days = dx / self.size.width * (self.last - self.first).days
        start = datetime(on.year, on.month, on.day, tzinfo=UTC) + timedelta(days=days)
        rise = dy / self.size.height * (self.high - self.low)
        return {"date": f"{start:%Y-%m-%dT%H:%M:%SZ}", "value": value - rise}

    def dates(self) -> dict[str, Any]:
        """Return the encoding of the dates, their ticks as `ticks` has them."""
        return {
            "field": "date",
            "type": "temporal",
            # Not "domain": for a layer with x2 Vega-Lite reads that in two ways, and warns of a conflict.
            "scale": {"domainMin": _moment(self.first), "domainMax": _moment(self.last), "type": "utc"},
            "axis": {"title": None, "grid": False, "labelOverlap": True}
            | choose_ticks(self.first, self.as_of, self.size.width // TICK_ROOM),
        }

    def values(self, title: str, form: str = "", turned: bool = False) -> dict[str, Any]:
        """Return the encoding of the values in a d3 format, their title above; turned, without minus."""
        return {
            "field": "value",
            "type": "quantitative",
            "scale": {"domain": [self.low, self.high], "zero": False, "nice": False},
            "axis": {
                "title": title,
                "titleAngle": 0,
                "titleAlign": "left",
                "titleAnchor": "start",
                "titleBaseline": "bottom",
                "titleX": 0,
                "titleY": -12,
                "tickCount": 6,
            }
            | ({"format": form} if form else {})
            | ({"labelExpr": f"format(-datum.value, '{form or '~g'}')"} if turned else {}),
        }


def format_day(on: date) -> str:
    """Format a date as the start of its day in UTC."""
    return f"{on.isoformat()}T00:00:00Z"


def choose_ticks(first: date, last: date, most: int) -> dict[str, Any]:
    """Return ticks that need no language: each January with its year, each quarter where years are few.

    Of more than `most` quarters every second is marked, or every fourth.
    """
    januaries = [date(year, 1, 1) for year in range(first.year, last.year + 1)]
    quarters = [on.replace(month=month) for on in januaries for month in (1, 4, 7, 10)]
    years = [on for on in januaries if first <= on <= last]
    if len(years) >= ENOUGH_YEARS:
        return {"values": [_date_time(on) for on in years], "format": "%Y"}
    shown = [on for on in quarters if first <= on <= last]
    steps = [step for step in (1, 2) if len(shown[::step]) <= most] or [4]
    return {"values": [_date_time(on) for on in shown[:: steps[0]]], "format": "%Y-%m"}


def _date_time(on: date) -> dict[str, Any]:
    return {"year": on.year, "month": on.month, "date": on.day, "utc": True}


def _moment(on: date) -> dict[str, str]:
    return {"expr": f"datetime('{format_day(on)}')"}
