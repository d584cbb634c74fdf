"""A small IMAP server (RFC 3501, as far as reading reports needs it) with one mailbox."""

from __future__ import annotations

import re
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Mailbox:
    port: int = 0
    mails: dict[int, bytes] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set)
    logins: list[str] = field(default_factory=list)
    password: str = "secret"

    def add(self, content: bytes) -> None:
        self.mails[len(self.mails) + 1] = content


class _Conversation(socketserver.StreamRequestHandler):
    mailbox: Mailbox

    def handle(self) -> None:
        self._say("* OK ready")
        while line := self.rfile.readline().decode("ascii").strip():
            tag, _, command = line.partition(" ")
            word, _, rest = command.partition(" ")
            if word == "LOGOUT":
                self._say("* BYE", f"{tag} OK done")
                return
            self._answer(tag, word.upper(), rest)

    def _answer(self, tag: str, word: str, rest: str) -> None:
        box = self.mailbox
        match word, rest.split(" ", 1)[0]:
            case "CAPABILITY", _:
                self._say("* CAPABILITY IMAP4rev1")
            case "LOGIN", user:
                box.logins.append(user)
                if rest.split(" ")[1].strip('"') != box.password:
                    self._say(f"{tag} NO wrong password")
                    return
            case "SELECT", _:
                self._say(f"* {len(box.mails)} EXISTS")
            case "UID", "SEARCH":
                self._say("* SEARCH " + " ".join(str(n) for n in box.mails if n not in box.seen))
            case "UID", "FETCH":
                number = int(rest.split(" ")[1])
                content = box.mails[number][: int(re.findall(r"<0\.(\d+)>", rest)[0])]
                self.wfile.write(b"* 1 FETCH (UID %d BODY[]<0> {%d}\r\n%s)\r\n" % (number, len(content), content))
            case "UID", "STORE":
                box.seen |= {int(number) for number in rest.split(" ")[1].split(",")}
        self._say(f"{tag} OK done")

    def _say(self, *lines: str) -> None:
        for line in lines:
            self.wfile.write(f"{line}\r\n".encode())


@contextmanager
def open_mailbox(tls: ssl.SSLContext) -> Iterator[Mailbox]:
    """Serve a mailbox over TLS."""
    mailbox = Mailbox()
    handler = type("Conversation", (_Conversation,), {"mailbox": mailbox})
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler, bind_and_activate=True) as server:
        server.daemon_threads = True
        server.socket = tls.wrap_socket(server.socket, server_side=True)
        mailbox.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield mailbox
        finally:
            server.shutdown()
            thread.join()
