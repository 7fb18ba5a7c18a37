"""The pages in a real browser, without a network: they work, complain of nothing, harm nobody."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from autograder.gradebook.report import class_page
from autograder.gradebook.similarity import pair_page, similar_pairs
from autograder.gradebook.store import Gradebook, write_text
from tests.gradebook.samples import ASSIGNMENT, HOSTILE, a_class, check, large_class, result
from tests.gradebook.test_similarity import program

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
axe_module = pytest.importorskip("axe_playwright_python.sync_playwright")

BROWSER = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
pytestmark = pytest.mark.skipif(
    BROWSER is None, reason="no Chromium here: apt-get install chromium (Debian, Ubuntu)"
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        chromium = driver.chromium.launch(executable_path=BROWSER, args=arguments)
        yield chromium
        chromium.close()


class Page:
    """A page that was opened without a network, and what it complained of."""

    def __init__(self, browser: Any, path: Path, **context: Any) -> None:
        self.complaints: list[str] = []
        self.asked: list[str] = []
        self.refused: list[str | None] = []
        self._context = browser.new_context(offline=True, **context)
        self.page = self._context.new_page()
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: self.complaints.append("a dialog opened"))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("requestfailed", lambda request: self.refused.append(request.failure))
        started = time.perf_counter()
        self.page.goto(path.as_uri())
        self.seconds = time.perf_counter() - started

    def rows(self) -> list[str]:
        """The students that the table shows, in order."""
        shown = self.page.locator("#grid tbody tr:visible td:first-child")
        return list(shown.all_inner_texts())

    def close(self) -> None:
        self._context.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A class with everything in it, hostile students included."""
    folder = tmp_path_factory.mktemp("results")
    (folder / "course.toml").write_text(
        '[late]\nper_day = 0.1\n[manual."3.1"]\ntitle = "Curves"\nmax_points = 2\n'
        "[students.cleo]\ndays_late = 1\n"
    )
    (folder / "manual.csv").write_text("student,question,points,comment,request,answer\n"
                                       "cleo,3.1,1,No labels.,Please look again.,\n")  # fmt: skip
    wrong = check("2.1", "values", 0, 4, "failed", f"output: x = `1`, y = `2`\n- {HOSTILE}",
                  "Divide by n.", "unbiased_variance")  # fmt: skip
    students = [
        result("ann", check("2.1", points=4, max_points=4), check("2.2", points=2, max_points=2)),
        result("bob", wrong, check("2.2", points=2, max_points=2)),
        result("cleo", wrong, check("2.2", points=0, max_points=2, status="killed")),
        result("dan", wrong, check("2.2", points=2, max_points=2, extra_credit=True)),
        result(HOSTILE, wrong, remarks=(HOSTILE,)),
    ]
    texts = {"ann": program(1) + HOSTILE, "bob": program(1)}
    pairs = similar_pairs({name: {"vit": text} for name, text in texts.items()}, {})
    (folder / "similar").mkdir()
    write_text(folder / pairs[0].page, pair_page(pairs[0], list(texts.values()), "A2"))
    Gradebook(folder, ASSIGNMENT).publish(a_class(*students), "LSTM and ViT", pairs)
    return folder


@pytest.fixture
def report(browser: Any, folder: Path) -> Iterator[Page]:
    page = Page(browser, folder / "report.html")
    yield page
    page.close()
    assert page.complaints == []
    assert all(url.startswith("file:") for url in page.asked)


def all_pages(folder: Path) -> list[Path]:
    return [folder / "report.html", *folder.glob("feedback/*.html"), *folder.glob("similar/*.html")]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_no_page_complains_asks_the_network_or_fails_a_reader(
    browser: Any, folder: Path, scheme: str, width: int
) -> None:
    for path in all_pages(folder):
        page = Page(browser, path, color_scheme=scheme, viewport={"width": width, "height": 800})
        page.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        page.page.wait_for_timeout(50)
        found = axe_module.Axe().run(page.page).response["violations"]
        serious = [f"{one['id']}: {one['nodes'][0]['html']}" for one in found
                   if one["impact"] in ("serious", "critical")]  # fmt: skip
        overflow = page.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        page.close()
        assert serious == [], path.name
        assert overflow <= 0, f"{path.name} is wider than {width} pixels"
        assert page.complaints == [] and len(page.asked) == 1, path.name


