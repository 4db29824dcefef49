# Signing in, and the first administrator.
login-title = Se connecter
login-login = Identifiant
login-password = Mot de passe
login-button = Se connecter
login-wrong = Identifiant ou mot de passe incorrect.
login-too-many = { $seconds ->
    [one] Trop de connexions échouées. Réessayez dans une seconde.
   *[other] Trop de connexions échouées. Réessayez dans { $seconds } secondes.
}
setup-title = Installer Mailgate
setup-intro = Personne ne peut encore se connecter. Créez ici le premier administrateur système ; cela ne fonctionne qu’une fois.
setup-token = Jeton à usage unique
setup-token-help = Il figure dans le terminal où Mailgate a été démarré.
setup-button = Créer l’administrateur
