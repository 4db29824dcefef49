# Why a message stands in the ledger as it does; what to do next stands in the second half.
reason-too_large = Larger than this mailbox's limit. The mail is still on the server: download it anyway, or dismiss it.
reason-spam = The mail server marked it as spam. Deliver it if it is none, or dismiss it.
reason-unknown_sender = The sender belongs to no registrant. Link one, create one, or dismiss it with a reason. Nothing is lost, and the sender is not told.
reason-unreadable = It could not be read as mail. Open its source, then deliver it by hand or dismiss it.
reason-not_downloaded = The mail server did not hand it over. Retry it, or open it in webmail.
reason-no_record_type = Its record type is not set, or does not exist (any more). Choose one on the incoming server or here, then retry.
reason-record_gone = The record it replies to does not exist any more. Deliver it as a new record, or dismiss it.
reason-refused = The target refused it by a rule of its own. Correct what it names, then retry.
reason-undelivered = The connection failed on it again and again; its last words stand below. Look at the record type there, then retry.
reason-loop = This sender writes more often than a person does; it may be a machine. Look at it, then deliver or dismiss it.
reason-fault = Mailgate failed on it. Retry it; if it fails again, report the number below.
reason-duplicate = The same mail is already here.
reason-bounce = A delivery report about mail of ours, not a person's mail.
reason-auto_reply = An automatic reply, not a person's mail.
reason-dismissed = Dismissed by a person.
reason-import_undone = A person undid the import that it came with. Deliver by hand takes it up again.
reason-not_a_grievance = A person set its record aside.
reason-temporary = It failed for a passing reason and is tried again by itself.
reason-configuration = The connection needs to be set right first; it goes on by itself once its test passes.

# Beside the reason.
detail-fault = Fault { $number }.
detail-empty = the mail is empty: it has neither a header nor a body.
detail-next-fetch = It is downloaded at the next fetch.
detail-ended = Mailgate ended while this was being delivered; whether it arrived is looked up first.
detail-size = It has { $size } MB; the limit is { $limit } MB.
detail-same-mail = The same mail as message { $other }, which was delivered just before.
detail-same-bytes = The same bytes as message { $message }.
detail-record-gone = The record it was to join does not exist any more.
detail-source-gone = Its source is not here.
detail-damaged = What is stored of it is damaged. Take the database back from a backup, or dismiss the mail.
detail-text-damaged = This text can't be read: what is stored of it is damaged. Take the database back from a backup.

# What a person corrected.
trace-corrected-sender = { $login } says that the sender is { $sender }.
trace-corrected-model = { $login } chose the record type { $model }.

# Why a message can't be repaired now.
repair-nothing = Message { $id } is { $state }; there is nothing to repair.
repair-import-undone = Its record was taken back with its import: take it up again first, as it was.
repair-not-a-grievance = Its record was set aside: take that back on the record.
repair-no-source = Its source is not here. Where it is still on the mail server, download it anyway.
repair-settled = Message { $id } was settled meanwhile.
repair-not-dismissed = Only held mail and mail that is tried again can be dismissed.
repair-here = Message { $id } is here already.
repair-not-downloaded = Only held mail can be downloaded anyway.

# Of a server or connection.
forgotten-password = Its password was forgotten: the secret key that had sealed it is lost.
    .remedy = Type the password again, then test and confirm.
forgotten-client-secret = Its client secret was forgotten: the secret key that had sealed it is lost.
    .remedy = Type the client secret again, then test and confirm.
forgotten-certificate = Its certificate was forgotten: the secret key that had sealed it is lost.
    .remedy = Paste the certificate again, then test and confirm.
forgotten-sign-in = Its sign-in was forgotten: the secret key that had sealed it is lost.
    .remedy = Press Sign In, then test and confirm.
unused-not-confirmed = It is not confirmed, and mail waits for it.
    .remedy = Open it and press Test.
unused-archived = It is archived, and mail waits for it.
    .remedy = Take it back into use, or dismiss that mail under Messages.
record-reply-came = A reply came, so it is back in the lists.
dismiss-why = Say why it is dismissed; whoever looks for this mail later reads it.
dismiss-line = A reason is one line of at most { $max_reason } characters.
attachment-not-here = This attachment is not here any more.
correct-record-type = This record type is not installed any more. Choose another.
correct-connection = This mail goes to a connection: it joins a record there only by what it answers.
correct-record-there = There is no record { $record } of { $model } at the connection that its account may read.
correct-record-alone = Name the record type too: the number counts within it.
sender-without-address = The mail names no sender's address, so no contact can be made of it.
    .remedy = Say who wrote it, or dismiss it.
sender-several = Several registrants there have the address of { $who }.
    .remedy = Say which of them wrote it.
sender-once-here = { $name } has no address, and this mail can count as written by that contact only when it gets this one.
    .remedy = Link it without “only this mail”, or enter the contact's own address first.
correct-record = There is no record { $number }. Enter its number as its page shows it.
correct-several = Records of several types have this number. Choose the record type too.
correct-sender = Enter an address such as amina@people.example.
message-missing = There is no message with the id { $id } in the ledger.
message-confidential = Message { $id } is confidential: only those see it who are named for it.
    .remedy = Ask a system admin to name you, or to put you in its team.
source-gone = The source of this message is not here: it was not downloaded, or is not kept any more.
detail-import-restored = Its import was taken up again.
