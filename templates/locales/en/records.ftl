records-search = Search
records-search-hint = Number, title, sender or text
records-filters = Filters
records-stage = Stage
records-shown = What is shown
records-show-open = Open
records-show-mine = Mine
records-show-unassigned = Unassigned
records-show-overdue = Overdue
records-show-new-mail = New mail
records-show-closed = Closed
records-show-all = All
records-anybody = Anybody
records-since = Since
records-until = Until
records-with-files = With attachment
records-choose = Choose
records-choose-one = Choose { $number }
records-mails = { $count } mails
records-news = { $count ->
    [one] One has new mail. Show
   *[other] { $count } have new mail. Show
}
records-many-all = All { $all } that are shown
records-many-first = The first { $count } of all that are shown
records-assign-to = Assign to…
records-many-assign = Assign
records-stage-to = Stage…
records-many-stage = Set stage
records-many-none = Choose at least one line first.
records-many-what = Choose what it shall become first.
records-many-done = { $count ->
    [0] Nothing was changed.
    [one] One was changed.
   *[other] { $count } were changed.
}
records-many-kept = { $count ->
    [one] One was left as it is: mail came to it meanwhile, or it went elsewhere.
   *[other] { $count } were left as they are: mail came to them meanwhile, or they went elsewhere.
}
records-many-undo = Undo
records-many-undone = { $kept ->
    [0] Undone.
   *[other] { $count } are as before. { $kept } were changed since and stay as they are.
}
records-many-broke-off = A change of many broke off before its end.
records-many-more = Category and tags
records-many-set = Set { $label }
records-many-tag = Add tag
records-many-untag = Remove tag
record-many-field = Records of the type { $label } have no such field.
records-due = Due
records-due-today = Today
records-due-week = Within 7 days
records-due-never = No date
records-overdue = Overdue
records-paused = Paused
records-paused-help = Paused: it waits for somebody else.
records-late = Settled too late
records-due-none = No date
records-why = { $label }: how did it end?
records-tags-more = { $count } more
records-tags-none = There are none yet. Administrators keep them under Settings.
record-many-gone = This can’t be undone any more: it was undone already, or is more than a day old.
records-in-list = In the list
records-export = Export…
records-by-hand = New { $label }
records-description = Description
records-who = Who complains
records-who-help = Whoever is known by this address is offered as the contact afterwards. Nobody is mailed.
records-earlier = { $count ->
    [one] One other of the same person
   *[other] { $count } others of the same person
}
records-earlier-many = More than { $count } others of the same person
contacts-like-address = the same address
contacts-like-mistyped = almost the same address
contacts-like-domain = the same name, a like address
contacts-like-letters = an address like the name
contacts-like-name = the same name
contacts-alike = Perhaps the same person
contacts-merge = Merge into this one
contacts-merge-one = Merge { $name } into this one
contacts-merge-help = Their records, mails and address are this contact’s from then on. It can be undone.
contacts-merged = { $name } was merged into this contact.
contacts-merge-undo = Undo
contacts-unmerged = The two are two again.
contacts-merged-into = This contact was merged into
contact-merged = “{ $name }” was merged already.
    .remedy = Open the contact that it went into.
contact-merge-later = { $name } was merged into another contact since, or this merge was taken back.
    .remedy = Take the later merge back first.
contact-merge-gone = This merge was undone already.
contacts-likely = Who it may be
contacts-none = Nothing yet
contacts-none-next = What this person writes stands here.
contacts-mails = Mails
records-before = Previous
records-behind = Next
records-assign-me = Assign to me
records-number = Number
records-title = Title
records-from = From
records-assigned = Assigned to
records-nobody = Nobody
records-priority = Priority
records-priority-0 = Low
records-priority-1 = Medium
records-priority-2 = High
records-priority-3 = Very high
records-date = Date
records-last-mail = Last mail
records-new-mail = New mail
records-none = No { $label } yet
records-none-next = Every mail to a confirmed incoming server becomes a { $label } here. Set one up under Settings › Technical › Email › Incoming Email Servers.
records-none-action-servers = Incoming Email Servers
records-none-action-messages = See every message so far
records-none-found = Nothing found
records-none-found-next = Nothing fits all of these filters. Use fewer words, another stage, or show all.
records-none-archived = Nothing was set aside
records-none-archived-next = What somebody marks as not a { $label } waits here and can be taken back.
records-not = Not a { $label }
records-archived = Somebody marked this as not a { $label }. It is in no list, and its mail counts as ignored. Nothing is lost.
records-undone = This was taken back with the import that made it. It is in no list, and its mail counts as ignored. Nothing is lost.
records-take-up = Take up again
records-after-all = It is a { $label } after all
records-mark-read = Mark as read
records-conversation = Conversation
records-fields = Details
records-older = { $all ->
    [one] Show the older entry
   *[other] { $count ->
       [one] Show the next of { $all } older entries
      *[other] Show { $count } of { $all } older entries
    }
 }
