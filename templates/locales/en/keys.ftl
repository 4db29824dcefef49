# API keys, on Preferences and on a user's page.
keys-title = API keys
keys-help = A script signs in with your login and a key in place of your password. It may do there what you may do here.
keys-made = This is the key. Copy it now: it is not shown again.
keys-name = Name
keys-created = Made
keys-last-used = Last used
keys-expires = Expires
keys-expired = Expired
keys-never = never
keys-not = never
keys-revoke = Revoke
keys-revoke-one = Revoke { $name }
keys-revoked = The key is revoked: it works no more.
keys-new = New API key
keys-for = Used by
keys-for-help = Name what will use it, so that you know later what you revoke.
keys-last-day = Last day
keys-last-day-help = Leave it empty for a key that works until it is revoked.
keys-make = Make a key
keys-none = No API keys.

# What can't be opened without the secret key.
seal-missing = The secret key { $file } is missing, and stored passwords open with no other.
    .remedy = Put the right key back from the backup (see MAILGATE_SECRET_KEY_FILE); it is taken up without a restart. If it is lost for good, run `mailgate key new --forget-passwords` and type the passwords again.
seal-unreadable = The secret key { $file } can't be read ({ $why }), and stored passwords open with no other.
    .remedy = Make the file readable for this user, or put the right key back from the backup; it is taken up without a restart. If it is lost for good, run `mailgate key new --forget-passwords`.
seal-wrong = The secret key { $file } is not the one that sealed the passwords in this database.
    .remedy = Put the right key back from the backup (see MAILGATE_SECRET_KEY_FILE); it is taken up without a restart. If it is lost for good, run `mailgate key new --forget-passwords` and type the passwords again.
seal-behind = The secret key { $file } is an older one: this database is sealed with version { $needed } of it.
    .remedy = Copy the key file from where `mailgate key rotate` ran, or from the latest backup; it is taken up without a restart. Where a service manager hands the key out at the start of the service, restart the service.
seal-not-opened = A stored password can't be opened: another key sealed it.
    .remedy = Type the password again and save.
seal-no-random = The operating system gave no random numbers.
    .remedy = Try again.
