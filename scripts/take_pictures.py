"""Takes the pictures of the README: from a running demo, and from the journey of the tests through the workplace.

Run from the root of the project: ``python scripts/take_pictures.py``. Needs poppler's ``pdftoppm`` and a Chromium.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import sync_playwright

IMAGES = Path(__file__).resolve().parents[1] / "docs" / "images"
PORT = 8765
SUMMARY_PAGE = 2
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def main() -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, running_demo(Path(folder)) as demo:
        picture_report(Path(folder) / "demo" / "report.pdf", IMAGES / "report.png")
        picture_respondent(demo.link, IMAGES / "respondent.png")
        picture_start(demo, IMAGES / "start.png")
    take_journey(IMAGES)


@dataclass(frozen=True)
class Demo:
    """A running demo: a personal link, and how its researcher signs in."""

    link: str
    email: str
    password: str


@contextmanager
def running_demo(folder: Path) -> Iterator[Demo]:
    """Run the demo in a folder until the pictures are taken."""
    command = [sys.executable, "-u", "-m", "servq", "demo", "--port", str(PORT)]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    try:
        said = ""
        for line in process.stdout:
            said += line
            if "servq answers at" in line:
                break
        found = re.search(r"Personal link 1:\s+(\S+)", said), re.search(r"(researcher@\S+)\s+(\S+)", said)
        assert found[0] is not None
        assert found[1] is not None
        yield Demo(found[0][1], found[1][1], found[1][2])
    finally:
        process.terminate()
        process.wait(timeout=30)


def picture_report(pdf: Path, target: Path) -> None:
    page = ["-f", str(SUMMARY_PAGE), "-l", str(SUMMARY_PAGE)]
    size = ["-scale-to-x", "900", "-scale-to-y", "-1"]
    subprocess.run(["pdftoppm", "-png", "-singlefile", *page, *size, pdf, target.with_suffix("")], check=True)
    print(f"wrote {target.name}")


def picture_respondent(link: str, target: Path) -> None:
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        page = browser.new_context(
            viewport={"width": 390, "height": 780}, device_scale_factor=2, color_scheme="light", locale="en-GB"
        ).new_page()
        page.goto(link, wait_until="networkidle")
        page.get_by_role("button", name="Start").or_(page.get_by_role("link", name="Start")).click()
        for question, point in enumerate((6, 7, 5)):
            page.get_by_role("group").nth(question).get_by_role("radio").nth(point - 1).check(force=True)
        page.evaluate("window.scrollTo(0, 0)")
        page.screenshot(path=target)
        browser.close()
    print(f"wrote {target.name}")


def picture_start(demo: Demo, target: Path) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_context(
            viewport={"width": 1280, "height": 900}, color_scheme="light", locale="en-GB"
        ).new_page()
        page.goto(f"http://127.0.0.1:{PORT}/sign-in")
        page.get_by_label("E-mail").fill(demo.email)
        page.get_by_label("Password", exact=True).fill(demo.password)
        page.keyboard.press("Enter")
        page.wait_for_url("**/manage")
        page.wait_for_load_state("networkidle")
        page.screenshot(path=target)
        browser.close()
    print(f"wrote {target.name}")


def take_journey(folder: Path) -> None:
    """Walk the journey of the tests and keep its pictures as ``journey-*.png``."""
    journey = Path(__file__).resolve().parents[1] / "tests" / "browser" / "test_workplace_journey.py"
    subprocess.run(
        [sys.executable, "-m", "pytest", "--quiet", journey], check=True, env={**os.environ, "SERVQ_PICTURES": folder}
    )
    print("wrote " + ", ".join(path.name for path in sorted(folder.glob("journey-*.png"))))


if __name__ == "__main__":
    main()
