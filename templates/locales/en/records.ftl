records-search = Search
records-search-hint = Number, title, sender or text
records-filters = Filters
records-stage = Stage
records-all-stages = All stages
records-show-all = All
records-show-mine = Mine
records-show-unassigned = Unassigned
records-show-new-mail = New mail
records-show-not-a-grievance = Not a grievance
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
records-note-help = Stays here; nobody is mailed.
records-note-add = Add note
records-mail = Mail
records-no-sender = Sender not named
# Under what an account or a program wrote: nobody checked it.
records-said-from = said to be from { $from }
records-ledger = Message
records-attachments = Attachments
records-show-hidden = Show hidden text
records-open-picture = Show { $name }
records-contact = Contact
records-nobody-linked = None linked.
records-contact-choose = Choose…
records-contact-change = Change…
records-contact-link = Link { $name }, whose address this is
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
