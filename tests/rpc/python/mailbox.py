"""What the clients' scripts have in common: where Mailgate and the mailbox are, and how a failure is told."""

import sys
from urllib.parse import urlsplit

URL, PASSWORD, IMAP_PORT, IMAP_USER, IMAP_PASSWORD = sys.argv[1:6]
HOST, PORT = urlsplit(URL).hostname, urlsplit(URL).port
DATABASE = "mailgate"
GRIEVANCE = "spp.grm.ticket"
# What the mailbox holds: see clients.rs.
SENDER, SUBJECT, FILE, CONTENT = "amina@people.example", "Payment missing", "letter.txt", b"My letter.\n"


def server(record_type):
    """An incoming server as a client configures it."""
    return {
        "name": "Grievance Mailbox",
        "server_type": "imap",
        "server": "127.0.0.1",
        "port": int(IMAP_PORT),
        "is_ssl": False,
        "user": IMAP_USER,
        "password": IMAP_PASSWORD,
        "object_id": record_type,
    }


# Grievances from this sender, told in as roundabout a way as the notation allows.
NESTED = ["&", "|", ("partner_email", "=", SENDER), ("partner_id.email", "=ilike", SENDER), "!", ("name", "ilike", "nothing")]


def same(found, expected, what):
    if found != expected:
        sys.exit("%s: %r, expected %r" % (what, found, expected))


def holds(condition, what):
    if not condition:
        sys.exit("does not hold: %s" % what)


def fails(call, words, what):
    """Calls it, and gives back the exception that has these words."""
    try:
        call()
    except Exception as error:
        holds(words in str(error), "%s says %r: %s" % (what, words, error))
        holds("Traceback" not in str(error) or ", line " not in str(error), "%s shows no program text: %s" % (what, error))
        return error
    sys.exit("%s did not fail" % what)
