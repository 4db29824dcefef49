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
