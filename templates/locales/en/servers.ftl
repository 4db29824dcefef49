# Incoming email servers: list, form, test. Labels as in OpenSPP's guide.

servers-title = Incoming Email Servers
servers-new = New
servers-search = Search
servers-archived = Archived
servers-not-archived = In use
servers-empty-title = No mailbox is fetched yet
servers-empty = Press New, enter your mailbox as an IMAP or POP server, and press Test & Confirm. From then on its mail becomes records.
servers-empty-archived = Nothing is archived.
servers-empty-search = No server's name, address or username contains these words.
servers-show-all = Show all

servers-column-name = Name
servers-column-type = Server Type
servers-column-user = Username
servers-column-last-fetch = Last Fetch Date
servers-column-status = Status
servers-never = never
servers-failing = Failing

servers-save = Save
servers-test = Test & Confirm
servers-fetch = Fetch Now
servers-reset = Reset Confirmation
servers-archive = Archive
servers-unarchive = Unarchive
servers-duplicate = Duplicate
servers-delete = Delete
servers-cancel = Cancel
servers-sign-in = Sign In
servers-sign-in-help = Saves, then leads to the provider, where who may read this mailbox allows it. Needed once.
servers-sign-in-since = Signed in
servers-sign-in-title = Sign in for { $name }
servers-sign-in-go = Sign in as { $mailbox }, or as who may read it, and allow it. The provider then sends you back here; within 15 minutes, with this browser.
servers-sign-in-at = Sign in at { $host }
servers-sign-in-redirect = The application must have this redirect address, letter by letter (Microsoft: Authentication › Web; Google: Authorised redirect URIs):
servers-sign-in-not-taken = Providers take redirect addresses of https only, or of the machine itself (localhost). This one is { $redirect }: set PUBLIC_URL to the address with https by which people reach Mailgate.
servers-signed-in = Signed in for { $name }. Press Test & Confirm, unless it is Confirmed.
servers-not-signed-in = Not signed in for { $name }
servers-sign-in-back = Back to { $name }
servers-working = Working… A test takes at most 20 seconds, a fetch up to a minute.

servers-saved = Saved.
servers-saved-draft = Saved. It is not fetched until Test & Confirm has passed.
servers-archived-done = Archived: it is not fetched any more. You find it in the list under Archived.
servers-unarchived = Back in use.
servers-reset-done = Not Confirmed: it is not fetched until Test & Confirm has passed.
servers-duplicated = This is the copy. Change what differs, then test it.
servers-deleted = { $name } is deleted. Its messages stay in the ledger.
servers-start-set = Set. The first fetch will import accordingly.

servers-state-draft = Not Confirmed
servers-state-done = Confirmed

servers-group-server = Server Information
servers-group-login = Login Information
servers-group-action = Actions to Perform on Incoming Mails
servers-group-fetching = Fetching
servers-group-keeping = Keeping
servers-group-safety = Mailbox and Connection
servers-group-addresses = Addresses of the Sign-in
servers-advanced = Advanced

servers-field-name = Name
servers-field-email = E-mail Address
servers-field-server_type = Server Type
servers-field-server = Server Name
servers-field-port = Port
servers-field-is_ssl = SSL/TLS
servers-field-user = Username
servers-field-password = Password
servers-field-authentication = Authentication
servers-field-oauth_provider_id = Sign-in Provider
servers-field-oauth_tenant = Directory (Tenant) ID
servers-field-oauth_client_id = Client ID
servers-field-oauth_client_secret = Client Secret
servers-field-oauth_certificate = Certificate and Key (PEM)
servers-field-oauth_expires = Secret or Certificate Ends
servers-field-oauth_authorize_url = Address to Sign In
servers-field-oauth_token_url = Address of Tokens
servers-field-oauth_scope = Scope
servers-field-action = Action to Perform on Incoming Mails
servers-field-connection_id = Connection
servers-field-object_model = Create a New Record
servers-field-no_other_fetcher = Nothing else fetches this mailbox
servers-field-maildir = Maildir
servers-field-starttls = STARTTLS
servers-field-tls_fingerprint = Trusted Certificate (SHA-256)
servers-field-folder = Folder
servers-field-start_with = First Fetch
servers-field-start_date = Since
servers-field-after_fetch = After Fetching
servers-field-move_to = Move To
servers-field-delete_after_days = Delete After (days)
servers-field-size_limit_mb = Size Limit (MB)
servers-field-interval_minutes = Fetch Every (minutes)
servers-field-traffic_kb_s = Traffic Limit (kB/s)
servers-field-push = Announce at Once
servers-field-confidential = Confidential
servers-field-priority = Server Priority
servers-field-attach = Keep Attachments
servers-field-original = Keep Original
servers-field-sender_policy = Unknown Senders
servers-field-shared_address = Shared Addresses
servers-field-far_values = Fields There

