"""IMAP servers of the same kinds as those of public reports: what else such servers do."""
import base64, re, time
from fake import Imap, mail
def literal(n, u, label, b): return f"* {n} FETCH (UID {u} {label} {{{len(b)}}}\r\n".encode() + b + b")\r\n"
class fetch_answers_backwards(Imap):
    """Answers in descending order, the attributes turned round."""
    def do_uid_fetch(self, c, tag, arg):
        s, _, what = arg.partition(" ")
        for u in reversed(self.inset(s)):
            n = self.uids().index(u) + 1; b = self.mails[u]
            if "BODY.PEEK[]" in what: c.raw(f"* {n} FETCH (BODY[] {{{len(b)}}}\r\n".encode() + b + f" UID {u})\r\n".encode())
            elif "BODY" in what: self.fetch_body(c, n, u, what)
            else: c.send(f"* {n} FETCH (INTERNALDATE {self.date(u)} RFC822.SIZE {self.size(u)} UID {u})")
        c.send(f"{tag} OK done")
class fetch_interleaved(Imap):
    """All UIDs first, then all sizes, with other news between."""
    def do_uid_fetch(self, c, tag, arg):
        s, _, what = arg.partition(" "); here = [(self.uids().index(u) + 1, u) for u in self.inset(s)]
        if "BODY" in what: return super().do_uid_fetch(c, tag, arg)
        for n, u in here: c.send(f"* {n} FETCH (FLAGS (\\Seen) UID {u} MODSEQ (17))")
        c.send("* NO disk nearly full", "* CAPABILITY IMAP4rev1 IDLE", "* 5 EXISTS", "* 0 RECENT", "")
        for n, u in reversed(here): c.send(f"* {n} FETCH (INTERNALDATE {self.date(u)})", f"* {n} FETCH (RFC822.SIZE {self.size(u)})")
        c.send(f"{tag} OK done")
class size_asked_twice(Imap):
    """Leaves RFC822.SIZE out unless it is asked for without the date."""
    def do_uid_fetch(self, c, tag, arg):
        if "INTERNALDATE" in arg and "SIZE" in arg: arg = arg.replace("RFC822.SIZE ", "").replace(" RFC822.SIZE", "")
        s, _, what = arg.partition(" ")
        for u in self.inset(s):
            n = self.uids().index(u) + 1
            if "BODY" in what: self.fetch_body(c, n, u, what)
            elif "SIZE" in what: c.send(f"* {n} FETCH (UID {u} RFC822.SIZE {self.size(u)})")
            else: c.send(f"* {n} FETCH (UID {u} INTERNALDATE {self.date(u)})")
        c.send(f"{tag} OK done")
class size_never(Imap):
    def fetch_meta(self, c, n, u): c.send(f"* {n} FETCH (UID {u} INTERNALDATE {self.date(u)})")
class size_nil(Imap):
    def size(self, u): return "NIL"
    def fetch_body(self, c, n, u, what): c.raw(literal(n, u, "BODY[]", self.mails[u]))
class size_zero(Imap):
    def size(self, u): return 0
class size_too_large(Imap):
    """Announces what it stores; what it sends is less, and the same each time."""
    def size(self, u): return len(self.mails[u]) + 40
class size_too_large_delete(size_too_large):
    """The same where mail is to be deleted: it may be marked, and stays."""
    settings = dict(after_fetch="move", move_to="Done")
    def do_uid_expunge(self, c, tag, arg): c.send(f"{tag} BAD never"); self.mails.clear()
    def do_uid_copy(self, c, tag, arg): c.send(f"{tag} BAD never"); self.mails.clear()
class shorter_once(Imap):
    """Sends less than announced the first time only."""
    def fetch_body(self, c, n, u, what):
        b = self.mails[u]
        if not hasattr(self, "sent"): self.sent = set()
        if u not in self.sent: self.sent.add(u); b = b[:-10]
        c.raw(literal(n, u, "BODY[]", b))
class literal_shorter_than_data(Imap):
    def fetch_body(self, c, n, u, what):
        b = self.mails[u]
        if u == 102: c.raw(f"* {n} FETCH (UID {u} BODY[] {{{len(b) - 20}}}\r\n".encode() + b + b")\r\n")
        else: super().fetch_body(c, n, u, what)
class literal_longer_last(Imap):
    """The wrong length stands at the last message: nothing comes any more."""
    def fetch_body(self, c, n, u, what):
        b = self.mails[u]
        if u == 103: c.raw(f"* {n} FETCH (UID {u} BODY[] {{{len(b) + 2000}}}\r\n".encode() + b + b")\r\n")
        else: super().fetch_body(c, n, u, what)
