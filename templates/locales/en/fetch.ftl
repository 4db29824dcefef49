# What a pass over an incoming server says on that server.

fetch-lock-unusable = The lock of this server, { $path }, can't be used: { $error }.
    .remedy = Let Mailgate write its data folder, and see whether the disk is full.
fetch-store-failed = Mailgate's own database or data folder failed; nothing is lost, and it is tried again every minute.
    .remedy = See whether the disk is full and the database runs; the log's lines of this time say more.
fetch-fault = Mailgate itself failed on this mailbox; nothing is lost, and it is tried again.
    .remedy = If it stays so, report it with the log's lines of this time.
fetch-unaccounted = { $count } of the mails that the mail server shows could be neither fetched nor noted. They stay on the server, and are tried again at each fetch.
    .remedy = Open them in webmail, and report it with the log's lines of this time.
fetch-in-folder = Folder “{ $folder }”: { $why }
fetch-untold = All new mail is here, but the mail server refuses to be told of it. { $why }
    .remedy = See whether this user may change mails in this folder, or choose under Advanced that mails are left as they are.
fetch-no-room = A large mail could not be put down on its way: { $error }.
    .remedy = See whether the disk of the data folder is full, and let Mailgate write to it.

# What is assumed of a mail that has another size than its server announces.
note-size-twice = The mail server announces { $announced } bytes of it and sent { $came }, the same ones twice; Mailgate keeps them, and never deletes or moves this mail there.
note-size-none = The mail server announces no size of it; all that came is kept.
note-size-other = The mail server announces { $announced } bytes of it and sent { $came }; all that came is kept.

# Why mail of a server is not announced. It is fetched by its schedule.
push-lost = The connection on which the server announced mail is over, and another one is tried soon: { $why }
push-not-connected = There is no connection on which the server could announce mail; another one is tried: { $why }
push-not-offered = The server does not offer to announce mail (IMAP IDLE). It is asked again every hour.
push-refused = The server does not want to announce mail now, and is asked again, less and less often: { $said }
push-no-descriptors = { $most } mailboxes are announced already, and the system lets this process have no more connections. Raise its limit of open files (nofile).