servers-server_type-imap = IMAP Server
servers-server_type-pop = POP Server
servers-server_type-local = Local Server
servers-server_type-gmail = Gmail OAuth Authentication
servers-server_type-outlook = Outlook OAuth Authentication
servers-authentication-password = Password
servers-authentication-microsoft_app = Microsoft 365, application
servers-authentication-microsoft = Microsoft 365, sign-in
servers-authentication-google = Google, sign-in
servers-authentication-oauth2 = Other OAuth2
servers-action-create = Create a new Record
servers-choose = Choose…

servers-start_with-unread = Unread mail
servers-start_with-all = All mail
servers-start_with-new = Only new mail
servers-start_with-since = Mail since a date
servers-after_fetch-seen = Mark as read
servers-after_fetch-delete = Delete
servers-after_fetch-move = Move to a folder
servers-after_fetch-keep = Leave as it is
servers-sender_policy-everyone = Accept everybody
servers-sender_policy-known = Hold their mail
servers-sender_policy-create = Make a contact
servers-sender_policy-anonymous = Deliver as an anonymous complaint
servers-shared_address-ask = Hold the mail: a person chooses
servers-shared_address-oldest = Take the oldest active registrant

servers-placeholder-name = Grievance Mailbox
servers-placeholder-server = imap.youremailserver.com
servers-placeholder-user = support@youremailserver.com
servers-placeholder-maildir = grievances
servers-help-port = Follows Server Type and SSL/TLS until you type another one.
servers-help-is_ssl = Encrypts from the first byte (IMAP 993, POP 995).
servers-readable = Without SSL/TLS or STARTTLS the password travels readable for everybody on the way.
servers-help-user = Mostly the full email address of the mailbox.
servers-help-authentication = Microsoft 365 and Google take no passwords from programs any more. An application of Microsoft 365 needs no person and reads shared mailboxes; a sign-in is made once, in the browser.
servers-none-oauth_provider_id = None: the application is entered here
servers-help-oauth_provider_id = An application that is kept once for several mailboxes, under Sign-in Providers.
servers-help-oauth_tenant = As the application's Overview in Microsoft Entra shows it. A sign-in without it takes people of any organisation.
servers-help-oauth_client_id = The Application (client) ID of Microsoft, the Client ID of Google.
servers-help-oauth_client_secret = Its Value, which is shown once when it is made.
servers-help-oauth_client_secret-kept = A client secret is saved. Leave this empty to keep it.
servers-help-oauth_client_secret-again = Secrets are never sent back to this page: type it again.
servers-help-oauth_certificate = In place of a client secret: the certificate that the application has at Microsoft, with its private key, in PEM.
servers-help-oauth_certificate-kept = A certificate is saved. Leave this empty to keep it.
servers-help-oauth_certificate-again = Keys are never sent back to this page: paste it again.
servers-help-oauth_expires = The day on which it stops working; read from the certificate where there is one.
servers-help-oauth_authorize_url = Empty for the provider's own. Needed where people sign in at another provider.
servers-help-oauth_token_url = Empty for the provider's own. Another provider needs it.
servers-help-oauth_scope = Empty for what the provider usually wants.
servers-help-password-kept = A password is saved. Leave this empty to keep it.
servers-help-password-again = Passwords are never sent back to this page: type it again.
servers-help-password = With Gmail use an app password, not the account's own.
servers-help-object-model = What each mail becomes. What is offered depends on the installed modules.
servers-help-object-model-not_asked = What each mail becomes, by its technical name. Reload offers those of the connection.
servers-help-object-model-usual = What each mail becomes. The connection's account may not read which record types there are: type the technical name, the test checks it.
servers-help-object-model-failed = What each mail becomes, by its technical name. The test checks it.
servers-none-connection_id = This database
servers-help-connection_id = Where the records are made. A connection has record types of its own.
servers-reload = Reload
servers-help-no_other_fetcher = Say so only where the connection's account may not read that system's own incoming mail servers; two fetchers would compete for the same mail.
servers-takes-no-mail = Takes no mail
servers-since = since
servers-connection-unused = Not in use
servers-connection-ailing = Connection takes no mail
servers-help-maildir = A folder below { $root }. Leave it empty when only the command below brings mail.
servers-help-starttls = Begins readable and encrypts before signing in. Refused when the server does not offer it.
servers-help-tls_fingerprint = Filled in by “Trust this certificate”. Empty it to trust only what an authority vouches for.
servers-help-folder = IMAP only. One a line, 20 at most; INBOX where nothing stands here. First Fetch is decided for each folder when it is fetched for the first time.
servers-help-start_with = Decided once, when the mailbox is fetched for the first time. POP servers tell no dates: there, the mail's own Received or Date counts.
servers-help-delete_after_days = 0 deletes at once. Counted from the fetch.
servers-help-size_limit_mb = Larger mail is held without downloading.
servers-help-traffic_kb_s = Kilobytes a second that fetching takes of a thin line, at most. 0 is no limit.
servers-help-push = New mail is fetched the moment the server says that it has come, where it offers that (IMAP IDLE); by the minutes above all the same.
servers-help-confidential = What comes by it is seen only by those who are named for it: the teams that have this mailbox, and whoever is named on the record.
servers-help-priority = Lower is fetched first.
servers-help-attach = Otherwise only the text goes into the record.
servers-help-original = Keeps the mail as it came for ever; otherwise 90 days. Held mail always keeps it.
servers-help-sender_policy = Senders who are no contacts here, or in the connected system.
servers-help-far_values = What each new record of the connected system gets beside what the mail says, one a line: team_id = 3. Several have commas between: tag_ids = 4, 7.
servers-far-choose = Choose from the connected system
servers-far-title = Fields there
servers-far-says = What each new record of { $label } at { $name } gets beside what the mail says. The choices are read from there.
servers-far-nothing = Nothing
servers-far-none = The connection tells no field that could be set so. It can be typed on the incoming server.
servers-far-saved = Saved. New mail gets these values.
servers-help-shared_address = For mail whose sender’s address several registrants of the connected system have.
servers-deliver-title = From an MTA's pipe
servers-deliver = A mail server on this machine can hand mail over directly, once this is confirmed:

