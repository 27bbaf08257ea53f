"""What scripts add, and that pages work without them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from evals.models import Dispute, Request, Run, Submission
from leaderboard.operations.requested_comparisons import compute_next
from tests.browser.walk import Look
from tests.leaderboard.pages.builders import make_models, publish
from tests.support.record import make_submission

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

# What a keyboard must reach; of several radio buttons it reaches one.
CONTROLS = "main :is(a[href], button, summary, select, textarea, input:not([type=hidden], [type=radio]))"


@contextmanager
def opened(browser: Browser, url: str, look: Look, **options: Any) -> Iterator[Page]:
    """Open a page in its own window; the look collects its console errors."""
    context = browser.new_context(
        viewport={"width": look.width, "height": 900}, color_scheme=look.theme, **options
    )
    page = context.new_page()
    page.on(
        "console",
        lambda text: look.console_errors.append(text.text) if text.type in ("error", "warning") else None,
    )
    page.on("pageerror", lambda error: look.console_errors.append(str(error)))
    page.goto(url)
    page.mouse.move(1, 1)  # as a reader does: charts become interactive then
    yield page
    context.close()


@pytest.fixture
def index(transactional_db: None) -> None:
    make_models(60)
    publish("epoch-capabilities-index")


def test_a_point_of_the_chart_tells_its_model(
    live_server: LiveServer, index: None, interactive: None, browser: Browser
) -> None:
    look = Look("home", 1440, "light")
    with opened(browser, live_server.url, look) as page:
        page.locator("figure[data-specs*=frontiers] .live svg").wait_for()
        expect(page.locator("figure[data-specs*=frontiers] picture")).to_be_hidden()
        page.locator('figure[data-specs*=frontiers] .live [aria-label^="Model 058"]').first.hover(force=True)
        expect(page.locator("#vg-tooltip-element.visible")).to_contain_text("Model 058")
    assert look.console_errors == []


def test_the_chart_follows_the_theme(
    live_server: LiveServer, index: None, interactive: None, browser: Browser
) -> None:
    with opened(browser, live_server.url, Look("home", 1440, "light")) as page:
        page.locator("figure[data-specs*=frontiers] .live svg").wait_for()
        with page.expect_request("**/frontiers-dark-wide.json"):
            page.emulate_media(color_scheme="dark")


def test_however_fast_the_width_changes_one_chart_is_shown(
    live_server: LiveServer, index: None, interactive: None, browser: Browser
) -> None:
    with opened(browser, live_server.url, Look("home", 1440, "light")) as page:
        page.locator("figure[data-specs*=frontiers] .live svg").wait_for()
        for width in (390, 1440, 390, 1440, 390):
            page.set_viewport_size({"width": width, "height": 900})
        expect(page.locator("figure[data-specs*=frontiers] .live svg")).to_be_visible()
        page.wait_for_timeout(1000)
        expect(page.locator("figure[data-specs*=frontiers] .live")).to_have_count(1)
        assert (
            page.locator("figure[data-specs*=frontiers] .live svg").evaluate("drawing => drawing.clientWidth")
            < 390
        )


def test_without_the_charts_script_the_drawing_stays(
    live_server: LiveServer, index: None, browser: Browser, settings: Settings, tmp_path: Path
) -> None:
    settings.STATIC_ROOT = tmp_path  # what a service collected in this tree has the script
    settings.STATICFILES_DIRS = [path for path in settings.STATICFILES_DIRS if path != settings.BUILT_ASSETS]
    look = Look("home", 390, "dark")
    with opened(browser, live_server.url, look) as page:
        drawing = page.locator("figure[data-specs*=frontiers] img")
        expect(drawing).to_be_visible()
        assert drawing.evaluate("image => image.complete && image.naturalWidth > 0")
        assert drawing.evaluate("image => image.currentSrc").endswith("/frontiers-dark-narrow.svg")
    assert look.console_errors == []


def test_a_filter_works_with_the_script_and_without(
    live_server: LiveServer, index: None, browser: Browser
) -> None:
    with opened(browser, live_server.url + "/models/", Look("models", 1440, "light")) as page:
        page.get_by_label("Country").select_option("CN")
        expect(page.locator("#models .count")).to_have_text("30 models")
        assert "country=CN" in page.url
        page.get_by_role("link", name="Released").click()
        expect(page.locator("th[aria-sort]")).to_have_text("Released")
        assert "country=CN" in page.url
        page.get_by_label("Weights").select_option("open")
        expect(page.locator("#models .count")).to_have_text("20 models")
        expect(page.locator("th[aria-sort]")).to_have_text("Released")
    plain = Look("models", 1440, "light")
    with opened(browser, live_server.url + "/models/", plain, java_script_enabled=False) as page:
        page.get_by_label("Country").select_option("CN")
        page.get_by_role("button", name="Show").click()
        expect(page.locator("#models .count")).to_have_text("30 models")


def test_the_queue_moves_while_something_runs(
    live_server: LiveServer, transactional_db: None, browser: Browser
) -> None:
    submission = make_submission(state="RUNNING", now=timezone.now())
    look = Look("queue", 1440, "light")
    with opened(browser, live_server.url + "/queue/", look) as page:
        expect(page.locator("#queue progress")).to_have_attribute("value", "4")
        Run.objects.update(state="finished", results={})
        Submission.objects.filter(pk=submission.pk).update(state="FINISHED", finished_at=timezone.now())
        expect(page.locator("#ended + .scroll tbody tr")).to_have_count(1, timeout=8000)
        expect(page.locator("#queue[hx-trigger]")).to_have_count(0)
    assert look.console_errors == []


def test_a_run_moves_while_it_is_called_for_and_shows_its_results_when_it_has_ended(
    live_server: LiveServer, transactional_db: None, browser: Browser
) -> None:
    submission = make_submission(state="RUNNING", now=timezone.now())
    run = submission.runs.get()
    look = Look("run", 1440, "light")
    with opened(browser, f"{live_server.url}/runs/{run.pk}/", look) as page:
        expect(page.locator("#run progress")).to_have_attribute("value", "4")
        waiting = Request.objects.exclude(state="answered").first()
        assert waiting is not None
        Request.objects.filter(pk=waiting.pk).update(state="answered")
        expect(page.locator("#run progress")).to_have_attribute("value", "5", timeout=8000)
        Run.objects.update(
            state="finished", results={"results": {run.task.name: {"exact_match,extract": 0.5}}}
        )
        expect(page.locator("#results")).to_be_visible(timeout=8000)
        expect(page.locator("#run[data-events='']")).to_have_count(1)
    assert look.console_errors == []


def test_every_chart_of_the_first_page_is_drawn_again_by_its_script(
    live_server: LiveServer, record: None, interactive: None, browser: Browser
) -> None:
    look = Look("home", 1440, "light")
    with opened(browser, live_server.url, look) as page:
        charts = page.locator("figure[data-specs]").all()
        for figure in charts:
            figure.scroll_into_view_if_needed()
            figure.locator(".live svg").wait_for()
    assert len(charts) >= 3
    assert look.console_errors == []


def test_the_menu_of_all_pages_is_used_by_keyboard(
    live_server: LiveServer, index: None, browser: Browser
) -> None:
    with opened(browser, live_server.url + "/method/", Look("method", 390, "light")) as page:
        page.locator(".menu summary").focus()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        expect(page.locator(".menu a").first).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("h1.headline")).to_be_visible()


def test_the_keyboard_reaches_the_content_first_and_then_everything(
    live_server: LiveServer, index: None, browser: Browser
) -> None:
    with opened(browser, live_server.url, Look("home", 1440, "light")) as page:
        page.keyboard.press("Tab")
        expect(page.locator(".skip")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("#content")).to_be_focused()
        page.locator("summary", has_text="The chart as a table").focus()
        page.keyboard.press("Enter")
        expect(page.locator("table caption", has_text="Each Chinese record")).to_be_visible()


def test_the_points_of_a_chart_are_told_by_the_arrow_keys(
    live_server: LiveServer, index: None, interactive: None, browser: Browser
) -> None:
    look = Look("home", 1440, "light")
    with opened(browser, live_server.url, look) as page:
        chart = page.locator("figure[data-specs*=frontiers] .live")
        chart.locator("svg").wait_for()
        page.locator("#content").focus()
        for _ in range(20):
            page.keyboard.press("Tab")
            if chart.evaluate("chart => chart === document.activeElement"):
                break
        expect(chart).to_be_focused()
        tooltip, texts = page.locator("#vg-tooltip-element.visible"), set[str]()
        for _ in range(3):
            page.keyboard.press("ArrowRight")
            label = page.evaluate("document.activeElement.getAttribute('aria-label')")
            expect(tooltip).to_contain_text(label.split(",")[0])
            texts.add(label)
        assert len(texts) == 3
        page.keyboard.press("ArrowLeft")
        assert page.evaluate("document.activeElement.getAttribute('aria-label')") in texts
        page.keyboard.press("Escape")
        expect(chart).to_be_focused()
        expect(tooltip).to_have_count(0)
    assert look.console_errors == []


def test_the_tab_key_alone_reaches_every_control(
    live_server: LiveServer, record: None, browser: Browser
) -> None:
    compared = "/compare/?models=kimi-k3,gpt-5-4-pro,deepseek-r1"
    for path in ("/", "/explore/", compared, "/what-if/", "/submit/?endpoint=nobody"):
        with opened(browser, live_server.url + path, Look(path, 1440, "light")) as page:
            wanted = page.locator(CONTROLS).evaluate_all(
                "all => all.filter(one => one.checkVisibility()).map((one, i) => one.dataset.stop = `${i}`)"
            )
            reached = set[str]()
            for _ in range(len(wanted) + 40):
                page.keyboard.press("Tab")
                reached.add(page.evaluate("document.activeElement.dataset.stop ?? ''"))
            assert wanted, path
            assert [stop for stop in wanted if stop not in reached] == [], path


@pytest.mark.parametrize("script", [True, False])
def test_a_button_has_a_comparison_computed_and_the_page_follows_it(
    live_server: LiveServer, index: None, browser: Browser, script: bool
) -> None:
    look = Look("explore", 390, "light")
    path = "/explore/?follower=CN,open&leader=US&benchmarks=epoch-capabilities-index"
    with opened(browser, live_server.url + path, look, java_script_enabled=script) as page:
        expect(page.locator(".state")).to_have_text("This comparison has not been computed yet.")
        page.get_by_role("button", name="Compute it").click()
        expect(page.locator(".state")).to_contain_text("It waits for a worker")
        assert page.url == live_server.url + path
        assert compute_next(clock=timezone.now)
        # Without script, the page reloads itself.
        expect(page.locator("#answer table caption")).to_be_visible(timeout=60_000)
        expect(page.get_by_role("link", name="Create a permanent link")).to_be_visible()
    assert look.console_errors == []


def test_a_browser_solves_the_puzzle_of_a_dispute_while_the_reader_writes(
    live_server: LiveServer, index: None, browser: Browser
) -> None:
    look, url = Look("dispute-new", 1440, "dark"), f"{live_server.url}/disputes/new?fact=model:model-001"
    for has_puzzle in (0, 0, 1):
        with opened(browser, url, look) as page:
            expect(page.locator(".puzzle")).to_have_count(has_puzzle)
            page.get_by_label("What is wrong").fill("Its developer writes the name otherwise.")
            page.get_by_label("Evidence").fill("https://example.org/card")
            if has_puzzle:
                expect(page.get_by_role("status")).to_contain_text("solved the puzzle", timeout=60_000)
            page.get_by_role("button", name="File the dispute").click()
            page.wait_for_url("**/disputes/*-*/")
    assert Dispute.objects.count() == 3
    assert look.console_errors == []
