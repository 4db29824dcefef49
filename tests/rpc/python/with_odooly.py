"""Odooly: the web client's calls with a session, or /jsonrpc where the last argument is "jsonrpc"."""

import base64
import sys

import odooly
from mailbox import *

ADDRESS = URL + "/jsonrpc" if sys.argv[6] == "jsonrpc" else URL
odooly.Client._is_interactive = lambda self: False
fails(lambda: odooly.Client(ADDRESS, DATABASE, "admin", "wrong"), "Invalid username or password", "a wrong password")
client = odooly.Client(ADDRESS, DATABASE, "admin", PASSWORD)
env = client.env
same(client.server_version, "17.0", "version")
same((env.user.login, env.lang), ("admin", "en_US"), "who is signed in")

holds(GRIEVANCE in env.models(), "the models are listed")
record_type = env["ir.model"].get([("model", "=", GRIEVANCE)])
Server = env["fetchmail.server"]
server = Server.create(server(record_type.id))
same((server.state, server.password, server.object_id.id), ("draft", False, record_type.id), "a new server")
server.button_confirm_login()
same(Server.read(server.id, "state"), "done", "a confirmed server")
server.fetch_mail()

Ticket = env[GRIEVANCE]
tickets = Ticket.search(NESTED)
same((len(tickets), tickets.name, tickets.partner_email), (1, [SUBJECT], [SENDER]), "what a nested domain finds")
ticket = tickets[0]
files = ticket.message_ids[0].attachment_ids
same([(file.name, base64.b64decode(file.datas)) for file in files], [(FILE, CONTENT)], "its attachment")

amina = env["res.partner"].create({"name": "Amina Diallo", "email": SENDER})
ticket.partner_id = amina
ticket.write({"priority": "3"})
same(Ticket.read(ticket.id, "partner_id priority"), {"id": ticket.id, "partner_id": [amina.id, "Amina Diallo"], "priority": "3"}, "what was written")
note = ticket.message_post(body="Called her")
same(env["mail.message"].read(note, "body"), "<p>Called her</p>", "what was posted")
same(len(Ticket.create([{"name": "One"}, {"name": "Two"}])), 2, "what a list makes")
same(Ticket.field("priority")["type"], "selection", "fields_get")

fails(lambda: env.execute("no.such.model", "search", []), "doesn't exist", "an unknown model")
fails(lambda: ticket.frobnicate(), "does not exist on the model", "an unknown method")
fails(lambda: Ticket.search_count([("nope", "=", 1)]), "Invalid field spp.grm.ticket.nope", "an unknown field")
fails(lambda: env.execute(GRIEVANCE, "write", [2**31 - 1], {"name": "x"}), "does not exist or has been deleted", "a missing row")
fails(lambda: Ticket.create({"name": "x", "priority": "99"}), "Wrong value", "a wrong value")
officer = odooly.Client(ADDRESS, DATABASE, "officer", PASSWORD).env
fails(lambda: officer.execute("fetchmail.server", "search", []), "not allowed to access", "what a role may not do")
server.unlink()
same(Server.search_count([]), 0, "a server deleted")
print("passed")
