# API keys, on Preferences and on a user's page.
keys-title = Clés d’API
keys-help = Un script se connecte avec votre identifiant et une clé à la place de votre mot de passe. Il peut y faire ce que vous pouvez faire ici.
keys-made = Voici la clé. Copiez-la maintenant : elle ne sera plus affichée.
keys-name = Nom
keys-created = Créée
keys-last-used = Dernière utilisation
keys-expires = Expire
keys-expired = Expirée
keys-never = jamais
keys-not = jamais
keys-revoke = Révoquer
keys-revoke-one = Révoquer { $name }
keys-revoked = La clé est révoquée : elle ne fonctionne plus.
keys-new = Nouvelle clé d’API
keys-for = Utilisée par
keys-for-help = Nommez ce qui l’utilisera, pour savoir plus tard ce que vous révoquez.
keys-last-day = Dernier jour
keys-last-day-help = Vide : la clé fonctionne jusqu’à sa révocation.
keys-make = Créer une clé
keys-none = Aucune clé d’API.

# What can't be opened without the secret key.
seal-missing = La clé secrète { $file } manque, et aucune autre n’ouvre les mots de passe enregistrés.
    .remedy = Remettez la bonne clé depuis la sauvegarde (voir MAILGATE_SECRET_KEY_FILE) ; elle est reprise sans redémarrage. Si elle est perdue pour de bon, lancez `mailgate key new --forget-passwords` et saisissez à nouveau les mots de passe.
seal-unreadable = La clé secrète { $file } ne peut pas être lue ({ $why }), et aucune autre n’ouvre les mots de passe enregistrés.
    .remedy = Rendez le fichier lisible pour cet utilisateur, ou remettez la bonne clé depuis la sauvegarde ; elle est reprise sans redémarrage. Si elle est perdue pour de bon, lancez `mailgate key new --forget-passwords`.
seal-wrong = La clé secrète { $file } n’est pas celle qui a scellé les mots de passe de cette base.
    .remedy = Remettez la bonne clé depuis la sauvegarde (voir MAILGATE_SECRET_KEY_FILE) ; elle est reprise sans redémarrage. Si elle est perdue pour de bon, lancez `mailgate key new --forget-passwords` et saisissez à nouveau les mots de passe.
seal-behind = La clé secrète { $file } est plus ancienne : cette base est scellée avec sa version { $needed }.
    .remedy = Copiez le fichier de la clé depuis l’endroit où `mailgate key rotate` a été lancé, ou depuis la dernière sauvegarde ; il est repris sans redémarrage. Si un gestionnaire de services fournit la clé au démarrage du service, redémarrez le service.
seal-not-opened = Un mot de passe enregistré ne peut pas être ouvert : une autre clé l’a scellé.
    .remedy = Saisissez à nouveau le mot de passe et enregistrez.
seal-no-random = Le système d’exploitation n’a pas fourni de nombres aléatoires.
    .remedy = Réessayez.
