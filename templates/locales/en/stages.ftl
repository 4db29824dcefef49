# What the stages of a test saw of an incoming server's target, and of other servers.

target-no-record-type = No record type is chosen.
    .remedy = Choose under “Create a New Record” what a mail becomes, for example Grievance.
target-no-module = No installed module brings the record type { $model }.
    .remedy = Choose another one under “Create a New Record”, or install its module.
target-here = Mail becomes a { $label }.
target-there = Mail becomes a { $label } there; the account may create them.
target-connection = “{ $name }” answers, version { $version }.
target-connection-archived = The connection “{ $name }” is archived.
    .remedy = Take it back into use under Technical › Connections, or choose another.
target-connection-draft = The connection “{ $name }” is not confirmed.
    .remedy = Open it under Technical › Connections and press Test there first.
target-fetchers-none = “{ $name }” does not fetch this mailbox itself.
target-fetchers = OpenSPP already fetches this mailbox (“{ $names }”).
    .remedy = Archive that server there first, or the two will compete for the same mail.
target-fetchers-said = You say that nothing else fetches this mailbox.
target-fetchers-unknown = “{ $login }” may not read which mailboxes “{ $name }” fetches itself.
    .remedy = Look there under Incoming Mail Servers. If this mailbox is not among them, tick “Nothing else fetches this mailbox” and test again.
twins-none = No other server here fetches this mailbox.
twins-rivals = { $names } fetches this mailbox already.
    .remedy = Two servers would share its mail between them. Archive one of them, then test again.
twins-others = { $names } fetches this mailbox too, and makes of each mail: { $makes }. Both get every mail as long as neither deletes or moves it before the other has fetched it.
twins-rival-meanwhile = “{ $name }” fetches this mailbox already.
    .remedy = Archive one of them, then test again.
test-broke-off = The test broke off.
    .remedy = The log says more.

# What mailgate check found.
check-audit-broken = { $why }.
    .remedy = Somebody wrote into the database past Mailgate. Keep a copy of it, and compare it with a backup and with what was shipped.
check-texts-damaged = { $count ->
        [one] One text of a mail can't be read: what is stored of it is damaged.
       *[other] { $count } texts of mails can't be read: what is stored of them is damaged.
    }
    .remedy = The log says why. Take the database back from a backup; the mails themselves may still be on their mail server.
stage-said = It said: { $said }
