"""Go from sign-up to a published score: `python -m tests.journey [--shapes default] [--width 320]`."""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.journey import arrival, publication, spending, stranger, submission
from tests.journey.journey import Journey, Photographer, Row, Step, go
from tests.journey.people import Theme
from tests.journey.world import simulated_world
from tests.support.chromium import CHROMIUM, FLAGS

BUILD = Path(__file__).resolve().parents[2] / "build"
SHAPES = ("default", "production")
STEPS: tuple[Step, ...] = (
    arrival.open_an_empty_installation,
    stranger.a_second_lab_arrives,
    arrival.sign_up,
    arrival.confirm_the_address,
    arrival.create_a_token,
    arrival.create_an_organisation,
    arrival.subscribe,
    arrival.propose_the_model,
    arrival.register_an_endpoint_with_a_wrong_key,
    arrival.see_the_preflight_fail,
    arrival.see_the_preflight_pass,
    submission.see_the_estimate,
    submission.confirm_the_submission,
    stranger.it_cannot_see,
    stranger.it_cannot_use,
    stranger.it_cannot_cancel,
    stranger.it_cannot_replace,
    submission.follow_it_to_the_end,
    submission.receive_the_webhook_and_the_mail,
    submission.find_each_request_made_once,
    submission.find_the_key_gone,
    publication.claim_the_developer,
    publication.the_operator_sets_up_a_second_factor,
    publication.a_moderator_confirms_the_domain,
    publication.a_moderator_confirms_the_model,
    publication.the_developer_vouches,
    publication.the_scores_are_hidden,
    publication.the_embargo_ends,
    publication.the_log_shows_every_use_of_the_key,
    publication.the_lab_exports_nothing_of_others,
    spending.the_operator_registers_an_endpoint,
    spending.above_the_cap_a_submission_waits,
    spending.the_operator_caps_the_lab,
    spending.the_operator_approves,
    spending.the_operator_rejects_with_a_reason,
)


def travel(shape: str, *, width: int, theme: Theme) -> Iterator[Row]:
    """Make all steps in one shape, up to the first that fails; yield a row for each."""
    pictures = BUILD / "journey"
    pictures.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright, simulated_world(shape) as world:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        journey, photographer = (
            Journey(world, browser, width=width, theme=theme),
            Photographer(pictures, shape),
        )
        for step in STEPS:
            row = go(journey, step, photographer)
            yield row
            if not row.ok:
                break
        browser.close()


def main() -> int:
    """Make the journey, print and keep the rows; fail where a step did."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shapes", nargs="+", choices=SHAPES, default=list(SHAPES))
    parser.add_argument("--width", type=int, default=1280, help="of the browsers' windows")
    parser.add_argument("--theme", choices=("light", "dark"), default="light")
    options = parser.parse_args()
    logging.getLogger("httpx2").setLevel(logging.WARNING)
    rows: list[dict[str, object]] = []
    for shape in options.shapes:
        for row in travel(shape, width=options.width, theme=options.theme):
            rows.append({"shape": shape} | asdict(row))
            sys.stdout.write(
                f"{shape:10} {row.step:40} {row.seconds:6.1f} s  {'ok' if row.ok else 'NOT OK'}: {row.seen}\n"
            )
            sys.stdout.flush()
            (BUILD / "journey.json").write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n")
    complete = len(rows) == len(STEPS) * len(options.shapes)
    return 0 if complete and all(row["ok"] for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
