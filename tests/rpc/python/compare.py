"""Prints what an Odoo answers, so that a real Odoo and Mailgate can be laid side by side.

    compare.py URL DATABASE LOGIN PASSWORD [KEY]

With an API key the objects are called over `/json/2`, by the names that Odoo 19 has for what stands by position here, and what
only the older services have is left out.

What can't be equal on two systems is replaced, and nothing else: ids are numbered as they are met; moments, a grievance's
number and the run's own mark become words. Of an application error's traceback only the last line counts: what it says.
"""

import json
import re
import sys
import urllib.error
import urllib.request
import uuid
import xmlrpc.client

URL, DATABASE, LOGIN, PASSWORD = sys.argv[1:5]
KEY = sys.argv[5] if len(sys.argv) > 5 else None
MARK = "cmp" + uuid.uuid4().hex[:10]
common = xmlrpc.client.ServerProxy(URL + "/xmlrpc/2/common")
objects = xmlrpc.client.ServerProxy(URL + "/xmlrpc/2/object", allow_none=True)
legacy = xmlrpc.client.ServerProxy(URL + "/xmlrpc/object")
UID = None if KEY else common.authenticate(DATABASE, LOGIN, PASSWORD, {})
ids = {}


def known(model, value):
    """The ids of one answer, numbered by model as they are met."""
    if isinstance(value, bool) or (isinstance(value, list) and value[:1] in (["fault"], ["error"])):
        return value
    if isinstance(value, list):
        return [known(model, one) for one in value]
    return ids.setdefault((model, value), "%s#%d" % (model, sum(1 for other, _ in ids if other == model) + 1))


def plain(value):
    if isinstance(value, dict):
        return {name: plain(member) for name, member in sorted(value.items())}
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    if isinstance(value, str):
        value = value.replace(MARK, "MARK")
        value = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "MOMENT", value)
        return re.sub(r"\b\d{4}-\d{6}\b", "NUMBER", value)
    return value


def show(label, value):
    print("%s: %s" % (label, json.dumps(plain(value), ensure_ascii=False, sort_keys=True)))


def told(model, domain):
    """A domain with its ids numbered."""
    ids_of = lambda leaf: leaf[0] in ("id", "partner_id", "partner_id.id") and not isinstance(leaf[2], str)
    terms = [[*term[:2], known(model, term[2])] if isinstance(term, list) and ids_of(term) else term for term in domain]
    return json.dumps(plain(terms), ensure_ascii=False)


def without_ids(words):
    """Without ids of this one system."""
    return re.sub(r"\[\d+\]", "[N]", re.sub(r"User: \d+", "User: N", words))


def fault(error):
    code, text = error.faultCode, error.faultString
    if code == 1:
        text = text.strip().splitlines()[-1]
    return ["fault", code, without_ids(text)]


# What Odoo 19 calls the arguments that stand by position here.
NAMES = {
    "check": ["model", "mode", "raise_exception"],
    "check_access_rights": ["operation", "raise_exception"],
    "check_object_reference": ["module", "xml_id"],
    "create": ["vals_list"],
    "default_get": ["fields"],
    "exists": ["ids"],
    "export_data": ["ids", "fields_to_export"],
    "fields_get": ["allfields", "attributes"],
    "has_access": ["ids", "operation"],
    "has_group": ["ids", "group_ext_id"],
    "load": ["fields", "data"],
    "message_post": ["ids"],
    "name_create": ["name"],
    "name_get": ["ids"],
    "name_search": ["name", "domain"],
    "read": ["ids", "fields"],
    "read_group": ["domain", "fields", "groupby"],
    "search": ["domain", "offset", "limit", "order"],
    "search_count": ["domain"],
    "search_read": ["domain", "fields", "offset", "limit", "order"],
    "unlink": ["ids"],
    "write": ["ids", "vals"],
    "_write": ["ids", "vals"],
}


def by_name(model, method, args, named):
    """A call over `/json/2`."""
    members = {**dict(zip(NAMES.get(method, []), args)), **named}
    headers = {"Authorization": "bearer " + KEY, "Content-Type": "application/json", "X-Odoo-Database": DATABASE}
    request = urllib.request.Request("%s/json/2/%s/%s" % (URL, model, method), json.dumps(members).encode(), headers)
    try:
        return json.load(urllib.request.urlopen(request))
    except urllib.error.HTTPError as error:
        try:
            told = json.load(error)
        except ValueError:
            return ["error", error.code]
        words = told["message"].strip().splitlines() if isinstance(told["message"], str) else told["message"]
        return ["error", error.code, told["name"], [without_ids(one) for one in words] if isinstance(words, list) else words]


