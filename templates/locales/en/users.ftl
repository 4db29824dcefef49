# Settings, users, preferences and the audit.
users-field-name = Name
users-field-login = Login
users-password-help = At least 10 characters, without your name. Three or four words are easy to remember.
settings-users = Users
settings-active-users = { $count ->
    [one] 1 active user
   *[other] { $count } active users
}
settings-manage-users = Manage users
settings-email = Incoming email
settings-email-off = Activate the developer mode below; then the Technical menu leads to the incoming email servers.
settings-email-on = Mailboxes that become records are in the Technical menu.
settings-developer-tools = Developer Tools
settings-activate = Activate the developer mode
settings-deactivate = Deactivate the developer mode

users-title = Users
users-new = New user
users-account = Account
users-field-role = Role
users-help-role = System Admin: everything. Grievance Officer: records and held mail. Auditor: reads records, messages and the audit, changes nothing.
users-help-login = What the person signs in with, for example an e-mail address.
users-preferences = Language and time
users-field-language = Language
users-field-time_zone = Time zone
users-set-password = Set password
users-new-password = New password
users-set-password-help = At least 10 characters, without the person's name. The person is signed out everywhere.
users-password-set = The password is set. Earlier sessions have ended.
users-access = Access
users-sign-out = Sign out everywhere
users-sign-out-help = Ends every session of this person. Password and API keys go on working.
users-signed-out = This person is signed out everywhere.
users-archive-help = An archived user can't sign in, and the API keys are revoked for good. Records and the audit keep the name.
users-unarchive-help = This user is archived and can't sign in. API keys that were revoked do not come back.
users-audit = What happened to this account

preferences-change-password = Change password
preferences-current-password = Current password
preferences-password-changed = Your password is changed. Your other sessions have ended.

own-password = Your own password
own-password-help = Only needed to change the login or the role.
own-password-new = The one you signed in with, so that nobody does this at a screen left open.

sessions-title = Where you are signed in
sessions-help = What you don't know, sign out. Then change your password.
sessions-address = Address
sessions-since = Signed in
sessions-last-seen = Last seen
sessions-unknown = Unknown
sessions-here = This one
sessions-by-key = API key
sessions-others = Everywhere else
sessions-end = Sign out
sessions-ended = { $count ->
    [0] You were signed in nowhere else.
    [one] Signed out there.
   *[other] Signed out in { $count } places.
}

audit-when = When
audit-user = User
audit-action = Action
audit-object = Object
audit-number = Number
audit-changes = Changes
audit-empty = Nothing here
audit-empty-help = No entry of the audit matches this filter.
user-self = You can't archive yourself.
    .remedy = Ask another System Admin.
user-missing = There is no user { $id }.
user-twice = There is a user { $login } already, perhaps archived. Choose another login.
user-last-admin = { $name } is the last active System Admin.
    .remedy = Make somebody else one first.
user-login = Enter a login, for example an e-mail address.
user-login-long = A login has at most 254 characters and no line breaks.
user-name = Enter the person's name, at most 200 characters.
user-language = Choose a language of the list.
user-time-zone = Choose a time zone of the list, for example Africa/Nairobi.
user-role = Choose a role.

# What the audit says that somebody did.
audit-action-sign_in = Signed in
audit-action-sign_in_failed = Sign-in failed
audit-action-sign_out = Signed out
audit-action-create = Created
audit-action-write = Changed
audit-action-archive = Archived
audit-action-unarchive = Unarchived
audit-action-delete = Deleted
audit-action-set_password = Password set
audit-action-confirm = Confirmed
audit-action-reset_confirmation = Confirmation reset
audit-action-trust_certificate = Certificate trusted
audit-action-fetch = Fetched by hand
audit-action-open_source = Source opened
audit-action-deliver = Delivered by hand
audit-action-retry = Retried
audit-action-dismiss = Dismissed
audit-action-restore = Restored
audit-action-join = Joined
audit-action-split = Mail split off
audit-action-rotate_key = Secret key rotated
audit-action-new_key = Secret key made anew
audit-action-forget_password = Password forgotten
audit-action-begin_sign_in = Mailbox sign-in begun
audit-action-end_sign_in = Mailbox sign-in came back
audit-action-stop_import = Import stopped
audit-action-continue_import = Import continued
audit-action-undo_import = Import undone
audit-action-restore_import = Undone import taken up again
audit-action-export = Taken out as a file
audit-action-open = Opened
audit-action-name_readers = Readers named
audit-secret-key = Secret key