servers-deliver-command = mailgate deliver --server "{ $name }"

servers-status = Status
servers-last-fetch = Last fetch
servers-next-fetch = Next fetch
servers-not-fetched = Not fetched yet.
servers-draft-hint = Not fetched until Test & Confirm has passed.
servers-archived-hint = Archived: not fetched.
servers-failing-since = Failing since
servers-why = Why
servers-waits = Waits
servers-waits-since = Asked to wait
servers-waits-hint = Nothing is wrong, and it is fetched again by itself.
servers-crowded-out = { $count ->
    [one] This mail server is at work for another mailbox; Mailgate uses one connection to it at a time.
   *[other] This mail server is at work for other mailboxes; Mailgate uses { $count } connections to it at a time.
}
servers-key = Its password can’t be opened, because Mailgate’s secret key is missing or is another one. Nothing is wrong with the mail server, and it is fetched again as soon as the key is back. What to do stands at the top of this page.
servers-what-to-do = What to do
servers-arrivals = New mail
servers-at-once = Announced at once
servers-polled = { $minutes ->
    [one] Looked for every minute
   *[other] Looked for every { $minutes } minutes
}
servers-folders-closed = Folders
servers-warning = Not all are fetched
servers-count-fetched = { $count } new
servers-count-delivered = { $count } delivered
servers-count-held = { $count } held
servers-count-ignored = { $count } ignored
servers-count-retrying = { $count } retrying
servers-messages = All messages of this mailbox
servers-fetch-done = { $count ->
    [0] Fetched: nothing new.
    [one] Fetched one new message.
   *[other] Fetched { $count } new messages.
}
servers-fetch-continues = The fetch goes on by itself; look again in a minute.
servers-running = Fetching: { $kept } of { $found } messages are here.
servers-running-large = A large one is on its way: { $came } of { $size } MB.