def call(model, method, *args, **named):
    if KEY:
        return by_name(model, method, args, named)
    try:
        return objects.execute_kw(DATABASE, UID, PASSWORD, model, method, args, named)
    except xmlrpc.client.Fault as error:
        return fault(error)


def single(answer):
    """What is made: its id, or a list with it alone, as some versions have it."""
    return answer[0] if isinstance(answer, list) and len(answer) == 1 else answer


def posted(*args, **named):
    return single(call("spp.grm.ticket", "message_post", *args, **named))


def row(answer):
    """The first row of an answer; nothing of one that a version refuses, which a line before has shown."""
    return answer[0] if answer and isinstance(answer[0], dict) else {}


def each(model, rows):
    """Rows with their ids numbered."""
    return [{**row, "id": known(model, row["id"])} for row in rows] if rows and isinstance(rows[0], dict) else rows


def name(text):
    return "%s %s" % (MARK, text)


def section(title):
    print("\n== " + title)


if not KEY:
    section("sign-in")
    show("version", {key: common.version()[key] for key in ("server_serie", "protocol_version", "server_version_info")})
    show("wrong password", common.authenticate(DATABASE, LOGIN, "wrong " + MARK, {}))
    show("unknown login", common.authenticate(DATABASE, "nobody " + MARK, PASSWORD, {}))
    show("login", isinstance(common.login(DATABASE, LOGIN, PASSWORD), int))
    try:
        common.frobnicate()
    except xmlrpc.client.Fault as error:
        show("unknown method", fault(error))
    try:
        objects.execute_kw(DATABASE, UID, "wrong " + MARK, "res.partner", "search", [[]])
    except xmlrpc.client.Fault as error:
        show("wrong password in a call", fault(error))
    for args in [(), (DATABASE,), (DATABASE, LOGIN), (DATABASE, LOGIN, PASSWORD, {}, 1)]:
        for method in ("login", "authenticate"):
            try:
                getattr(common, method)(*args)
            except xmlrpc.client.Fault as error:
                show("%s with %d arguments" % (method, len(args)), fault(error))
show("context", sorted(call("res.users", "context_get")))
show("groups", [call("res.users", "has_group", "base." + group) for group in ("group_system", "group_user", "group_portal", "nothing")])