records-newer = { $count ->
    [one] Show the newest entry
   *[other] Show the newest entries ({ $count } more)
 }
records-came = { $count ->
    [one] A mail came while this page was open. It stands below and still counts as New mail.
   *[other] { $count } mails came while this page was open. They stand below and still count as New mail.
 }
records-moved = Somebody else changed the same meanwhile. What it says now and what you typed stand side by side.
records-kept = What you had typed is still here, and not saved yet.
records-archived-person = { $name } (archived)
records-note = Note
records-noted = Your note is added.
records-note-help = Stays here; nobody is mailed.
records-note-add = Add note
records-mail = Mail
records-no-sender = Sender not named
# Under what an account or a program wrote: nobody checked it.
records-said-from = said to be from { $from }
records-ledger = Message
records-attachments = Attachments
records-note-files = Files
records-blocked = Blocked picture
records-file-read = Read
records-file-fold = Close
records-file-open = Open
records-file-to = To
records-file-subject = Subject
records-file-cut = Only the beginning is shown. Download the file to read all of it.
records-file-unreadable = This file can’t be shown here. Download it to read it.
records-split = Split off
records-split-done = This mail has a record of its own now. What answers it comes here.
records-split-undo = Undo
records-print = Print
records-print-help = Press Ctrl+P to print this page.
records-print-back = Back to the record
records-print-older = { $count ->
    [one] One older entry is not shown here.
   *[other] { $count } older entries are not shown here.
}
records-here = { $count ->
    [one] { $names } has this record open, too.
   *[other] { $names } have this record open, too.
}
records-discard = Discard what I typed
records-show-hidden = Show hidden text
records-show-quoted = Quoted text and signature
records-merge = Merge into another…
records-merge-number = Number of the other record
records-merge-now = Merge
records-merge-help = All messages and notes of this record go to that one. This record leaves the lists and says where they went.
records-open-picture = Show { $name }
records-contact = Contact
records-nobody-linked = None linked.
records-contact-choose = Choose…
records-contact-change = Change…
records-contact-link = Link { $name }
records-contact-link-short = Link
records-contact-unlink = Unlink { $name }
records-contact-search = Name, address or phone
records-contact-none = No match. Use fewer words, or create the contact below.
records-contact-new = New contact
records-contact-name = Name
records-contact-email = Email
records-contact-phone = Phone
records-contact-create = Create and link
records-registrant = Registrant
records-none-chosen = Not chosen
records-save = Save
records-made = Created
records-mark-perhaps-automatic = Perhaps automatic
records-mark-mailing-list = Mailing list
records-mark-auto-generated = Sent by a form or system
records-mark-forwarded = Forwarded
records-mark-other-sender = From another address
records-notes = What was assumed ({ $count })
records-mark-perhaps-reply = Perhaps a reply
records-answers = It answers a mail of a record that its sender has nothing to do with so far:
records-answered-by = Mail of this record was answered by others, who have records of their own:
records-answered-by-more = { $count ->
    [one] One more is not shown.
   *[other] { $count } more are not shown.
}
records-join = Join
records-join-one = Join { $number }
records-join-help = Do both speak of the same? Joining moves all messages and notes of this record to that one.
records-joined-to = This record was joined to another. Its messages are there:
records-joined-here = Joined here:
record-changed = Somebody else changed { $number } meanwhile.
    .remedy = What it says now and what you typed stand side by side; look at both, then save again.
