# Words of the layout and of what all pages share.
brand = Mailgate
skip-to-content = Skip to the content
nav-menus = Menus
nav-sections = Sections
nav-overview = Overview
nav-messages = Messages
nav-settings = Settings
nav-audit = Audit
nav-preferences = Preferences
nav-sign-out = Sign out
menu-general-settings = General Settings
menu-users = Users
menu-technical = Technical
menu-email = Email
menu-incoming = Incoming Email Servers
menu-connections = Connections

find-title = Find a case
find-hint = Number, name, text…
find-more = Show all that were found
find-contacts = Contacts
find-none = No match
find-indexing = Older cases are still being indexed ({ $percent } %). A search shows the newer ones for now.
find-pending = { $count } changes are still to be indexed; a search does not find them yet.
find-none-next = Try fewer or shorter words, or a number.

shortcuts-title = Keyboard shortcuts
shortcuts-on = Use keyboard shortcuts
shortcuts-help = Single keys press buttons while nothing is typed. Switch them off if you speak to your computer, or press keys by mistake.
shortcuts-off = Switch off
shortcuts-close = Close
shortcuts-control-enter = Ctrl + Enter
shortcuts-send = Send what is typed
shortcuts-list = This list
shortcuts-find = Find a case
shortcuts-j = Next in the list
shortcuts-k = Previous in the list
shortcuts-u = Back to the list
shortcuts-a = Assign it to me
shortcuts-n = Write a note
shortcuts-stage = Set that stage
shortcuts-r = Mark its mail as read
shortcuts-x = Choose the line
save = Save
discard = Discard
new = New
archive = Archive
unarchive = Unarchive
archived = Archived
search = Search
filter = Filter
all = All
saved = Saved.
status = Status
pager = Pages
pager-previous = Previous
pager-next = Next
crumbs = Breadcrumbs
form-summary = { $count ->
    [one] One entry needs another look:
   *[other] { $count } entries need another look:
}

failing-title = What does not work now
failing-others = { $count ->
    [one] No mail comes through “{ $name }”; nothing is lost. It began
   *[other] No mail comes through { $count } mailboxes or connections; nothing is lost. The first, “{ $name }”, began
}
failing-since = has been failing since
failing-paused = takes no mail since
failing-next = Tried again
failing-more = { $count ->
    [one] One more is failing.
   *[other] { $count } more are failing.
}

key-missing = The secret key { $file } is missing. Incoming servers and connections with a password wait until it is back; everything else goes on.
key-unreadable = The secret key { $file } can’t be read. Incoming servers and connections with a password wait until it can; everything else goes on.
key-wrong = The secret key { $file } is not the one that sealed the passwords in this database. Incoming servers and connections with a password wait until it is back; everything else goes on.
key-behind = The secret key { $file } is an older one than this database is sealed with. Incoming servers and connections with a password wait for the newer one; everything else goes on.
key-remedy-missing = Put the key back from the backup; it is taken up without a restart. If it is lost for good, run mailgate key new --forget-passwords on the server, and type the passwords again.
key-remedy-unreadable = Make the file readable for the user that Mailgate runs as, or put the key back from the backup; it is taken up without a restart. If it is lost for good, run mailgate key new --forget-passwords on the server, and type the passwords again.
key-remedy-wrong = Put the right key back from the backup; it is taken up without a restart. If it is lost for good, run mailgate key new --forget-passwords on the server, and type the passwords again.
key-remedy-behind = Copy the key file from the node where mailgate key rotate ran, or from the latest backup; it is taken up without a restart. Where a service manager hands the key out, restart the service.
key-for-others = Mail from some mailboxes is not fetched at the moment. Nothing is lost: it waits where it is. Please tell your System Admin.

state-received = Received
state-routed = Routed
state-delivering = Delivering
state-delivered = Delivered
state-held = Held
state-ignored = Ignored
state-retrying = Retrying
state-waiting = Waiting
state-seen = Seen

role-system_admin = System Admin
role-officer = Grievance Officer
role-auditor = Auditor

ago-seconds = just now
ago-minutes = { $count ->
    [one] 1 minute ago
   *[other] { $count } minutes ago
}
ago-hours = { $count ->
    [one] 1 hour ago
   *[other] { $count } hours ago
}
ago-days = { $count ->
    [one] 1 day ago
   *[other] { $count } days ago
}
in-seconds = in a moment
in-minutes = { $count ->
    [one] in 1 minute
   *[other] in { $count } minutes
}
in-hours = { $count ->
    [one] in 1 hour
   *[other] in { $count } hours
}
in-days = { $count ->
    [one] in 1 day
   *[other] in { $count } days
}
# Dates and sizes as CLDR has them (48, English of the world): a test of the browser compares.
date = { $day } { $month } { $year }
date-time = { $date }, { $time }
size-bytes = { $size } B
size-kilobytes = { $size } kB
size-megabytes = { $size } MB
size-gigabytes = { $size } GB
month-1 = Jan
month-2 = Feb
month-3 = Mar
month-4 = Apr
month-5 = May
month-6 = Jun
month-7 = Jul
month-8 = Aug
month-9 = Sept
month-10 = Oct
month-11 = Nov
month-12 = Dec

kept-sign-in = You were signed out. Sign in: what you wrote is kept and comes back.
kept-comes-back = You were signed out before this was sent. What you wrote is here again: look at it, then send it.
kept-nothing = You were signed out, and nothing was done. Do it again if you still want it.
kept-for-another = Nothing was changed: this page was opened by somebody else, before you signed in. What was written on it is kept for them and shown to nobody else.
kept-waiting = You wrote something that was not sent, because you were signed out:
kept-open = See what you wrote
unsent = Not sent: no connection. What you wrote is still here. Try again.
unanswered = Not sent: the answer did not come from Mailgate. What you wrote is still here. Try again.
restored = What you had typed here and not sent was put back.
error-home = Back to the overview
error-csrf = Nothing was changed: this page was opened before the last sign-in, or came from elsewhere. If what you typed stands here again, look at it and send it again; if not, go back, reload the page and send it again.
error-too-large = Nothing was changed: this is more than Mailgate takes at once (2 MB). What fits stands here again; shorten it and send it again.
error-files-too-large = Nothing was changed: ten files of 25 MB together go along at once. What you wrote stands here again; choose fewer or smaller files and send it again.
error-too-slow = Nothing was changed: the form came too slowly, perhaps over a poor line. What arrived of it stands here again; check it and send it again.
error-not-a-form = Mailgate could not read this form. Go back, reload the page and send it again.
error-400-title = This did not work
error-400 = Mailgate does not understand this request. Go back and try again.
error-403-title = Not allowed
error-403 = You may not see this page. Ask a System Admin for another role.
error-404-title = Not found
error-404 = There is no such page. It may have been deleted, or the address is misspelt.
error-409-title = Not possible now
error-409 = This is not possible now.
error-413-title = Too large
error-413 = This form is larger than Mailgate accepts. Shorten what was entered and send it again.
error-422-title = Not right yet
error-422 = Something in this address or form is not right. Go back and correct it.
error-500-title = Mailgate failed
error-500 = This is our fault. Try again; if it stays so, tell the administrator when it happened.
error-503-title = Not available
error-503 = Mailgate could not reach its database. Try again shortly.
error-too-long = This search took too long, so it was stopped; everything else goes on. Go back and narrow it: choose a tab, a stage or a server, or search for longer words.
error-busy = Too many searches run at this moment. Wait a few seconds, then load this page again.

active = Active
filter-clear = Clear
became = →