section("contacts")
one = call("res.partner", "create", {"name": name("Amina"), "email": "Amina@People.example", "phone": "+221 77"})
show("create a struct", known("partner", one))
one = single(one)
more = call(
    "res.partner",
    "create",
    [{"name": name("Ümit 100 %"), "is_company": True}, {"name": name("zoë_x"), "email": "zoe@people.example"}],
)
show("create a list", known("partner", more))
show("create nothing", call("res.partner", "create", []))
FIELDS = ["name", "email", "phone", "is_company", "active", "is_registrant", "is_group", "company_type", "create_date"]
mine = ["name", "like", MARK]
show("read", each("partner", call("res.partner", "read", [one], FIELDS)))
show("read one id", each("partner", call("res.partner", "read", one, ["name"])))
show("read by name", each("partner", call("res.partner", "read", [one], fields=["name"])))
show("read what is missing", call("res.partner", "read", [2**31 - 1], ["name"]))
show("read twice the same", each("partner", call("res.partner", "read", [one, one], ["name"])))
show("normalised address", each("partner", call("res.partner", "read", [one], ["email_normalized"])))
DOMAINS = [
    [],
    [["name", "ilike", "AMINA"]],
    [["name", "like", "AMINA"]],
    [["name", "not ilike", "amina"]],
    [["name", "=ilike", MARK + " amina"]],
    [["name", "=like", MARK + " am%"]],
    [["name", "ilike", "ümit"]],
    [["name", "ilike", "100 \\%"]],
    [["name", "ilike", "zoë\\_x"]],
    [["name", "in", [name("Amina"), name("zoë_x")]]],
    [["name", "not in", [name("Amina")]]],
    [["email", "=", False]],
    [["email", "!=", False]],
    [["email", "in", [False, "zoe@people.example"]]],
    [["email", "not in", ["zoe@people.example"]]],
    [["is_company", "=", True]],
    [["is_company", "!=", True]],
    [["is_company", "=", False]],
    [["id", ">", one]],
    [["id", "in", [one]]],
    [["id", "not in", more]],
    [["name", ">=", MARK + " b"]],
    ["|", ["is_company", "=", True], ["email", "ilike", "amina"]],
    ["|", "&", ["is_company", "=", True], ["email", "=", False], "!", ["email", "=ilike", "%people%"]],
    ["!", "|", ["is_company", "=", True], ["email", "ilike", "amina"]],
    [["email", "=?", False]],
    [["email", "=?", "zoe@people.example"]],
    [["create_date", ">", "2020-01-01"]],
    [["create_date", "<", "2020-01-01 00:00:00"]],
    [[1, "=", 1]],
    [[0, "=", 1]],
    [["email", "<>", "zoe@people.example"]],
    [["email", "=", ""]],
    [["email", "!=", ""]],
    [["email", "not ilike", ""]],
    [["email", "not in", [False]]],
    [["id", "in", []]],
    [["id", "not in", []]],
    [["phone", "in", 5]],
    [["name", "in", "x"]],
    [["is_company", "=", 0]],
    [["is_company", "=", "x"]],
    [["is_company", "!=", ""]],
    [["is_company", "not in", [True, False]]],
    [["name", "=", True]],
    [["name", "ILIKE", "amina"]],
    [["name", "==", "x"]],
    [["create_date", ">", "2020-01-01 10:00"]],
    [["create_date", "not like", "1999"]],
    [[True, "=", True]],
]
for domain in DOMAINS:
    show("search %s" % told("partner", domain), known("partner", call("res.partner", "search", domain + [mine], order="id")))
for order in ["name DESC", " name  desc , id", "name;id", "'name'", "NAME", "name, nope", "name desc desc", False, ""]:
    show("order %r" % order, known("partner", call("res.partner", "search", [mine], order=order)))
for limit in ["2", None, False, 10**6]:
    show("limit %r" % limit, known("partner", call("res.partner", "search", [mine], limit=limit, order="id")))
show("offset as text", known("partner", call("res.partner", "search", [mine], offset="1", order="id")))
show("beyond the end", call("res.partner", "search_read", [mine], offset=1000))
show("no domain", [call("res.partner", "search", False), call("res.partner", "search_count", None)])
show("no ids", [call("res.partner", method, None) for method in ("read", "exists", "name_get")])
if not KEY:
    show("user's number as text", known("partner", objects.execute_kw(DATABASE, str(UID), PASSWORD, "res.partner", "search", [[mine]], {"limit": 1, "order": "id"})))
