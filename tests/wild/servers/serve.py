#!/usr/bin/env python3
"""Starts one mail server of public bug reports on loopback: serve.py NAME prints its port, user, password and settings,
and serves. For each line that it reads it prints what it was told of: marked as read, deleted, and still there. It ends
with its standard input. Without a name: all names."""
import json
import sys

sys.dont_write_bytecode = True
import imap_kinds
import imap_servers
import imap_tls
import pop_servers

modules = (("imap", imap_servers), ("imap", imap_tls), ("imap", imap_kinds), ("pop", pop_servers))
every = {case.__name__: (kind, case) for kind, module in modules for case in module.CASES}
if len(sys.argv) < 2:
    print("\n".join(f"{kind} {name}" for name, (kind, _) in every.items()))
    sys.exit()
kind, case = every[sys.argv[1]]
server = case()


def say(**what):
    print(json.dumps(what), flush=True)


say(kind=kind, port=server.port, user=server.user, password=server.password, mails=len(server.mails),
    settings=getattr(case, "settings", {}))
for _ in sys.stdin:
    say(seen=sorted(getattr(server, "seen", ())), gone=sorted(getattr(server, "gone", ())), left=sorted(server.mails),
        log=server.log[-400:])
