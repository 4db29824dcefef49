"""odoo-client-lib over /json/2: with an API key, and arguments by position, which it learns the names of."""

import sys

import odoolib
from mailbox import *

KEY = sys.argv[6]
admin = odoolib.get_connection(HOST, "json2", PORT, DATABASE, "admin", KEY)
same(admin.check_login(), True, "the key")
same(odoolib.get_connection(HOST, "json2", PORT, DATABASE, "admin", "mgk_wrong").check_login(), False, "a wrong key")
same(admin.get_user_context()["uid"], 1, "the context")
Users = admin.get_model("res.users")
ids = Users.search([("login", "=", "admin")])
same(Users.read(ids[0], ["login"])["login"], "admin", "read by position")
same(Users.read(ids=ids, fields=["login"])["login"], "admin", "read by name")

Partner = admin.get_model("res.partner")
amina = Partner.create([{"name": "Zoe Ndiaye", "email": SENDER}])
same(len(amina), 1, "what is made is a list")
same(Partner.write(amina, {"phone": "+221 77"}), True, "write")
same(Partner.search_read([("id", "in", amina)], ["phone"], 0, 5, "id"), [{"id": amina[0], "phone": "+221 77"}], "search_read by position")
same(Partner.name_search("zoe", [], "ilike", 5), [[amina[0], "Zoe Ndiaye"]], "name_search by position")
Ticket = admin.get_model(GRIEVANCE)
ticket = Ticket.create({"name": "By JSON", "partner_id": amina[0]})
note = Ticket.message_post(ids=ticket, body="Called her")
same(admin.get_model("mail.message").read(note[0], ["body"])["body"], "<p>Called her</p>", "what was posted")
groups = Ticket.formatted_read_group([], ["partner_id"], ["__count"])
same([(group["partner_id"], group["__count"]) for group in groups], [([amina[0], "Zoe Ndiaye"], 1)], "groups")
same(Ticket.has_access(ticket, "write"), True, "has_access")

fails(lambda: admin.get_model("no.such.model").search(domain=[]), "does not exist", "an unknown model")
fails(lambda: Ticket.frobnicate(), "does not exist", "an unknown method")
fails(lambda: Ticket.search(domain=[("nope", "=", 1)]), "Invalid field spp.grm.ticket.nope", "an unknown field")
fails(lambda: Ticket.search(), "missing a required argument: 'domain'", "an argument that is not there")
fails(lambda: Ticket.write(ids=[2**31 - 1], vals={"name": "x"}), "does not exist or has been deleted", "a missing row")
print("passed")