show("count", call("res.partner", "search_count", [mine]))
show("count with a limit", call("res.partner", "search_count", [mine], limit=2))
show("by position", known("partner", call("res.partner", "search", [mine], 1, 1, "id desc")))
show("by name", known("partner", call("res.partner", "search", domain=[mine], offset=1, limit=1, order="id desc")))
show("no limit", known("partner", call("res.partner", "search", [mine], limit=0, order="name desc, id")))
show("search_read", each("partner", call("res.partner", "search_read", [mine], ["name"], 0, 2, "id")))
show("search_read by name", each("partner", call("res.partner", "search_read", domain=[mine], fields=["email"], order="id")))
show("name_search", sorted(known("partner", pair[0]) for pair in call("res.partner", "name_search", MARK)))
show("name_search exactly", len(call("res.partner", "name_search", name("Amina"), operator="=")))
show("name_search with a domain", len(call("res.partner", "name_search", MARK, [["is_company", "=", True]])))
show("name_search by address", [known("partner", pair[0]) for pair in call("res.partner", "name_search", "zoe@people", [mine])])
show("name_search with in", call("res.partner", "name_search", MARK, operator="in")[:2])
brief = call("res.partner", "name_create", name("by its name alone"))
show("name_create", [known("partner", brief[0]), brief[1]])
show("name_get of none", call("res.partner", "name_get", [2**31 - 1]))
named = single(call("res.partner", "create", {"name": name("with a name"), "email": "Zed <Zed@People.example>", "active": False}))
show("address with a name", call("res.partner", "read", [named], ["email", "email_normalized"])[0]["email_normalized"])
show("limits as floats", known("partner", call("res.partner", "search", [mine], offset=1.0, limit=1.0, order="id")))
made = single(call("res.partner", "create", {"name": name("of defaults"), "active": False}, context={"default_phone": "77", "default_name": "x"}))
show("default values", each("partner", call("res.partner", "read", [made], ["name", "phone"])))
show("default_get with values", call("res.partner", "default_get", ["phone"], context={"default_phone": "77"}))
show("name_get", call("res.partner", "name_get", [more[1]])[0][-1])
show("exists", known("partner", call("res.partner", "exists", [one, 2**31 - 1])))
show("write", call("res.partner", "write", [one], {"phone": "+221 78", "is_registrant": True}))
show("write by name", call("res.partner", "write", [one], vals={"phone": False}))
show("written", each("partner", call("res.partner", "read", [one], ["phone", "is_registrant"])))
show("write what Odoo sets itself", call("res.partner", "write", [one], {"id": 5, "create_date": "2020-01-01"}))
show("write to none", call("res.partner", "write", [], {"name": "x"}))
show("archive", call("res.partner", "write", more, {"active": False}))
show("archived are hidden", call("res.partner", "search_count", [mine]))
show("active_test", call("res.partner", "search_count", [mine], context={"active_test": False}))
show("active_test as a number", call("res.partner", "search_count", [mine], context={"active_test": 0}))
show("no context", call("res.partner", "search_count", [mine], context=None))
show("asked for", call("res.partner", "search_count", [mine, ["active", "=", False]]))
show("either", call("res.partner", "search_count", [mine, ["active", "in", [True, False]]]))
show("read all the same", len(call("res.partner", "read", more, ["active"])))
show("bring back", call("res.partner", "write", more, {"active": True}))
TYPES = ["name", "email", "phone", "is_company", "active", "create_date", "email_normalized", "id", "nope"]
described = call("res.partner", "fields_get", TYPES, ["type", "string"])
show("fields_get", described)
show("fields_get by name", call("res.partner", "fields_get", allfields=["email"], attributes=["type"]))
show("default_get", call("res.partner", "default_get", ["active", "nope"]))
show("may", call("res.partner", "check_access_rights", "write", False))
show("may by name", call("res.partner", "check_access_rights", operation="read", raise_exception=True))

section("grievances")
ticket = call(
    "spp.grm.ticket",
    "create",
    {"name": name("Payment"), "description": "<p>Hello <b>there</b></p>", "partner_id": one, "priority": "2"},
)
show("create", known("ticket", ticket))
ticket = single(ticket)
tickets = call(
    "spp.grm.ticket",
    "create",
    [{"name": name(text), "description": "x", "partner_id": more[1]} for text in ("second", "third")],
)
show("create a list", known("ticket", tickets))
read = call("spp.grm.ticket", "read", [ticket], ["name", "description", "partner_id", "user_id", "priority"])[0]
read["partner_id"][0] = known("partner", read["partner_id"][0])
show("read", each("ticket", [read]))
bare = call("spp.grm.ticket", "read", [ticket], ["partner_id", "user_id"], load="")[0]
show("bare ids", [known("partner", bare["partner_id"]), bare["user_id"]])
bare = call("spp.grm.ticket", "read", [ticket], ["partner_id"], load=False)[0]
show("bare ids without a load", known("partner", bare["partner_id"]))
bare = call("spp.grm.ticket", "search_read", [["id", "=", ticket]], ["partner_id"], load="")[0]
show("bare ids of a search", known("partner", bare["partner_id"]))
mine = ["name", "like", MARK]
for domain in [
    [["partner_id", "=", one]],
    [["partner_id", "!=", one]],
    [["partner_id", "in", more]],
    [["partner_id", "ilike", "amina"]],
    [["partner_id", "not ilike", "amina"]],
    [["partner_id", "=", name("Amina")]],
    [["partner_id.name", "ilike", "zoë"]],
    [["partner_id.email", "=", "zoe@people.example"]],
    [["partner_id.active", "=", True]],
    [["partner_id.id", "=", one]],
    [["partner_id", "in", [name("Amina"), "x"]]],
    [["partner_id", "not in", [name("Amina")]]],
    [["partner_id", "ilike", "zoe@people"]],
    [["stage_id", "in", 5]],
    [["partner_id.nope", "=", 1]],
    [["user_id", "not in", [5]]],
    [["user_id", "!=", 0]],
    [["user_id", "=", False]],
    [["user_id", "!=", False]],
    [["user_id.login", "=", "nobody"]],
    ["|", ["priority", "=", "2"], ["partner_id.name", "ilike", "zoë"]],
    ["&", "!", ["priority", "=", "2"], ["priority", "in", ["0", "1", "2"]]],
]:
    show("search %s" % told("partner", domain), known("ticket", call("spp.grm.ticket", "search", domain + [mine], order="id")))