servers-import = Import
servers-import-running = { $done } of { $found } mails are here.
servers-import-stopped = { $done } of { $found } mails are here, the rest stays where it is. New mail is fetched as usual.
servers-import-done = { $found ->
    [one] One mail came with the first fetch.
   *[other] { $found } mails came with the first fetch.
}
servers-import-undoing = Being undone: { $looked } of { $done } mails looked at.
servers-import-undone = { $taken ->
    [one] One mail was taken back: its record is in no list, and in the ledger it is ignored.
   *[other] { $taken } mails were taken back: their records are in no list, and in the ledger they are ignored.
} Their sources stay.
servers-import-restoring = Being taken up again: { $looked } mails so far.
servers-import-rate = { $rate } a minute,
servers-import-left = { $minutes ->
    [one] about a minute left.
   *[other] about { $minutes } minutes left.
}
servers-import-waits = It goes on with the next fetch.
servers-import-worked-on = { $count } left alone, because somebody has worked on the record.
servers-import-more-mail = { $count } left alone, because the record has further mail.
servers-import-handed-over = { $count } left alone, because they were handed to a connection: what is there is undone there.
servers-import-told = What the mail server was told of these mails, such as read, moved or deleted, stays as it is; it is told nothing more.
servers-import-elsewhere = The rest is not fetched: the settings name another mailbox by now.
servers-import-badge-running = Import running
servers-import-badge-stopped = Import stopped
servers-import-badge-undoing = Import being undone
servers-import-badge-undone = Import undone
servers-import-badge-restoring = Import being taken up again
servers-import-deed-stop = Stop the import
servers-import-deed-continue = Continue the import
servers-import-deed-undo = Undo the import
servers-import-deed-restore = Take up again
servers-import-undo-help = Takes the records that it made and nobody has touched out of the lists. It can be taken up again.
servers-import-stop-done = The import is stopped. New mail is fetched as usual.
servers-import-continue-done = The import goes on.
servers-import-undo-done = The import is being undone.
servers-import-restore-done = The import is being taken up again.
import-not-now = Nothing was done: the import stands otherwise by now.
    .remedy = Look at this page again, and decide once more.
import-none-now = This server has no import with which that can be done now.
    .remedy = Look at its page: it says what has become of its first fetch.

servers-test-passed = Confirmed.
servers-test-failed = Not Confirmed.
servers-test-asks = The test passed. Not Confirmed until you choose what the first fetch imports.
servers-test-kept = Everything you typed is saved, but nothing is fetched until the test passes.
servers-encrypted = Encrypted; certificate valid until { $date }.
servers-encrypted-trusted = Encrypted; you trust this certificate, valid until { $date }.
servers-unencrypted = Not encrypted: the password travels readable.
servers-holds = { $folder } holds { $count ->
    [one] one mail
   *[other] { $count } mails
}, { $unread } unread.
servers-holds-together = { $folder } hold { $count ->
    [one] one mail
   *[other] { $count } mails
} together, { $unread } unread.
servers-holds-all = { $folder } holds { $count ->
    [one] one mail
   *[other] { $count } mails
}.
servers-mailbox = The mailbox
servers-imports = { $count ->
    [0] None of them will be imported; new mail is, starting
    [one] One will be imported, starting
   *[other] { $count } will be imported, starting
}
servers-imports-since = Mail since { $date } will be imported, starting
servers-goes-on = Fetching goes on
servers-deliver-ready = Mail is taken from the pipe from now on.
servers-backlog = { $count } mails are waiting. The first fetch would create { $count } { $label }. Import:
servers-backlog-uncounted = Many mails are waiting, and this mail server does not tell how many of them the first fetch would take. Import:
servers-backlog-unread = Unread mail
servers-backlog-all = All mail
servers-backlog-new = Only new mail
servers-backlog-since = Mail since this date
servers-backlog-count = { $count }
servers-backlog-count-since = { $count } since { $date }
servers-folders = Folders of this mailbox:
servers-certificate = The certificate
servers-certificate-issuer = Issued by
servers-certificate-names = For
servers-certificate-valid = Valid
servers-certificate-range = { $from } to { $until }
servers-certificate-sha256 = SHA-256
servers-certificate-before = SHA-256 trusted so far
servers-certificate-now = SHA-256 shown now
servers-trust = Trust this certificate
servers-trust-help = Only if your mail administrator confirms this SHA-256. The next renewal will need it again.

