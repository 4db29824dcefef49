# The first page.
overview-empty = No mailbox yet
overview-empty-admin = Mailgate turns the mail of a mailbox into records. Enter the mailbox that people write to, test it, and its mail comes in by itself.
overview-empty-action = Create an incoming email server
overview-empty-others = No mailbox is fetched yet. A System Admin sets one up.
overview-none-confirmed = No mailbox is confirmed yet
overview-none-confirmed-help = Open the incoming email server and press Test & Confirm; from then on its mail is fetched.
overview-new-mail = New mail
overview-mine = Mine
overview-unassigned = Unassigned
overview-my-work = My open work
overview-needs = Needs you now
overview-needs-held = { $count ->
    [one] mail is held and waits for a decision
   *[other] mails are held and wait for a decision
}
overview-needs-overdue = open, and past the day on which they were due
overview-needs-new-mail = new mail that nobody has acted upon
overview-needs-nobody = open, and nobody’s work yet
overview-needs-ends = passwords, certificates or sign-ins end soon
overview-needs-nothing = Nothing waits for you.
overview-by-stage = Open work by stage
overview-by-age = Open work by age
overview-age-week = Under a week
overview-age-month = Up to a month
overview-age-quarter = Up to three months
overview-age-older = Older
overview-mailboxes = Mailboxes
overview-mailbox = Mailbox
overview-last-mail = Last mail
overview-days = Last 14 days
overview-days-said = Mails on each of the last 14 days, today last: { $days }
overview-fetched = Fetched
overview-not-fetched = Not confirmed
overview-failing = Failing
overview-no-mail = None yet
overview-lately = Mails and records of the last 14 days
overview-lately-said = Mails and records on each of the last 14 days: { $mails } mails and { $records } records in all, { $most } at most on one day. The table below has each day.
overview-mails = Mails
overview-records = Records
overview-as-table = As a table
overview-queues = On the way to connections
overview-queue = { $count ->
    [one] 1 mail waits.
   *[other] { $count } mails wait.
}
overview-queue-since = The oldest was received
overview-queues-help = Mail waits here while a connection is slow or away, in order, and goes on by itself.
overview-balance = Seen = delivered + held + ignored + retrying + waiting.
unknown-proxy = Requests come through a proxy at { $peer } that Mailgate was not told of. Everybody seems to be at its address, so one who guesses passwords slows all others down. Whoever runs the server sets MAILGATE_TRUSTED_PROXY={ $peer } and has the proxy send X-Real-IP.
overview-imports = Imports
overview-import = { $done } of { $found } mails
overview-imports-help = Mail that stood in a mailbox when it was fetched for the first time. New mail is fetched as usual meanwhile.
overview-needs-unnamed = { $count ->
    [one] confidential record that nobody sees
   *[other] confidential records that nobody sees
}