call("res.partner", "write", [one], {"name": name("zzz Amina")})
for order in ["partner_id, id", "partner_id desc, id desc", "priority desc, partner_id, id desc"]:
    show("order %s" % order, known("ticket", call("spp.grm.ticket", "search", [mine], order=order)))
call("res.partner", "write", [one], {"name": name("Amina")})
show("write", call("spp.grm.ticket", "write", [ticket], {"priority": "1", "name": name("Payment missing")}))
show("write html", call("spp.grm.ticket", "write", [ticket], {"description": "a < b & <script>alert(1)</script>c"}))
show("written", each("ticket", call("spp.grm.ticket", "read", [ticket], ["priority", "name"])))
stages = call("spp.grm.ticket.stage", "search", [], limit=2)
call("spp.grm.ticket", "write", tickets, {"stage_id": stages[0]})
call("spp.grm.ticket", "write", [ticket], {"stage_id": stages[1]})
for order in ["stage_id, id", "stage_id desc, id desc"]:
    show("order %s" % order, known("ticket", call("spp.grm.ticket", "search", [mine], order=order)))
show("write a stage", call("spp.grm.ticket", "write", [ticket], {"stage_id": stages[0]}))
show("stage", call("spp.grm.ticket", "search_count", [["id", "=", ticket], ["stage_id", "=", stages[0]]]))
show("no such stage", call("spp.grm.ticket", "write", [ticket], {"stage_id": 2**31 - 1})[:2])
show("archive", call("spp.grm.ticket", "write", [tickets[0]], {"active": False}))
show("archived are hidden", known("ticket", call("spp.grm.ticket", "search", [mine], order="id")))
types = call("spp.grm.ticket", "fields_get", ["name", "partner_id", "stage_id", "priority", "message_ids", "description"])
show("types", {field: [member["type"], member.get("relation")] for field, member in types.items()})
show("numbers", bool(re.fullmatch(r"\d{4}-\d{6}", call("spp.grm.ticket", "read", [ticket], ["number"])[0]["number"])))

section("messages and attachments")
before = len(call("spp.grm.ticket", "read", [ticket], ["message_ids"])[0]["message_ids"])
post = call("spp.grm.ticket", "message_post", [ticket], body="Called <her>")
show("message_post", known("message", post))
post = single(post)
MESSAGE = ["body", "message_type", "model", "subject", "attachment_ids", "record_name"]
show("message", each("message", call("mail.message", "read", [post], MESSAGE)))
show("res_id", known("ticket", call("mail.message", "read", [post], ["res_id"])[0]["res_id"]))
show("one more", len(call("spp.grm.ticket", "read", [ticket], ["message_ids"])[0]["message_ids"]) - before)
show("newest first", call("spp.grm.ticket", "read", [ticket], ["message_ids"])[0]["message_ids"][0] == post)
html = posted(
    [ticket],
    body="<p>In <b>words</b></p>",
    body_is_html=True,
    subject="Of the call",
    message_type="comment",
    subtype_xmlid="mail.mt_comment",
    attachments=[["a.txt", "a text"], ["b.csv", "1;2"]],
)
row = call("mail.message", "read", [html], MESSAGE)[0]
row["attachment_ids"] = [call("ir.attachment", "read", [one], ["name"])[0]["name"] for one in sorted(row["attachment_ids"])]
show("html with files", each("message", [row]))
files = call("ir.attachment", "search_read", [["res_model", "=", "spp.grm.ticket"], ["res_id", "=", ticket]], ["name", "datas", "mimetype", "file_size", "type", "public"], order="id")
show("files", each("file", files))
for kwargs in [{"subtype_xmlid": "no.such"}, {"email_layout_xmlid": "mail.mail_notification_light"}, {"mail_auto_delete": True}]:
    show("of no consequence: %s" % list(kwargs), isinstance(posted([ticket], body="x", **kwargs), int))
