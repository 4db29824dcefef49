# Signing in, and the first administrator.
login-title = Sign in
login-login = Login
login-password = Password
login-button = Sign in
login-wrong = Wrong login or password.
login-too-many = { $seconds ->
    [one] Too many failed sign-ins. Try again in one second.
   *[other] Too many failed sign-ins. Try again in { $seconds } seconds.
}
setup-title = Set up Mailgate
setup-intro = Nobody can sign in yet. Make the first System Admin here; it works once.
setup-token = One-time token
setup-token-help = It stands in the terminal where Mailgate was started.
setup-button = Create the administrator
