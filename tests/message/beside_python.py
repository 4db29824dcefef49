"""What Python's email package reads of each mail: a JSON object a line, for the files named on standard input.

Another reader's opinion, to hold Mailgate's against: subject, sender, date, text and files as its EmailMessage gives
them, and every leaf with the words or the digest of its contents.
"""

import email
import email.policy
import email.utils
import hashlib
import html
import json
import re
import sys
from datetime import timezone


def attempt(read, default=None):
    """Python's newer interface raises on mail that is broken enough."""
    try:
        return read()
    except Exception:  # noqa: BLE001
        return default


def leaves(part):
    """Parts that are no multiparts; a mail within the mail is one leaf."""
    if part.get_content_maintype() == "multipart" and part.is_multipart():
        for child in part.iter_parts() if hasattr(part, "iter_parts") else part.get_payload():
            yield from leaves(child)
    else:
        yield part


def text_of(part):
    payload = part.get_payload(decode=True) or b""
    charset = part.get_content_charset() or "utf-8"
    try:
        return payload.decode(charset, "replace")
    except LookupError:
        return payload.decode("utf-8", "replace")


def words_of_html(text):
    text = re.sub(r"(?is)<!--.*?-->|<(script|style|title|template|iframe|noframes|xmp|noembed)\b.*?</\1[^>]*>", " ", text)
    return html.unescape(re.sub(r"(?s)<[^>]*>", " ", text))


def words(text):
    return sorted(set(re.findall(r"[A-Za-z0-9]{3,}", text)))[:5000]


def leaf(part):
    kind = part.get_content_type()
    if kind.startswith("message/") and part.is_multipart():
        return {"type": kind, "name": attempt(part.get_filename), "mail": True}
    payload = part.get_payload(decode=True)
    if payload is None:
        payload = b""
    seen = {
        "type": kind,
        "name": attempt(part.get_filename),
        "empty": not payload.strip(),
        "sha256": hashlib.sha256(payload).hexdigest(),
        "trimmed": hashlib.sha256(payload.rstrip(b" \t\r\n\f")).hexdigest(),
        "size": len(payload),
    }
    if kind.replace(" ", "").startswith("text/") or kind == "application/text":
        text = text_of(part)
        seen["words"] = words(text if kind == "text/plain" else words_of_html(text))
    return seen


def read(path):
    with open(path, "rb") as file:
        source = file.read()
    mail = email.message_from_bytes(source, policy=email.policy.default)
    old = email.message_from_bytes(source)
    body = attempt(lambda: mail.get_body(("plain", "html")))
    text = attempt(lambda: body.get_content()) if body is not None else None
    if text is not None and body.get_content_type() == "text/html":
        text = words_of_html(text)
    date = attempt(lambda: email.utils.parsedate_to_datetime(str(old["date"])))
    if date is not None:
        date = (date if date.tzinfo else date.replace(tzinfo=timezone.utc)).astimezone(timezone.utc)
    files = attempt(lambda: [part for part in mail.iter_attachments()], [])
    return {
        "subject": attempt(lambda: str(mail["subject"]) if mail["subject"] is not None else None),
        "sender": attempt(lambda: mail["from"].addresses[0].addr_spec),
        "date": date.strftime("%Y-%m-%d %H:%M:%S") if date else None,
        "text": text,
        "files": [attempt(lambda: leaf(part)) for part in files],
        "leaves": attempt(lambda: [leaf(part) for part in leaves(mail)], []),
    }


for line in sys.stdin:
    print(json.dumps(attempt(lambda: read(line.rstrip("\n")), {})))