show("a number", call("mail.message", "read", [posted(ticket, body=5)], ["body"])[0]["body"])
triple = posted([ticket], body="x", attachments=[["c.txt", "c", {"cid": "1"}]])
show("more of an attachment", len(call("mail.message", "read", [triple], ["attachment_ids"])[0]["attachment_ids"]))
show("author", call("mail.message", "read", [posted([ticket], body="x", author_id=one)], ["author_id"])[0]["author_id"][1])
show("address", call("mail.message", "read", [posted([ticket], body="x", author_id=one, email_from="a@b.example")], ["email_from"])[0]["email_from"])
free = single(call("ir.attachment", "create", {"name": name("free.txt"), "datas": "aGVsbG8=", "type": "binary"}))
show("file of its own", each("file", call("ir.attachment", "read", [free], ["res_model", "res_id", "datas", "mimetype"])))
post = posted([ticket], body="with it", attachment_ids=[free])
show("put on a record", call("mail.message", "read", [post], ["attachment_ids"])[0]["attachment_ids"] == [free])
placed = single(call("ir.attachment", "create", {"name": name("c.pdf"), "datas": "", "res_model": "spp.grm.ticket", "res_id": ticket}))
show("on the record", call("spp.grm.ticket", "search_count", [["attachment_ids", "in", [placed]]]))
show("by a path", known("ticket", call("spp.grm.ticket", "search", [["attachment_ids.name", "ilike", name("c.pdf")]])))
show("by a message", known("ticket", call("spp.grm.ticket", "search", [["message_ids.body", "ilike", "words"], mine])))

section("incoming servers")
model = call("ir.model", "search_read", [["model", "=", "spp.grm.ticket"]], ["model", "transient", "is_mail_thread", "state"])
show("ir.model", [{key: value for key, value in row.items() if key != "id"} for row in model])
server = call(
    "fetchmail.server",
    "create",
    {
        "name": name("box"),
        "server_type": "imap",
        "server": "imap.example.org",
        "port": 993,
        "is_ssl": True,
        "user": "grm@example.org",
        "password": "hunter2",
        "object_id": model[0]["id"],
    },
)
show("create", known("server", server))
server = single(server)
SERVER = ["name", "server_type", "server", "port", "is_ssl", "user", "state", "active", "attach", "original", "priority", "date", "server_type_info", "configuration"]
show("read", each("server", call("fetchmail.server", "read", [server], SERVER)))
show("object_id", call("fetchmail.server", "read", [server], ["object_id"])[0]["object_id"][0] == model[0]["id"])
show("by its model", call("fetchmail.server", "search_count", [["object_id", "=", model[0]["id"]], ["name", "like", MARK]]))
show("by the model as text", call("fetchmail.server", "search_count", [["object_id", "=", "spp.grm.ticket"], ["name", "like", MARK]]))
show("by its model's name", call("fetchmail.server", "search_count", [["object_id.model", "=", "spp.grm.ticket"], ["name", "like", MARK]]))
show("write", call("fetchmail.server", "write", [server], {"priority": 7, "original": True}))
show("archive", call("fetchmail.server", "write", [server], {"active": False}))
show("hidden", call("fetchmail.server", "search_count", [["name", "like", MARK]]))
show("all", call("fetchmail.server", "search_count", [["name", "like", MARK]], context={"active_test": False}))
show("defaults", call("fetchmail.server", "default_get", ["active", "state", "attach", "priority", "original"]))
show("fields of ir.model.fields", call("ir.model.fields", "search_read", [["model_id.model", "=", "fetchmail.server"], ["name", "=", "is_ssl"]], ["name", "ttype", "field_description", "model", "relation"])[0].get("ttype"))
show("fields by the model as text", call("ir.model.fields", "search_count", [["model_id", "=", "fetchmail.server"], ["name", "=", "is_ssl"]]))
show("unlink", call("fetchmail.server", "unlink", [server]))
show("gone", call("fetchmail.server", "search_count", [["name", "like", MARK]], context={"active_test": False}))

