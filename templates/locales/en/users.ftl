# Settings, users, preferences and the audit.
users-name = Name
users-password-help = At least 10 characters. Three or four words are easy to remember.
settings-users = Users
settings-active-users = { $count ->
    [one] 1 active user
   *[other] { $count } active users
}
settings-manage-users = Manage users
settings-email = Incoming email
settings-email-off = Activate the developer mode below; then the Technical menu leads to the incoming email servers.
settings-email-on = Mailboxes that become records stand in the Technical menu.
settings-developer-tools = Developer Tools
settings-activate = Activate the developer mode
settings-deactivate = Deactivate the developer mode
