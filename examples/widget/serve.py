"""The organisation's own site: two pages under a strict policy, and a signed visitor."""

from __future__ import annotations

import argparse
import hmac
import json
from functools import partial
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

FOLDER = Path(__file__).parent
TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css"}


def sign(secret: str, user: str, attributes: dict[str, str]) -> str:
    lines = [user, *(f"{name}={value}" for name, value in sorted(attributes.items()))]
    return hmac.new(secret.encode(), "\n".join(lines).encode(), sha256).hexdigest()


class Site(BaseHTTPRequestHandler):
    def __init__(self, servq: str, key: str, secret: str, *arguments: object) -> None:
        self.servq, self.key, self.secret = servq, key, secret
        super().__init__(*arguments)

    def do_GET(self) -> None:
        place = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(place.query).items()}
        if place.path == "/identity.json":
            # A real site reads the user from its own signed-in session, never from the address.
            user, attributes = query.get("user", ""), {"plan": "pro"}
            found = {"user": user, "attributes": attributes, "signature": sign(self.secret, user, attributes)}
            self.reply(json.dumps(found).encode(), "application/json")
            return
        path = FOLDER / place.path.lstrip("/")
        if path.suffix not in TYPES or path.parent != FOLDER or not path.is_file():
            self.send_error(404)
            return
        text = path.read_text(encoding="utf-8")
        for name, value in {"servq": self.servq, "key": self.key, "lang": query.get("lang", "en")}.items():
            text = text.replace("{{ " + name + " }}", value)
        self.reply(text.encode(), TYPES[path.suffix])

    def reply(self, body: bytes, kind: str) -> None:
        policy = (
            f"default-src 'none'; script-src 'self' {self.servq}; connect-src 'self' {self.servq}; style-src 'self'; "
            "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
            "require-trusted-types-for 'script'; trusted-types 'none'"
        )
        self.send_response(200)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", policy)
        self.send_header("X-Frame-Options", "DENY")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing of single requests."""


def make_server(port: int, *, servq: str, key: str, secret: str) -> ThreadingHTTPServer:
    return ThreadingHTTPServer(("127.0.0.1", port), partial(Site, servq.rstrip("/"), key, secret))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--servq", default="http://127.0.0.1:8000", help="address of servq")
    parser.add_argument("--key", required=True, help="key of the widget")
    parser.add_argument("--secret", default="", help="secret of the widget")
    parser.add_argument("--port", type=int, default=8080)
    given = parser.parse_args()
    print(f"http://127.0.0.1:{given.port}/index.html and /chat.html")
    make_server(given.port, servq=given.servq, key=given.key, secret=given.secret).serve_forever()


if __name__ == "__main__":
    main()
