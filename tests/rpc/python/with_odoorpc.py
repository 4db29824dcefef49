"""OdooRPC: JSON-RPC, records as objects."""

import base64

import odoorpc
from mailbox import *

odoo = odoorpc.ODOO(HOST, port=PORT)
same(odoo.version, "17.0", "version")
same(odoo.db.list(), [DATABASE], "databases")
fails(lambda: odoo.login(DATABASE, "admin", "wrong"), "Wrong login", "a wrong password")
odoo.login(DATABASE, "admin", PASSWORD)
same(odoo.env.user.login, "admin", "who is signed in")
same(odoo.env.lang, "en_US", "the language")

types = odoo.env["ir.model"].search([("is_mail_thread", "=", True), ("transient", "=", False), ("model", "=", GRIEVANCE)])
Server = odoo.env["fetchmail.server"]
server = Server.browse(Server.create(server(types[0])))
same((server.state, server.is_ssl, server.password), ("draft", False, False), "a new server")
same(server.object_id.model, GRIEVANCE, "its record type")
server.button_confirm_login()
same(Server.read([server.id], ["state"])[0]["state"], "done", "a confirmed server")
server.fetch_mail()

Ticket = odoo.env[GRIEVANCE]
found = Ticket.search(NESTED)
same(len(found), 1, "what a nested domain finds")
ticket = Ticket.browse(found[0])
same((ticket.name, ticket.partner_email, ticket.stage_id.name), (SUBJECT, SENDER, "New"), "the grievance")
files = [file for message in ticket.message_ids for file in message.attachment_ids]
same([(file.name, base64.b64decode(file.datas)) for file in files], [(FILE, CONTENT)], "its attachment")

Partner = odoo.env["res.partner"]
amina = Partner.browse(Partner.create({"name": "Amina Diallo", "email": SENDER}))
ticket.partner_id = amina
ticket.write({"priority": "3"})
same(Ticket.read([ticket.id], ["partner_id", "priority"])[0]["partner_id"], [amina.id, "Amina Diallo"], "what was written")
note = ticket.message_post(body="Called her")
same(odoo.env["mail.message"].read([note], ["body"])[0]["body"], "<p>Called her</p>", "what was posted")
same(Partner.name_search("amina"), [[amina.id, "Amina Diallo"]], "name_search")
made = Ticket.create([{"name": "One"}, {"name": "Two"}])
same(len(made), 2, "what a list makes")

fails(lambda: odoo.env["no.such.model"].search([]), "doesn't exist", "an unknown model")
fails(lambda: Ticket.frobnicate([ticket.id]), "does not exist on the model", "an unknown method")
fails(lambda: Ticket.search([("nope", "=", 1)]), "Invalid field spp.grm.ticket.nope", "an unknown field")
fails(lambda: Ticket.write([2**31 - 1], {"name": "x"}), "does not exist or has been deleted", "a missing row")
fails(lambda: Ticket.create({"name": "x", "priority": "99"}), "Wrong value", "a wrong value")
officer = odoorpc.ODOO(HOST, port=PORT)
officer.login(DATABASE, "officer", PASSWORD)
fails(lambda: officer.env["fetchmail.server"].search([]), "not allowed to access", "what a role may not do")
same(officer.env[GRIEVANCE].search_count(NESTED), 1, "what a role may do")
server.unlink()
same(Server.search([]), [], "a server deleted")
officer.logout()
print("passed")
