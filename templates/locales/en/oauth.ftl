# Signing in to mailboxes with tokens.

mailbox-token = A token is at hand.
mailbox-new-token = A new token is at hand.
mailbox-takes-no-token = { $place } offers no way to sign in with a token (OAUTHBEARER or XOAUTH2).
    .remedy = Check Server Name, or choose Password under Authentication.
mailbox-token-refused = { $host } did not take a token for “{ $user }”.
mailbox-token-refused-saying = { $host } did not take a token for “{ $user }”: { $said }
mailbox-asks-more-than-a-token = { $place } asks for more than a token.
oauth-no-database = Mailgate could not reach its database for this mailbox's token.
    .remedy = The log's lines of this time say more.
oauth-not-granted-app = The application is not granted this mailbox. An administrator of Exchange types, once: New-ServicePrincipal -AppId { $client } -ObjectId <Object ID of the enterprise application> — and for this mailbox: Add-MailboxPermission -Identity "{ $mailbox }" -User <the same Object ID> -AccessRights FullAccess — it counts after some minutes. The Object ID stands under Enterprise applications, not under App registrations; the application also needs the permission IMAP.AccessAsApp (POP.AccessAsApp) with admin consent, and the mailbox a licence with IMAP and POP switched on.
oauth-not-granted-microsoft = Who signed in may not read “{ $mailbox }”, or IMAP and POP are switched off for it (Exchange admin centre › Mailboxes › Manage email apps settings). For a shared mailbox sign in as somebody with full access to it.
oauth-not-granted-google = Sign in as “{ $mailbox }” itself, and see that IMAP is switched on in its Gmail settings and allowed by the organisation (Admin console › Apps › Gmail › End user access).
oauth-not-granted = Check the scope, and whether the application or who signed in may read “{ $mailbox }”.
