"""Reports as other servers write them about a message that was received."""

from __future__ import annotations

from mail.sink import Received


def dsn(
    received: Received,
    *,
    status: str = "5.1.1",
    action: str = "failed",
    said: str = "smtp; 550 5.1.1 no such user here",
    to: str | None = None,
    headers_only: bool = True,
) -> bytes:
    """A delivery status notification (RFC 3464)."""
    head = received.content.partition(b"\r\n\r\n")[0].decode()
    part = "text/rfc822-headers" if headers_only else "message/rfc822"
    return (
        f"""From: MAILER-DAEMON@mx.example.net
To: {to or received.return_path}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="limit"

--limit
Content-Type: text/plain

This is the mail system at mx.example.net.

--limit
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net
Arrival-Date: Wed, 4 Mar 2026 15:16:17 +0000

Final-Recipient: rfc822; {received.recipient}
Action: {action}
Status: {status}
Diagnostic-Code: {said}

--limit
Content-Type: {part}

{head}

--limit--
""".replace("\r\n", "\n")
        .replace("\n", "\r\n")
        .encode()
    )


def complaint(received: Received, *, kind: str = "abuse") -> bytes:
    """A complaint in the abuse reporting format (RFC 5965)."""
    return (
        f"""From: <abuse@mailbox.example.net>
To: <postmaster@example.org>
Subject: FW: a message
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="limit"

--limit
Content-Type: text/plain; charset="US-ASCII"

This is an abuse report.

--limit
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: SomeGenerator/1.0
Version: 1
Original-Mail-From: <{received.return_path}>
Original-Rcpt-To: <{received.recipient}>

--limit
Content-Type: message/rfc822
Content-Disposition: inline

{received.content.decode()}
--limit--
""".replace("\r\n", "\n")
        .replace("\n", "\r\n")
        .encode()
    )


AUTO_REPLY = b"""From: ann@example.org\r\nTo: feedback+1.aaaaaaaaaaaaaaaa@example.org\r\nAuto-Submitted: auto-replied\r
Subject: I am away\r\nContent-Type: text/plain\r\n\r\nBack on Monday.\r\n"""