class connection_dies_on_one(Imap):
    def fetch_body(self, c, n, u, what):
        if u == 102: c.c.close(); raise EOFError
        super().fetch_body(c, n, u, what)
class connection_dies_in_one(Imap):
    def fetch_body(self, c, n, u, what):
        b = self.mails[u]
        if u == 102: c.raw(f"* {n} FETCH (UID {u} BODY[] {{{len(b)}}}\r\n".encode() + b[:50]); c.c.close(); raise EOFError
        super().fetch_body(c, n, u, what)
class listing_refused_for_one(Imap):
    def do_uid_fetch(self, c, tag, arg):
        if 102 in self.inset(arg.split(" ")[0]) and "SIZE" in arg and "BODY" not in arg: return c.send(f"{tag} BAD internal error")
        return super().do_uid_fetch(c, tag, arg)
class listing_dies_on_one(Imap):
    def fetch_meta(self, c, n, u):
        if u == 102: c.c.close(); raise EOFError
        super().fetch_meta(c, n, u)
class telling_refused_for_one(Imap):
    """STORE is refused for one message: it stays to be told, and the others are told."""
    def do_uid_store(self, c, tag, arg):
        if 102 in self.inset(arg.split(" ")[0]): return c.send(f"{tag} NO [UNAVAILABLE] message is locked")
        return super().do_uid_store(c, tag, arg)
class telling_dies_on_one(Imap):
    def do_uid_store(self, c, tag, arg):
        if 102 in self.inset(arg.split(" ")[0]): c.c.close(); raise EOFError
        return super().do_uid_store(c, tag, arg)
class gone_meanwhile(Imap):
    """A fourth message is shown by the search and removed before it is fetched."""
    def do_uid_search(self, c, tag, arg):
        found = self.matching(arg) + ([104] if "ALL" in arg and not getattr(self, "told", False) else [])
        self.told = True; c.send("* SEARCH" + "".join(f" {x}" for x in found), f"{tag} OK done")
class expunge_between(Imap):
    """Another client removes the first message while the sizes are told: the numbers move."""
    def init(self): super().init(); self.once = False
    def do_uid_fetch(self, c, tag, arg):
        if "BODY" in arg or self.once: return super().do_uid_fetch(c, tag, arg)
        self.once = True
        c.send(f"* 1 FETCH (UID 101 RFC822.SIZE {self.size(101)})", "* 2 FETCH (UID 102)", "* 3 FETCH (UID 103)", "* 1 EXPUNGE",
               f"* 1 FETCH (RFC822.SIZE {self.size(102)} INTERNALDATE {self.date(102)})", f"* 2 FETCH (RFC822.SIZE {self.size(103)} INTERNALDATE {self.date(103)})", f"{tag} OK done")
class uid_left_out(Imap):
    """Answers to UID FETCH without the UID where one message is asked for."""
    def fetch_body(self, c, n, u, what):
        b = self.mails[u]
        if "HEADER" in what: return super().fetch_body(c, n, u, what)
        c.raw(f"* {n} FETCH (BODY[] {{{len(b)}}}\r\n".encode() + b + b")\r\n")
class quoted_body(Imap):
    """Bodies as quoted strings, where they have one line."""
    def fetch_body(self, c, n, u, what):
        if "HEADER" in what: return super().fetch_body(c, n, u, what)
        self.mails[u] = b"Subject: \"q\" \\ " + str(u).encode() + b" from amina"
        c.raw(f"* {n} FETCH (UID {u} BODY[] \"".encode() + self.mails[u].replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b"\")\r\n")
    def size(self, u): return 20
class body_rfc822(Imap):
    def fetch_body(self, c, n, u, what): c.raw(literal(n, u, "RFC822", self.mails[u]))
class body_lower_case(Imap):
    def fetch_body(self, c, n, u, what): c.raw(f"* {n} fetch (uid {u} body [] {{{len(self.mails[u])}}}\r\n".encode() + self.mails[u] + b" flags (\\seen))\r\n")
    def fetch_meta(self, c, n, u): c.send(f"* {n} Fetch ( uid  {u}  rfc822.size {self.size(u)} internaldate {self.date(u)} )  ")
class body_with_offset(Imap):
    def fetch_body(self, c, n, u, what): c.raw(literal(n, u, "BODY[]<0>", self.mails[u]))
