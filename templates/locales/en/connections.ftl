# Connections to an existing OpenSPP or Odoo: list, form, test.

connections-title = Connections
connections-not-archived = In use
connections-empty-title = Records stay in this database
connections-empty = Connect an OpenSPP or Odoo that you run already, and incoming servers can make their records there. Press New, enter its address and an account of it, and press Test.
connections-empty-archived = Nothing is archived.
connections-empty-search = No connection's name, address, database or login contains these words.
connections-show-all = Show all

connections-test = Test
connections-load = Load
connections-delete = Delete
connections-cancel = Cancel
connections-working = Working… A test takes at most 20 seconds.
connections-saved = Saved.
connections-saved-draft = Saved. Nothing is delivered until Test has passed.
connections-archived-done = Archived: nothing is delivered any more, mail for it waits. You find it in the list under Archived.
connections-unarchived = Back in use.
connections-deleted = { $name } is deleted.

connections-state-draft = Not Confirmed
connections-state-done = Confirmed

connections-group-system = The System
connections-group-account = Its Account for Mailgate
connections-group-delivery = Delivery
connections-field-name = Name
connections-field-url = URL
connections-field-database = Database
connections-field-login = Login
connections-field-password = Password or API Key
connections-field-key_expires = Key Ends
connections-field-protocol = External API
connections-protocol-automatic = As the test finds
connections-protocol-xmlrpc = XML-RPC
connections-protocol-json2 = JSON-2 (Odoo 19 and later)
connections-field-workers = Side by Side
connections-field-together = New Mails Together
connections-together-automatic = Where its modules are known
connections-together-always = Always
connections-together-never = Never
connections-placeholder-name = OpenSPP
connections-placeholder-url = https://openspp.example.org
connections-placeholder-login = mailgate@example.org
connections-help-url = As the browser shows it. Without https:// the password travels readable: only within one machine.
connections-help-database = Load shows the databases of this URL, where it lists them.
connections-help-login = An internal user who may create the records that mail becomes.
connections-help-password = Sealed here and shown nowhere. An API key is better: it can be taken back on its own.
connections-help-password-kept = One is saved. Leave this empty to keep it.
connections-help-password-again = Passwords are never sent back to this page: type it again.
connections-help-key_expires = The day on which the API key ends over there, so that it is told before; Odoo’s keys end after 90 days unless chosen otherwise. Empty for a password, or a key that does not end.
connections-help-protocol = JSON-2 takes an API key only, and XML-RPC leaves Odoo after version 19. The test uses JSON-2 where the system has it and the key opens it.
connections-help-workers = Mails delivered at the same time, 1 to 8. Those of one conversation follow each other.
connections-help-together = New grievances and leads that wait together are made by one call, which is faster than its mail gateway. That passes by what a module over there does with mail in message_new: so it is done where the account may see that no unknown module extends the record type, or where you know that none does.
connections-databases = { $count ->
    [0] It lists no databases: enter the name as its administrator gives it.
    [one] It has one database:
   *[other] It has { $count } databases:
}

connections-version = Version
connections-last-delivery = Last Delivery
connections-never = never
connections-queue = On the way
connections-waiting = { $count } waiting
connections-renew = Renew the key
connections-renew-says = The system there makes a new API key for as long as this account may have one, once you type the account's password. The password is used for that and kept nowhere; the old key stays until it ends.
connections-renew-password = Password of the account there
connections-renewed = Renewed. The new key is tried and saved.
connections-held = Held before it
connections-held-count = { $count ->
    [one] One mail waits for a person
   *[other] { $count } mails wait for a person
 }
connections-fed-by = Fed by
connections-fed-by-none = No incoming server yet: choose this connection on one.
connections-delivery = Delivery
connections-draft-hint = Nothing is delivered until Test has passed; mail for it waits.
connections-archived-hint = Archived: nothing is delivered; mail for it waits.
connections-paused = Paused
connections-failing = Failing
connections-since-paused = Paused since
connections-since-failing = Failing since
connections-why = Why
connections-key = Its password can’t be opened, because Mailgate’s secret key is missing or is another one. Mail for it waits here, and goes on as soon as the key is back. What to do stands at the top of this page.
connections-what-to-do = What to do
connections-next = Tried again

connections-test-passed = Confirmed.
connections-test-failed = The test did not pass.
connections-test-encrypted = Version { $version } answers, encrypted. What waits is delivered now.
connections-test-readable = Version { $version } answers. Not encrypted: the password travels readable. What waits is delivered now.
connections-test-kept = Everything you typed is saved, but nothing is delivered until the test passes.
connections-test-unchanged = It stays Confirmed: mail waits, and is tried again by itself.

connections-conflict = Somebody else changed this connection while you did. Nothing is saved yet.

connections-delete-title = Delete { $name }
connections-delete-goes = The settings of { $name } and its saved password go for ever.
connections-delete-stays = The records there stay, and so does the ledger with everything that was delivered. Refused while an incoming server feeds it or mail is on its way to it.
connections-delete-archive = To stop delivering for a while, archive it instead.
connection-renew-password = Type the password with which a person signs in to the account there.
connection-password = Enter the account's password, or an API key of it.
connection-password-again = The saved password was typed for { $url }. Type it again for this address.
connection-password-readable = Without https:// the password travels readable. Type it again if it may travel this way.
connection-contact-gone = This contact does not exist there any more.
connection-url = Enter the whole address, for example https://openspp.example.org.
connection-url-scheme = The address begins with https:// (or http:// within one machine).
connection-url-user = Leave user name and password out of the address; they have fields of their own.
connection-url-wrong = This is no address. It looks like https://openspp.example.org.
connection-name = Enter a name by which people know this system, for example OpenSPP.
connection-database = Enter the database's name; Load shows those that the server lists.
connection-login = Enter the login of the account that Mailgate uses there.
connection-in-use = “{ $name }” is still in use, so it is not deleted.
connection-in-use-servers = These incoming servers feed it: { $servers }. Choose another connection there first.
connection-in-use-mail = Mail on its way to it, or held before it: { $count }. Wait until it is delivered, or dismiss it under Messages.
connection-in-use-archive = To stop delivering for a while, archive it instead.
