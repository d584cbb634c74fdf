"""Takes the pictures that the README shows from a running demo: the report's summary and a page on a phone.

Run from the root of the project: ``python scripts/take_pictures.py``. Needs poppler's ``pdftoppm`` and a Chromium.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import sync_playwright

IMAGES = Path(__file__).resolve().parents[1] / "docs" / "images"
PORT = 8765
SUMMARY_PAGE = 2
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def main() -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, running_demo(Path(folder)) as link:
        picture_report(Path(folder) / "demo" / "report.pdf", IMAGES / "report.png")
        picture_respondent(link, IMAGES / "respondent.png")


@contextmanager
def running_demo(folder: Path) -> Iterator[str]:
    """Run the demo in a folder until the pictures are taken; gives the address of a personal link."""
    command = [sys.executable, "-u", "-m", "servq", "demo", "--port", str(PORT)]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    try:
        link = ""
        for line in process.stdout:
            if found := re.search(r"Personal link 1:\s+(\S+)", line):
                link = found[1]
            if "servq answers at" in line:
                break
        yield link
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


if __name__ == "__main__":
    main()