class bodystructure_too(Imap):
    """More than was asked for."""
    def fetch_body(self, c, n, u, what):
        b = self.mails[u]
        c.raw(f"* {n} FETCH (UID {u} ENVELOPE (\"Tue\" {{7}}\r\nsubject NIL) BODYSTRUCTURE ((\"TEXT\" \"PLAIN\" (\"CHARSET\" \"x\") NIL NIL \"7BIT\" 1 1)(\"A\" \"B\") \"MIXED\") X-GM-LABELS (\"\\\\Inbox\" ca\\f\xe9) BODY[] {{{len(b)}}}\r\n".encode("latin-1") + b + b" X-GM-MSGID 17)\r\n")
class bytes_in_flags(Imap):
    def selected(self, c, ro):
        super().selected(c, ro); c.send("* FLAGS (\\Seen Wichtig\xfc )".encode("latin-1"), "* OK [PERMANENTFLAGS (\\Seen \xfc\xdf)] M\xfcll".encode("latin-1"), "* OK [X (] odd", "* OK [")
    def fetch_meta(self, c, n, u): c.send(f"* {n} FETCH (FLAGS (\\Seen Gr\xfc\xdfe) UID {u} RFC822.SIZE {self.size(u)} INTERNALDATE {self.date(u)})".encode("latin-1"))
class bytes_in_folders(Imap):
    def do_list(self, c, tag, arg): c.send('* LIST (\\HasNoChildren) "/" "Entw\xfcrfe"'.encode("latin-1"), '* LIST (\\HasNoChildren) "/" Gesendete Elemente', '* LIST () NIL {7}\r\nA"B\\C D', "* LIST (\\Noselect) \"/\" \"\"", f"{tag} OK done")
class list_refused(Imap):
    def do_list(self, c, tag, arg): c.send(f"{tag} NO not now")
class unseen_refused(Imap):
    def do_uid_search(self, c, tag, arg): c.send(f"{tag} BAD what is that") if ":" in arg else super().do_uid_search(c, tag, arg)
class search_shows_less(Imap):
    """The search leaves one out that the folder holds."""
    def do_uid_search(self, c, tag, arg): c.send("* SEARCH" + "".join(f" {x}" for x in self.matching(arg) if x != 103 or "UID" in arg), f"{tag} OK done")
    def do_fetch(self, c, tag, arg):
        for n, u in enumerate(self.uids(), 1): c.send(f"* {n} FETCH (UID {u})")
        c.send(f"{tag} OK done")
class esearch(Imap):
    def do_uid_search(self, c, tag, arg): c.send(f"* ESEARCH (TAG \"{tag}\") UID ALL {','.join(map(str, self.matching(arg)))}" if self.matching(arg) else f"* ESEARCH (TAG \"{tag}\") UID", f"{tag} OK done")
class search_with_modseq(Imap):
    def do_uid_search(self, c, tag, arg): c.send("* SEARCH " + " ".join(str(x) for x in self.matching(arg)) + " (MODSEQ 917162500)", f"{tag} OK done")
class dates_of_all_kinds(Imap):
    def date(self, u): return {101: '" 4-nov-2026 09:15:00 +0000"', 102: '"04-Nov-2026 09:15:00"', 103: '"today"'}[u]
class no_uidvalidity(Imap):
    def selected(self, c, ro): c.send("* FLAGS (\\Seen \\Deleted)", f"* {len(self.mails)} EXISTS", "* 0 RECENT")
class uidvalidity_by_status(no_uidvalidity):
    def do_status(self, c, tag, arg): c.send('* STATUS "INBOX" (UIDVALIDITY 77)', f"{tag} OK done")
class no_exists(Imap):
    def selected(self, c, ro): c.send("* OK [UIDVALIDITY 7] ok")
class doubled_blanks(Imap):
    def greeting(self, c): c.send("*  OK   ready")
    def selected(self, c, ro): c.send(f"*  {len(self.mails)}  EXISTS", "*  OK  [UIDVALIDITY  7]  ok", "")
    def do_uid_search(self, c, tag, arg): c.send("*  SEARCH  " + "  ".join(str(x) for x in self.matching(arg)), f"{tag}  OK  done")
    def do_uid_store(self, c, tag, arg): self.seen |= set(self.inset(arg.split(" ")[0])); c.send(f"{tag}   OK")
class tag_only(Imap):
    """Status lines without a text."""
    def do_noop(self, c, tag, arg): c.send(f"{tag} OK")
    def do_uid_search(self, c, tag, arg): c.send("* SEARCH" + "".join(f" {x}" for x in self.matching(arg)), f"{tag} OK")