section("groups")
for fields, groupby, named in [
    ([], ["is_company"], {}),
    (["name"], "is_company", {}),
    ([], ["is_company", "is_registrant"], {}),
    ([], ["is_company", "is_registrant"], {"lazy": False}),
    ([], ["is_company", "is_registrant"], {"lazy": False, "orderby": "is_company desc, __count desc"}),
    ([], ["email"], {"orderby": "email desc", "limit": 1}),
    (["emails:count_distinct(email)"], [], {}),
    (["first:min(name)", "last:max(name)"], ["is_company"], {}),
]:
    groups = call("res.partner", "read_group", [mine], fields, groupby, **named)
    show("read_group %s %s %s" % (fields, groupby, named), groups)
groups = call("spp.grm.ticket", "read_group", [mine], [], ["partner_id"])
show("by a contact", [[known("partner", group["partner_id"][0]), group["partner_id_count"], told("partner", group["__domain"])] for group in groups])
month = call("res.partner", "read_group", [mine], [], ["create_date:month"])
show("by month", [[group["create_date:month"].isprintable(), sorted(group), sorted(group["__range"]["create_date:month"])] for group in month])
for group in ["nope", "create_date:decade"]:
    show("by %s" % group, call("res.partner", "read_group", [], [], [group])[:2])

section("tables")
TABLE = ["id", "name", "email", "is_company"]
loaded = call("res.partner", "load", TABLE, [[MARK + ".one", name("Loaded"), "loaded@people.example", "1"], ["two_" + MARK, name("Second"), "", ""]])
show("load", {**loaded, "ids": known("partner", loaded["ids"])})
again = call("res.partner", "load", ["id", "phone"], [[MARK + ".one", "+221 79"]])
show("load again", {**again, "ids": known("partner", again["ids"])})
show("loaded", each("partner", call("res.partner", "read", loaded["ids"], ["name", "email", "phone", "is_company"])))
show("external ids", sorted(row["complete_name"] for row in call("ir.model.data", "search_read", [["model", "=", "res.partner"], ["res_id", "in", loaded["ids"]]], ["complete_name"])))
show("export_data", call("res.partner", "export_data", loaded["ids"], ["id", "name", "email", "phone", "is_company"]))
linked = call("spp.grm.ticket", "load", ["name", "description", "partner_id/id"], [[name("Of a table"), "x", MARK + ".one"]])
show("load with a link", {**linked, "ids": known("ticket", linked["ids"])})
show("export through a link", call("spp.grm.ticket", "export_data", linked["ids"], ["name", "partner_id", "partner_id/email", "partner_id/id"]))
for field, value in [("partner_id", "nobody " + MARK), ("partner_id/id", "no." + MARK), ("partner_id/.id", "x"), ("priority", "99")]:
    refused = call("spp.grm.ticket", "load", ["name", "description", field], [[name("x"), "x", value]])
    show("refused %s" % field, [refused["ids"], sorted({message["type"] for message in refused["messages"]}), refused["messages"] and refused["messages"][0]["rows"]])
made = single(call("ir.model.data", "create", {"module": MARK, "name": "by_hand", "model": "res.partner", "res_id": one}))
show("by hand", [row["complete_name"] for row in call("ir.model.data", "search_read", [["id", "=", made]], ["complete_name"])])
show("check_object_reference", known("partner", call("ir.model.data", "check_object_reference", MARK, "by_hand")[1]))
show("no such external id", call("ir.model.data", "check_object_reference", MARK, "nobody"))
show("may", [call("ir.model.access", "check", "res.partner", mode, False) for mode in ("read", "write", "create")])
show("country", call("res.country", "name_search", "France", limit=1))
show("countries by code", call("res.country", "search_count", [["code", "in", ["SN", "LK", "PH", "US"]]]))
me = UID or call("res.users", "context_get")["uid"]
show("create_uid", call("res.partner", "read", [one], ["create_uid"])[0]["create_uid"][0] == me)
show("child_of", known("partner", call("res.partner", "search", [["id", "child_of", one]])))
show("child_of a name", known("ticket", call("spp.grm.ticket", "search", [["partner_id", "child_of", name("Loaded")]])))

section("faults")
show("model", call("no.such.model", "read", []))
for no_model in [] if KEY else ["", False, 5]:
    show("model %r" % no_model, call(no_model, "search", []))
if not KEY:
    try:
        objects.execute_kw(DATABASE, UID, PASSWORD, "res.partner", "search")
    except xmlrpc.client.Fault as error:
        show("no arguments", fault(error))