def test_text_of_a_hostile_student_stays_text(browser: Any, folder: Path) -> None:
    for path in all_pages(folder):
        page = Page(browser, path)
        title, images, frames = page.page.evaluate(
            "[document.title, document.images.length, document.querySelectorAll('iframe').length]"
        )
        links = page.page.eval_on_selector_all("a", "all => all.map(a => a.getAttribute('href'))")
        page.close()
        assert title != "owned" and (images, frames) == (0, 0)
        assert all(re.match(r"#|feedback/|similar/|\.\./report", link) for link in links)
        assert page.complaints == []


def test_an_injected_script_would_not_run(browser: Any, folder: Path, tmp_path: Path) -> None:
    """The policy holds even where escaping would have failed."""
    page = (folder / "feedback" / "bob.html").read_text()
    evil = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"
    (tmp_path / "page.html").write_text(page.replace("</main>", evil + "</main>"))
    opened = Page(browser, tmp_path / "page.html")
    opened.page.wait_for_timeout(100)
    assert opened.page.title() != "owned"
    assert opened.refused == ["csp"], "the image was not asked for"
    opened.close()


def test_filters_by_name_and_group(report: Page) -> None:
    assert report.page.locator("#count").inner_text() == "5 of 5 students"
    report.page.fill("#search", "bob")
    assert report.rows() == ["bob"]
    report.page.click("#clear")
    report.page.select_option("#group", "late")
    assert report.rows() == ["cleo"]
    report.page.select_option("#group", "extra")
    assert report.rows() == ["dan"]


def test_a_bar_of_the_histogram_filters_by_mouse_and_by_keyboard(report: Page) -> None:
    everybody = report.rows()
    bar = report.page.locator(".plot [role=button]", has=report.page.locator(".count")).last
    bar.click()
    assert report.rows() == ["ann"]
    assert bar.get_attribute("aria-pressed") == "true"
    bar.focus()
    report.page.keyboard.press("Enter")
    assert report.rows() == everybody


def test_columns_sort_both_ways(report: Page) -> None:
    total = report.page.locator("#grid th button", has_text="Total")
    total.click()
    assert report.rows()[0] == "ann"
    assert report.page.locator("#grid th[aria-sort]").get_attribute("aria-sort") == "descending"
    total.click()
    assert report.rows()[-1] == "ann"


def test_the_keyboard_is_enough(report: Page) -> None:
    keys = report.page.keyboard
    keys.press("/")
    keys.type("cleo")
    assert report.rows() == ["cleo"]
    keys.press("Escape")
    assert len(report.rows()) == 5
    keys.press("Tab")
    keys.press("Tab")
    reached = report.page.evaluate("document.activeElement.getAttribute('role')")
    assert reached == "region", "the table itself, to scroll it"
    keys.press("Tab")
    keys.press("Enter")
    assert report.page.locator("#grid th[aria-sort] button").inner_text() == "Student"


def test_from_a_mistake_to_the_page_of_who_made_it(report: Page) -> None:
    details = report.page.locator("#mistakes details").first
    details.locator("summary").focus()
    report.page.keyboard.press("Enter")
    who = details.locator(".who a")
    assert who.all_inner_texts()[:3] == ["bob", "cleo", "dan"]
    who.first.click()
    assert report.page.locator("h1").inner_text() == "bob"


def test_a_thousand_students_show_in_less_than_two_seconds(browser: Any, tmp_path: Path) -> None:
    write_text(tmp_path / "report.html", class_page(large_class(1000), "A2"))
    seconds = []
    for _ in range(5):  # the best of a few: the machine may be busy with other things
        page = Page(browser, tmp_path / "report.html")
        started = time.perf_counter()
        page.page.fill("#search", "Student 0999")
        page.page.locator("#grid th button", has_text="Total").click()
        seconds.append((page.seconds, time.perf_counter() - started))
        assert page.rows() == ["Student 0999"]
        page.close()
        assert page.complaints == []
    assert min(load for load, _ in seconds) < 2
    assert min(work for _, work in seconds) < 1