class capability_refused(Imap):
    def do_capability(self, c, tag, arg): c.send(f"{tag} BAD what")
class id_refused(Imap):
    capability = "IMAP4rev1 ID UIDPLUS"
    def do_id(self, c, tag, arg): c.send(f"{tag} BAD no")
class id_announced_after_sign_in(Imap):
    capability = "IMAP4rev1"; post_capability = "IMAP4rev1 ID UIDPLUS"
    def do_examine(self, c, tag, arg): return super().do_examine(c, tag, arg) if c.state.get("id") else c.send(f"{tag} NO EXAMINE Unsafe Login.")
class login_cannot_then_auth_login(Imap):
    capability = "IMAP4rev1 AUTH=LOGIN"
    def do_login(self, c, tag, arg): c.send(f"{tag} NO [CANNOT] use another way")
    def do_authenticate(self, c, tag, arg):
        c.send("+"); u = base64.b64decode(c.line()).decode(); c.send("+ UGFzc3dvcmQ6"); p = base64.b64decode(c.line()).decode()
        if self.check(u, p): c.state["in"] = True; c.send(f"{tag} OK in")
        else: c.send(f"{tag} NO wrong")
class login_needs_literals(Imap):
    """Takes 8-bit characters in literals only."""
    def init(self): super().init(); self.password = "réception\"ž\\7"
    def do_login(self, c, tag, arg):
        m = re.match(r"\{(\d+)\}$", arg)
        if not m: return c.send(f"{tag} BAD 8-bit in a quoted string")
        def take(size): return c.f.read(size).decode()
        c.send("+ go on"); u = take(int(m[1])); m = re.match(r" \{(\d+)\}$", c.line()); c.send("+ go on"); p = take(int(m[1])); c.line()
        if self.check(u, p): c.state["in"] = True; c.send(f"{tag} OK in")
        else: c.send(f"{tag} NO wrong")
class wrong_password_once(Imap):
    """A refusal is one, whatever else is offered: a second try would lock the account."""
    capability = "IMAP4rev1 AUTH=PLAIN AUTH=LOGIN"; refused = True
    def init(self): super().init(); self.tries = 0
    def do_authenticate(self, c, tag, arg):
        self.tries += 1
        if self.tries > 1: return c.send(f"{tag} NO Account locked: too many tries")
        c.send("+ "); c.line(); c.send("{} NO 비밀번호가 올바르지 않습니다".format(tag))
    def do_login(self, c, tag, arg): c.send(f"{tag} NO Account locked: too many tries")
class password_said_to_be_bad(Imap):
    capability = "IMAP4rev1 AUTH=PLAIN"
    def do_authenticate(self, c, tag, arg): c.send("+ "); c.line(); c.send(f"{tag} NO [AUTHENTICATIONFAILED] mechanism not supported for you")
    def do_login(self, c, tag, arg): c.send(f"{tag} NO Account locked: too many tries")
class bye_while_signing_in(Imap):
    def do_login(self, c, tag, arg): c.send("* BYE Trop de connexions"); return "close"
class bye_in_the_middle(Imap):
    """Ends one session in the middle of a fetch."""
    def fetch_body(self, c, n, u, what):
        if u == 102 and not getattr(self, "done", False): self.done = True; c.send("* BYE server restarts"); c.c.close(); raise EOFError
        super().fetch_body(c, n, u, what)
class large_without_partial(Imap):
    """A message of 6 MB, whole whatever piece of it was asked for."""
    def init(self): super().init(); self.mails[102] = self.mails[102][:-2] + b"\r\n" + b"All the words of a long letter.\r\n" * 190000
    def fetch_body(self, c, n, u, what):
        if "HEADER" in what: return super().fetch_body(c, n, u, what)
        c.raw(literal(n, u, "BODY[]", self.mails[u]))
class flags_answered_to_store(Imap):
    def do_uid_store(self, c, tag, arg):
        for u in self.inset(arg.split(" ")[0]): c.send(f"* {self.uids().index(u) + 1} FETCH (FLAGS (\\Seen))")
        return super().do_uid_store(c, tag, arg)
class moves_by_copy(Imap):
    settings = dict(after_fetch="move", move_to="Done"); capability = "IMAP4rev1 UIDPLUS"
    def do_uid_copy(self, c, tag, arg): c.send(f"{tag} OK [COPYUID 1 1 1] done")
class deletes(Imap):
    settings = dict(after_fetch="delete")
CASES = [k for k in list(globals().values()) if isinstance(k, type) and issubclass(k, Imap) and k is not Imap]