show("method", call("res.partner", "frobnicate", []))
show("private method", call("res.partner", "_write", [one], {}))
show("field to read", call("res.partner", "read", [one], ["nope"]))
show("field to create", call("res.partner", "create", {"name": "x", "nope": 1}))
show("field to write", call("res.partner", "write", [one], {"nope": 1}))
show("field of a domain", call("res.partner", "search", [["nope", "=", 1]]))
show("field to order by", call("res.partner", "search", [], order="nope"))
show("order", call("res.partner", "search", [], order="name up"))
show("operator", call("res.partner", "search", [["name", "~", "x"]]))
show("domain", call("res.partner", "search", "x"))
show("half a domain", call("res.partner", "search", ["|", ["name", "=", "a"]]))
show("argument missing", call("res.partner", "search"))
show("argument too many", call("res.partner", "search", [], nope=1))
show("keyword of fields_get", call("res.partner", "fields_get", nope=1))
show("selection", call("spp.grm.ticket", "write", [ticket], {"priority": "99"}))
show("required", call("fetchmail.server", "create", {"server_type": "imap"}))
show("missing row", call("spp.grm.ticket", "write", [2**31 - 1], {"name": "x"}))
show("missing row to delete", call("fetchmail.server", "unlink", [2**31 - 1]))
show("missing row to post on", known("message", call("spp.grm.ticket", "message_post", [2**31 - 1], body="x")))
show("missing author", call("spp.grm.ticket", "message_post", [ticket], body="x", author_id=2**31 - 1))
show("access mode", call("res.partner", "check_access_rights", "frobnicate", False))
show("login taken", call("res.users", "create", {"name": "x", "login": LOGIN, "password": "long enough for all"})[:2])
if not KEY:
    try:
        legacy.execute_kw(DATABASE, UID, "wrong " + MARK, "res.partner", "search", [[]])
    except xmlrpc.client.Fault as error:
        show("legacy, denied", [error.faultCode, error.faultString])
    try:
        legacy.execute_kw(DATABASE, UID, PASSWORD, "no.such.model", "search", [[]])
    except xmlrpc.client.Fault as error:
        show("legacy, unknown model", [error.faultCode, error.faultString])
    try:
        legacy.execute_kw(DATABASE, UID, PASSWORD, "fetchmail.server", "create", [{"server_type": "imap"}])
    except xmlrpc.client.Fault as error:
        show("legacy, required", [error.faultCode.splitlines()[0], error.faultString])
    for method in ("nope", "drop"):
        try:
            getattr(xmlrpc.client.ServerProxy(URL + "/xmlrpc/2/db"), method)("wrong", "nope")
        except xmlrpc.client.Fault as error:
            show("databases, %s" % method, fault(error))


def post_json(service, method, *args):
    params = {"service": service, "method": method, "args": args}
    body = json.dumps({"jsonrpc": "2.0", "method": "call", "id": 7, "params": params}).encode()
    request = urllib.request.Request(URL + "/jsonrpc", body, {"Content-Type": "application/json"})
    answer = json.load(urllib.request.urlopen(request))
    if "error" in answer:
        answer["error"]["data"].pop("debug")
    return answer


if not KEY:
    section("JSON-RPC")
    show("version", post_json("common", "version")["result"]["server_serie"])
    who = (DATABASE, UID, PASSWORD)
    show("search", known("partner", post_json("object", "execute_kw", *who, "res.partner", "search", [[["id", "=", one]]])["result"]))
    show("execute", each("partner", post_json("object", "execute", *who, "res.partner", "read", [one], ["name", "email"])["result"]))
    show("denied", post_json("object", "execute", DATABASE, UID, "wrong " + MARK, "res.partner", "search", []))
    show("unknown model", post_json("object", "execute", *who, "no.such.model", "search", []))
    show("unknown field", post_json("object", "execute", *who, "res.partner", "search", [["nope", "=", 1]]))
    show("missing row", plain(post_json("object", "execute", *who, "spp.grm.ticket", "write", [2**31 - 1], {"name": "x"}))["error"]["data"]["name"])
    show("unknown database", post_json("object", "execute", "no" + MARK, 2, "x", "res.partner", "search", [])["error"]["data"]["name"])
    show("exists", post_json("db", "db_exist", DATABASE)["result"])
    show("server_version", post_json("db", "server_version")["result"])