servers-conflict = Somebody else changed this server while you did. Nothing is saved yet.

servers-delete-title = Delete { $name }
servers-delete-goes = These go for ever:
servers-delete-goes-settings = the settings of { $name }, and its saved password
servers-delete-goes-schedule = its schedule: nothing is fetched from this mailbox any more
servers-delete-goes-untold = { $count ->
    [one] one mail that the mail server has not been told about yet: it stays there as it is
   *[other] { $count } mails that the mail server has not been told about yet: they stay there as they are
}
servers-delete-stays = These stay:
servers-delete-stays-messages = { $count ->
    [0] the ledger (it holds no message of this mailbox)
    [one] one message in the ledger, with its source and record
   *[other] { $count } messages in the ledger, with their sources and records
}
servers-delete-stays-mailbox = the mailbox itself, with everything in it
servers-delete-archive = To stop fetching for a while, archive it instead.
server-no-certificate = A Local Server has no certificate: nothing to trust.
server-start-date = Enter the first day to import, as 2026-11-22.
server-start = A { $type } can't tell this apart: choose another start.
server-host = Enter the server's address, for example imap.youremailserver.com.
server-host-scheme = Enter only the server's name, without imap:// or a path.
server-host-port = Enter only the name, { $name }; the port has its own field.
server-host-wrong = This is no server name. It looks like imap.youremailserver.com, without spaces.
server-port = A port is a whole number from 1 to 65535, for example 993.
server-sha256 = A SHA-256 has 64 hexadecimal digits.
server-after = A { $type } can't do this: choose another action.
server-move-to = Enter the folder that fetched mail is moved to.
server-move-to-itself = This is a folder that is fetched. Enter another one.
server-folders = Enter { $max } folders at most, one a line.
server-starttls = SSL/TLS encrypts from the first byte, STARTTLS a little later: untick one of the two.
server-user = Enter the username, mostly the full address of the mailbox.
server-password-again = The saved password was typed for { $host }. Type it again for this server.
server-password-less-safe = The connection becomes less safe. Type the password again if it may travel this way.
server-password = Enter the mailbox's password.
server-maildir = A Maildir must lie below { $root }: enter its path from there on, without “..”.
server-connection = There is no such connection (any more). Choose another, or none for this database.
server-record-type = No installed module brings the record type { $model }. Choose another.
server-record-type-name = Enter the record type's technical name, for example spp.grm.ticket.
server-name = Enter a name by which people know this mailbox.
server-type = Choose a type of the list, for example IMAP Server.
server-anonymous-here = This database has no anonymous complaints. Choose a connection, or something else for unknown senders.
far-values-line = “{ $line }” is no field with its value. Write one a line, such as team_id = 3.
far-values-filled = The mail, or the system itself, fills { $name }: it can't be set here.
far-values-twice = { $name } stands here twice.
far-values-most = At most { $most } fields can be set.
far-fields-changed = Somebody else changed this incoming server meanwhile. Nothing was saved: choose again.
far-fields-nowhere = This incoming server feeds no connection, or has no record type yet.
server-sender-policy = Choose what happens to mail of unknown senders.
server-built-in = The mail gateway is built in: it takes the mail that an MTA hands over by the API (message_process). It has no settings, and can't be changed, archived or deleted.
    .remedy = To keep mail out of it, take the API key or the account away from who hands it over.
servers-help-email = From it alone the settings can be found, without the password.
servers-placeholder-email = support@example.org
servers-find = Find settings
servers-found-check = Nothing is saved yet: check what is marked as found, then press Test & Confirm.
servers-found-before = { $field }: in place of { $before }.
servers-server_type-api = Mail gateway API
