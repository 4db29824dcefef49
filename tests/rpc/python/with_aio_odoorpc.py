"""aio-odoorpc: the first page of its documentation, over /jsonrpc, at once and after another."""

import asyncio

import httpx
from aio_odoorpc import AsyncOdooRPC, OdooRPC
from mailbox import *

ENDPOINT = URL + "/jsonrpc"
CONTACT = {"name": "Amina Diallo", "email": SENDER}


def made(http):
    """The contact that both find: neither client makes rows itself."""
    params = {"service": "object", "method": "execute", "args": [DATABASE, 1, PASSWORD, "res.partner", "create", CONTACT]}
    return http.post(ENDPOINT, json={"jsonrpc": "2.0", "id": 1, "method": "call", "params": params}).json()["result"]


async def at_once(amina):
    async with httpx.AsyncClient() as http:
        odoo = AsyncOdooRPC(database=DATABASE, username_or_uid="admin", password=PASSWORD, http_client=http, url_jsonrpc_endpoint=ENDPOINT)
        same(await odoo.login(), 1, "login")
        partner = odoo.new_for_model("res.partner")
        counted, found = await asyncio.gather(partner.search_count([["email", "=", SENDER]]), partner.search([["email", "=", SENDER]], limit=5))
        same((counted, found), (1, [amina]), "what is found at once")
        rows = await partner.search_read(domain=[["name", "ilike", "amina"]], fields=["name", "email"], order="name desc")
        same(rows, [{"id": amina, **CONTACT}], "what is read")


with httpx.Client() as http:
    amina = made(http)
    odoo = OdooRPC(database=DATABASE, username_or_uid="admin", password=PASSWORD, http_client=http, url_jsonrpc_endpoint=ENDPOINT)
    same(odoo.login(), 1, "login")
    tickets = odoo.new_for_model(GRIEVANCE)
    same(tickets.search([["stage_id.closed", "=", False]], offset=0, limit=3), [], "no grievance yet")
    partner = odoo.new_for_model("res.partner")
    same(partner.search_read([["id", "=", amina]], fields=["name"]), [{"id": amina, "name": "Amina Diallo"}], "search_read")
    same(partner.read([amina], fields=["email"]), [{"id": amina, "email": SENDER}], "read")
    fails(lambda: odoo.search([], model_name="no.such.model"), "doesn't exist", "an unknown model")
    wrong = OdooRPC(database=DATABASE, username_or_uid=1, password="wrong", http_client=http, url_jsonrpc_endpoint=ENDPOINT)
    fails(lambda: wrong.search([], model_name="res.partner"), "Access Denied", "a wrong password")
asyncio.run(at_once(amina))
print("passed")