record-required = { $title } is required.
record-too-long = { $title } takes at most { $max_title } characters, the description { $max_description }.
record-sender-too-long = The sender's name and address take at most { $max_sender } characters.
field-integer = { $label } takes a whole number, for example 12.
field-number = { $label } takes a number, for example 12.5.
field-date = { $label } takes a date such as 2026-11-22.
field-moment = { $label } takes a date and time such as 2026-11-22 14:30.
field-fixed = { $label } can't be changed here.
field-long = { $label } takes at most { $max } characters.
field-choice = { $label } has no choice “{ $typed }”. Choose one of the list.
given-long = “{ $name }” takes at most { $most } characters.
given-priority = There is no priority “{ $text }”: it is 0, 1, 2 or 3.
given-stage = A { $label } has no stage “{ $text }”.
given-user = “{ $text }” is no id of a user who can be assigned.
given-contact = There is no contact with the id “{ $text }”.
given-field = A { $label } has no field “{ $name }” that can be set.
join-nothing = { $number } names no record that it answers, so it can't join one.
join-unknown = There is no { $label } with the number “{ $number }”. It stands before the title, for example 2026-000001.
join-itself = { $number } is what was joined already.
join-gone = { $number } is gone.
split-gone = This mail stands on this record no more.
split-many = At most { $most } mails are split off at once. Split off some, then the others.
split-only = { $number } has only this mail: there is nothing to split it off from.
split-told = A mail was split off into { $title }.
split-told-there = Split off from { $title }.
join-told = Joined to { $title }.
join-told-there = { $title } joined this record, with its { $moved } messages and notes.
join-done = { $number } was joined to another record meanwhile.
    .remedy = Go on there: its page has the link.
record-type-gone = There is no record type { $model } here; its module is gone.
record-missing = There is no { $label } with the id { $id }.
note-empty = Write something first.
note-long = A note takes at most { $max } characters; this one has { $count }. Shorten it, or write two.
post-long = A message takes at most { $max_posted } characters.
field-required = { $label } is required.
field-line = { $label } takes at most { $max } characters on one line.
record-stage = There is no such stage. Choose one of the list.
record-date-to-come = { $label } lies in the future. It is given in UTC.
record-priority = There is no such priority. Choose one of the list.
record-assignee = This person can't be assigned any more. Choose another.
record-contact = This contact does not exist any more. Choose another.
record-mail-came = A mail came to { $number } while this page was open.
    .remedy = Read it, then decide.
record-after-all = It is a { $label } after all.
record-not-a = Not a { $label }.
record-undone = { $number } was taken back with the import that made it.
    .remedy = Take it up again first, on its page.
record-undone-again = The mail of { $number } has come again meanwhile, and has a record of its own.
    .remedy = Look for it in the list.
records-search-cut = Only the first { $most } words of this text are found by a search.
records-told = { $label }: { $before } → { $after }
records-sender-name = Sender Name
records-sender-email = Sender Email
filters-title = Saved filters
filters-one = Saved filter
filters-save = Save this filter
filters-name = Name of the filter
filters-shared = Share with everybody
filters-shared-help = Everybody finds it above their list. “Mine” shows each person their own.
filters-by = by { $name }
filters-change = Change…
filters-delete = Delete this filter
filters-saved = The filter “{ $name }” is saved.
filters-deleted = The filter “{ $name }” is deleted. The records it showed are as they were.
filter-gone = This filter is not there, or it is somebody else’s.
    .remedy = Whoever keeps it may have deleted it, or ended to share it.
filter-nameless = A filter needs a name.
filter-name-long = The name takes at most { $max } characters on one line.
filter-same = There is a filter “{ $name }” already. Choose another name.
filter-many = There are { $most } filters already. Delete one first.
filter-long = This list is narrowed by more than { $most } characters. Search for less, then save it.
records-closed-at = Settled on
export-title = Export this list
export-help = The file has what the list shows, in its order: { $count } rows at most. Where it ends there, its last row says so.
export-zone = Dates and times are those of { $zone }.
export-xlsx = Spreadsheet (XLSX)
export-csv = CSV
export-columns = Columns
export-more = Only the first { $count } rows are in this file. Narrow the list, and export the others by themselves.
report-title = Monthly report
report-month = { $month } { $year }
report-which = Month
report-show = Show
report-by = By
report-what = What
report-all = All
report-before = The month before
report-none = None of these
report-mailbox = Mailbox
report-received = Received
report-settled = Settled
report-median = Median age at settling (days)
report-open = Open at the end
report-than = { $month }: { $figure }
report-days = Day by day
report-days-said = { $received } received and { $settled } settled in this month, a day { $most } at most
report-cut = More was settled than a report counts: what was settled ends at 50,000.
report-help = What was received is counted by its date, what was settled by when it last was. Stage, category and channel are those of today.
records-confidential = Confidential
