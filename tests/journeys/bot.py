"""A respondent without a browser: reads the form that a page shows, fills it in and sends it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

from httpx import Response
from litestar.testing import AsyncTestClient


@dataclass
class Shown:
    """What a page shows: its form with what is filled in already, its links and its text."""

    status: int = 0
    url: str = ""
    action: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    offered: dict[str, list[str]] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    boxes: list[str] = field(default_factory=list)
    links: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)
    text: str = ""
    lang: str = ""


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.shown = Shown()
        self._link = ""
        self._textarea = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "html":
            self.shown.lang = given["lang"]
        elif tag == "form":
            self.shown.action = given["action"]
        elif tag == "input":
            self._take_input(given)
        elif tag == "textarea":
            self._textarea = given["name"]
            self.shown.fields[self._textarea] = ""
        elif tag == "button" and "name" in given:
            self.shown.buttons.append((given["name"], given["value"]))
        elif tag == "a":
            self._link = given["href"]

    def _take_input(self, given: Mapping[str, str]) -> None:
        name, kind = given["name"], given.get("type")
        if kind == "radio":
            self.shown.offered.setdefault(name, []).append(given["value"])
            if "checked" in given:
                self.shown.fields[name] = given["value"]
        elif kind == "file":
            self.shown.files.append(name)
        elif kind == "checkbox":
            self.shown.boxes.append(name)
        else:
            self.shown.fields[name] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._textarea = ""
        elif tag == "a":
            self._link = ""

    def handle_data(self, data: str) -> None:
        if self._textarea:
            self.shown.fields[self._textarea] += data
        elif self._link:
            self.shown.links[data.strip()] = self._link
        self.shown.text += data + " "


class Bot:
    """Walks through the pages of one link like a person with a browser."""

    def __init__(self, client: AsyncTestClient, link: str, **headers: str) -> None:
        self.client = client
        self.headers = headers
        self.url = link
        self.page = Shown()

    async def open(self, address: str = "") -> Shown:
        """Read a page; an address like ``?page=2`` is relative to the link."""
        return self._read(await self.client.get(urljoin(self.url, address), headers=self.headers))

    async def follow(self, link: str) -> Shown:
        return await self.open(self.page.links[link])

    async def send(
        self,
        answers: Mapping[str, str] | None = None,
        files: Mapping[str, tuple[str, bytes]] | None = None,
        **button: str,
    ) -> Shown:
        """Fill in the form shown, on top of what it holds, and press a button (``do="next"`` if not said).

        `files` are name and content by field; fields for files that are left out are sent empty, as browsers do.
        """
        form = {**self.page.fields, **(answers or {})}
        pressed = button or {"do": "next"}
        assert set(pressed.items()) <= set(self.page.buttons), f"{pressed} is not among {self.page.buttons}"
        chosen = {name: (files or {}).get(name, ("", b"")) for name in self.page.files}
        return await self.post(urljoin(self.url, self.page.action), {**form, **pressed}, chosen)

    async def post(
        self, url: str, form: Mapping[str, str], files: Mapping[str, tuple[str, bytes]] | None = None
    ) -> Shown:
        """Send a form, with files if the page takes any."""
        return self._read(await self.client.post(url, data=dict(form), files=files or None, headers=self.headers))

    def _read(self, response: Response) -> Shown:
        reader = _Reader()
        reader.feed(response.text)
        self.page = reader.shown
        self.page.status = response.status_code
        self.url = self.page.url = str(response.url)
        return self.page
