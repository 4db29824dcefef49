messages-title = Messages
messages-search = Search
messages-search-hint = Subject, sender or Message-ID
messages-server = Server
messages-all-servers = All servers
messages-reason = Reason
messages-all-reasons = All reasons
messages-balance = Seen = delivered + held + ignored + retrying + waiting
messages-tab-seen = Seen
messages-tab-held = Held
messages-tab-retrying = Retrying
messages-tab-waiting = Waiting
messages-tab-delivered = Delivered
messages-tab-ignored = Ignored
messages-state = State
messages-subject = Subject
messages-no-subject = (no subject)
messages-from = From
messages-size = Size
messages-seen = Seen
messages-date = Date
messages-next = Next attempt
messages-open-record = Open the record
messages-on-record = It stands on
messages-link-sender = Say who wrote it
messages-more = More…
messages-retry = Retry
messages-deliver = Deliver by hand
messages-create_contact = Create a contact and deliver
messages-create-contacts = Create contacts for unknown senders…
messages-download = Download anyway
messages-dismiss = Dismiss
messages-all-retry = Retry all { $count }
messages-all-deliver = Deliver all { $count } by hand
messages-all-create_contact = Create contacts for these senders and deliver { $count }
messages-all-download = Download all { $count } anyway
messages-all-dismiss = Dismiss all { $count }…
messages-confirm-retry = { $count ->
    [one] One message is routed and delivered again as it is.
   *[other] { $count } messages are routed and delivered again as they are.
 }
messages-confirm-deliver = { $count ->
    [one] One message is delivered, whatever made Mailgate hold or ignore it.
   *[other] { $count } messages are delivered, whatever made Mailgate hold or ignore them.
 }
messages-confirm-create_contact = { $count ->
    [one] One message is held because nobody knows its sender. A contact is made of the sender where the mail goes to, as a registrant where the record type wants registrants, and the mail is delivered.
   *[other] { $count } messages are held because nobody knows their senders. A contact is made of each sender where the mail goes to, as a registrant where the record type wants registrants, and the mail is delivered. Senders with a contact by now are not made again.
 }
messages-confirm-download = { $count ->
    [one] One message is fetched by the next pass, however large it is.
   *[other] { $count } messages are fetched by the next pass, however large they are.
 }
messages-confirm-dismiss = { $count ->
    [one] One message makes no record. It stays in the ledger with your reason.
   *[other] { $count } messages make no record. They stay in the ledger with your reason.
 }
messages-batches = { $count } at a time; you are asked before each next batch.
messages-batch-delivered = { $count } delivered
messages-batch-held = { $count } held again
messages-batch-ignored = { $count } ignored
messages-batch-waiting = { $count } taken up again
messages-batch-left = { $count } left as they are: not possible in their state
messages-batch-nothing = Nothing was left to do.
messages-batch-next = Go on with the next batch
messages-back = Back to the messages
messages-cancel = Cancel
messages-none = No mail seen yet
messages-none-next = Every mail that Mailgate ever sees gets a line here, with where it is and why. Mail comes from the confirmed incoming servers.
messages-none-found = Nothing found
messages-none-found-next = No message fits all of these filters. Use fewer words, another server or reason, or show all.
messages-none-held = Nothing is held
messages-none-held-next = No mail waits for a person. Mail that Mailgate can't deliver by itself appears here, with its reason and what can be done.
messages-none-here = No message is in this state
messages-none-here-next = Choose another state above, or see every message.
messages-show-all = See every message
messages-decide = What to do
messages-correct = Correct it, then deliver
messages-sender = Sender
messages-sender-help = Who really wrote it, for example Amina Diallo <amina@people.example>. Empty keeps the sender.
messages-record-type = Record type
messages-record-type-help = Its technical name there, for example spp.grm.ticket. Empty keeps what the incoming server says.
messages-as-set = As the incoming server says
messages-join = Join the record
messages-join-help = A record's number, for example 2026-000001. Empty makes a new one, or follows the mail's own thread.
messages-correct-deliver = Deliver as corrected
messages-dismissal = Reason to dismiss it
messages-dismissal-help = Whoever looks for this mail later reads it. The sender is not told.
messages-content = What it says
messages-unreadable = It can't be read as mail.
messages-header = Its header lines, as they came:
messages-facts = The message
messages-message-id = Message-ID
messages-source-key = Key at the server
messages-attempts = Attempts
messages-acknowledged = On the mail server
messages-ack-none = left as it is
messages-ack-pending = not marked or moved yet
messages-ack-suspended = left alone while its import is undone
messages-ack-done = marked as read, moved or deleted, as chosen
messages-ack-gone = not there any more
messages-trace = How it was routed
messages-notes = What was assumed
messages-no-trace = It was not routed yet.
messages-history = History
messages-source = Source
messages-source-download = Download .eml
messages-source-cut = Only the first megabyte is shown; the download has all of it.
messages-who = Who wrote it?
messages-who-says = The mail says it comes from
messages-who-help = A contact without an address gets this one, so that the next mail is recognised. Otherwise the mail counts as written from the contact's own address.
messages-who-there = It goes to { $name }: these are the contacts there.
messages-who-help-there = The record there is linked to whom you choose. It is remembered for the next mail from this address, and a contact there without an address gets it.
messages-with-others = { $count ->
    [one] Also the one other held mail of this sender
   *[other] Also the { $count } other held mails of this sender
 }
messages-goes-to = Goes to
messages-anywhere = Anywhere
messages-once = Only this mail: somebody else wrote or forwarded it. Nothing is remembered of the address.
messages-remembered = Mail from this address counts as written by { $name }: { $login } said so
messages-forget = Forget that
messages-forgotten = Forgotten. The next mail from this address is looked up by the address itself.
messages-done-others = { $count ->
    [one] Taken up, with one other mail of this sender.
   *[other] Taken up, with { $count } other mails of this sender.
 }
messages-is-sender = This one
messages-create-deliver = Create the contact and deliver
messages-done-delivered = Delivered.
messages-done-held = It is held again: the reason stands below.
messages-done-ignored = It makes no record: the reason stands below.
messages-done-waiting = Taken up; it is delivered shortly.
messages-done-download = The next fetch downloads it.
messages-done-dismissed = Dismissed. It stays here with your reason.
messages-reason-too-large = Too large
messages-reason-spam = Spam
messages-reason-unknown-sender = Unknown sender
messages-reason-unreadable = Unreadable
messages-reason-not-downloaded = Not downloaded
messages-reason-no-record-type = No record type
messages-reason-record-gone = Record gone
messages-reason-refused = Refused by the target
messages-reason-undelivered = Could not be delivered
messages-reason-loop = Perhaps a loop
messages-reason-fault = Fault
messages-reason-duplicate = Duplicate
messages-reason-bounce = Bounce
messages-reason-auto-reply = Automatic reply
messages-reason-dismissed = Dismissed
messages-reason-import-undone = Import undone
messages-reason-not-a-grievance = Set aside by a person
messages-reason-temporary = Passing failure
messages-reason-configuration = Connection to be set right

messages-sha256 = SHA-256
messages-confidential = Confidential
