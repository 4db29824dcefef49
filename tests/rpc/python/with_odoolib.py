"""odoo-client-lib: the legacy XML-RPC endpoints, and JSON-RPC, whichever the last argument names."""

import base64
import sys

import odoolib
from mailbox import *

PROTOCOL = sys.argv[6]


def connect(login, password):
    return odoolib.get_connection(HOST, PROTOCOL, PORT, DATABASE, login, password)


fails(lambda: connect("admin", "wrong").check_login(), "Authentication failure", "a wrong password")
admin = connect("admin", PASSWORD)
admin.check_login()
same(admin.get_user_context()["lang"], "en_US", "the context")
types = admin.get_model("ir.model").search_read([("model", "=", GRIEVANCE)], ["transient"])
same(types[0]["transient"], False, "the record type")
Server = admin.get_model("fetchmail.server")
server = Server.create(server(types[0]["id"]))
same(Server.read(server, ["state", "password"]), {"id": server, "state": "draft", "password": False}, "a new server")
same(Server.button_confirm_login([server]), True, "Test & Confirm")
same(Server.read(server, ["state"])["state"], "done", "a confirmed server")
Server.fetch_mail([server])

Ticket = admin.get_model(GRIEVANCE)
found = Ticket.search_read(NESTED, ["name", "partner_email", "message_ids"])
same([(row["name"], row["partner_email"]) for row in found], [(SUBJECT, SENDER)], "what a nested domain finds")
ticket = found[0]["id"]
File = admin.get_model("ir.attachment")
files = File.search_read([("res_model", "=", GRIEVANCE), ("res_id", "=", ticket)], ["name", "datas"])
same([(file["name"], base64.b64decode(file["datas"])) for file in files], [(FILE, CONTENT)], "its attachment")

amina = admin.get_model("res.partner").create({"name": "Amina Diallo", "email": SENDER})
same(Ticket.write([ticket], {"partner_id": amina, "priority": "3"}), True, "write")
same(Ticket.read(ticket, ["partner_id"])["partner_id"], [amina, "Amina Diallo"], "what was written")
file = File.create({"name": "b.txt", "datas": base64.b64encode(b"b").decode()})
note = Ticket.message_post([ticket], body="Called her", attachment_ids=[file])
posted = admin.get_model("mail.message").read(note, ["body", "attachment_ids"])
same((posted["body"], posted["attachment_ids"]), ("<p>Called her</p>", [file]), "what was posted")
same(len(Ticket.create([{"name": "One"}, {"name": "Two"}])), 2, "what a list makes")

fails(lambda: admin.get_model("no.such.model").search([]), "doesn't exist", "an unknown model")
fails(lambda: Ticket.frobnicate([ticket]), "does not exist on the model", "an unknown method")
fails(lambda: Ticket.search([("nope", "=", 1)]), "Invalid field spp.grm.ticket.nope", "an unknown field")
fails(lambda: Ticket.write([2**31 - 1], {"name": "x"}), "does not exist or has been deleted", "a missing row")
fails(lambda: Ticket.create({"name": "x", "priority": "99"}), "Wrong value", "a wrong value")
officer = connect("officer", PASSWORD)
fails(lambda: officer.get_model("fetchmail.server").search([]), "not allowed to access", "what a role may not do")
stranger = odoolib.get_connection(HOST, PROTOCOL, PORT, DATABASE, "admin", "wrong", user_id=admin.user_id)
fails(lambda: stranger.get_model("res.partner").search([]), "Access Denied", "a wrong password in a call")
same(Server.unlink([server]), True, "unlink")
print("passed")
