# Connections to an existing OpenSPP or Odoo: list, form, test.

connections-title = Connexions
connections-not-archived = En service
connections-empty-title = Les dossiers restent dans cette base de données
connections-empty = Connectez un OpenSPP ou un Odoo que vous utilisez déjà, et les serveurs entrants pourront y créer leurs dossiers. Cliquez sur « Nouveau », saisissez son adresse et un de ses comptes, puis cliquez sur « Tester ».
connections-empty-archived = Rien n’est archivé.
connections-empty-search = Aucune connexion n’a ces mots dans son nom, son adresse, sa base de données ou son identifiant.
connections-show-all = Tout afficher

connections-test = Tester
connections-load = Charger
connections-delete = Supprimer
connections-cancel = Annuler
connections-working = En cours… Un test dure 20 secondes au plus.
connections-saved = Enregistré.
connections-saved-draft = Enregistré. Rien n’est livré avant que « Tester » ait réussi.
connections-archived-done = Archivée : rien n’est plus livré, son courrier attend. Vous la retrouvez dans la liste sous « Archivé ».
connections-unarchived = De nouveau en service.
connections-deleted = { $name } est supprimée.

connections-state-draft = Non confirmée
connections-state-done = Confirmée

connections-group-system = Le système
connections-group-account = Son compte pour Mailgate
connections-group-delivery = Livraison
connections-field-name = Nom
connections-field-url = URL
connections-field-database = Base de données
connections-field-login = Identifiant
connections-field-password = Mot de passe ou clé d’API
connections-field-key_expires = Fin de la clé
connections-field-protocol = API externe
connections-protocol-automatic = Selon le test
connections-protocol-xmlrpc = XML-RPC
connections-protocol-json2 = JSON-2 (Odoo 19 et suivants)
connections-field-workers = En parallèle
connections-field-together = Nouveaux courriers ensemble
connections-together-automatic = Si ses modules sont connus
connections-together-always = Toujours
connections-together-never = Jamais
connections-placeholder-name = OpenSPP
connections-placeholder-url = https://openspp.example.org
connections-placeholder-login = mailgate@example.org
connections-help-url = Comme l’affiche le navigateur. Sans https://, le mot de passe circule en clair : seulement au sein d’une même machine.
connections-help-database = « Charger » affiche les bases de données de cette URL, si elle les liste.
connections-help-login = Un utilisateur interne qui peut créer les dossiers issus du courrier.
connections-help-password = Scellé ici et affiché nulle part. Une clé d’API est préférable : elle peut être retirée seule.
connections-help-password-kept = Un mot de passe ou une clé est enregistré. Laissez vide pour le garder.
connections-help-password-again = Les mots de passe ne sont jamais renvoyés vers cette page : saisissez-le à nouveau.
connections-help-key_expires = Le jour où la clé d’API prend fin là-bas, pour en être averti avant ; les clés d’Odoo prennent fin après 90 jours, sauf autre choix. Vide pour un mot de passe ou une clé sans fin.
connections-help-protocol = JSON-2 n’accepte qu’une clé d’API, et XML-RPC quitte Odoo après la version 19. Le test utilise JSON-2 si le système l’a et si la clé l’ouvre.
connections-help-workers = Courriers livrés en même temps, de 1 à 8. Ceux d’une même conversation se suivent.
connections-help-together = Les nouvelles plaintes et pistes qui attendent ensemble sont créées en un seul appel, plus vite que par sa passerelle de messagerie. Ce qu’un module de là-bas fait d’un courrier dans message_new est alors ignoré : c’est donc fait si le compte peut voir qu’aucun module inconnu n’étend le type de dossier, ou si vous savez qu’il n’y en a pas.
connections-databases = { $count ->
    [0] Il ne liste aucune base de données : saisissez le nom que donne son administrateur.
    [one] Il a une base de données :
   *[other] Il a { $count } bases de données :
}

connections-version = Version
connections-last-delivery = Dernière livraison
connections-never = jamais
connections-queue = En route
connections-waiting = En attente : { $count }
connections-fed-by = Alimentée par
connections-fed-by-none = Encore aucun serveur entrant : choisissez cette connexion sur l’un d’eux.
connections-delivery = Livraison
connections-draft-hint = Rien n’est livré avant que « Tester » ait réussi ; son courrier attend.
connections-archived-hint = Archivée : rien n’est livré ; son courrier attend.
connections-paused = En pause
connections-failing = En échec
connections-since-paused = En pause depuis
connections-since-failing = En échec depuis
connections-why = Cause
connections-key = Son mot de passe ne peut pas être ouvert, car la clé secrète de Mailgate manque ou n’est pas la bonne. Son courrier attend ici et repart dès que la clé est revenue. Ce qu’il faut faire est indiqué en haut de cette page.
connections-what-to-do = Que faire
connections-next = Nouvel essai

connections-test-passed = Confirmée.
connections-test-failed = Le test n’a pas réussi.
connections-test-encrypted = La version { $version } répond, liaison chiffrée. Ce qui attend est livré maintenant.
connections-test-readable = La version { $version } répond. Non chiffré : le mot de passe circule en clair. Ce qui attend est livré maintenant.
connections-test-kept = Tout ce que vous avez saisi est enregistré, mais rien n’est livré avant que le test réussisse.
connections-test-unchanged = Elle reste confirmée : le courrier attend, et un nouvel essai se fait tout seul.

connections-conflict = Quelqu’un d’autre a modifié cette connexion en même temps que vous. Rien n’est encore enregistré.

connections-delete-title = Supprimer { $name }
connections-delete-goes = Les paramètres de { $name } et son mot de passe enregistré sont supprimés pour toujours.
connections-delete-stays = Les dossiers créés là-bas restent, ainsi que le registre avec tout ce qui a été livré. Refusé tant qu’un serveur entrant l’alimente ou que du courrier est en route vers elle.
connections-delete-archive = Pour arrêter les livraisons un certain temps, archivez-la plutôt.
connection-password = Saisissez le mot de passe du compte, ou une de ses clés d’API.
connection-password-again = Le mot de passe enregistré a été saisi pour { $url }. Saisissez-le à nouveau pour cette adresse.
connection-password-readable = Sans https://, le mot de passe circule en clair. Saisissez-le à nouveau s’il peut circuler ainsi.
connection-contact-gone = Ce contact n’existe plus là-bas.
connection-url = Saisissez l’adresse complète, par exemple https://openspp.example.org.
connection-url-scheme = L’adresse commence par https:// (ou http:// au sein d’une même machine).
connection-url-user = N’écrivez ni identifiant ni mot de passe dans l’adresse ; ils ont leurs propres champs.
connection-url-wrong = Ce n’est pas une adresse. Elle ressemble à https://openspp.example.org.
connection-name = Saisissez un nom sous lequel on connaît ce système, par exemple OpenSPP.
connection-database = Saisissez le nom de la base de données ; « Charger » affiche celles que le serveur liste.
connection-login = Saisissez l’identifiant du compte que Mailgate utilise là-bas.
connection-in-use = « { $name } » est encore utilisée et n’est donc pas supprimée.
connection-in-use-servers = Ces serveurs entrants l’alimentent : { $servers }. Choisissez-y d’abord une autre connexion.
connection-in-use-mail = Courrier en route vers elle, ou retenu avant elle : { $count }. Attendez qu’il soit livré, ou écartez-le sous Messages.
connection-in-use-archive = Pour arrêter les livraisons un certain temps, archivez-la plutôt.
connections-held = Retenu en amont
connections-held-count = { $count ->
    [one] Un courriel attend une décision
   *[other] { $count } courriels attendent une décision
}
connections-renew = Renouveler la clé
connections-renew-says = Le système là-bas crée une nouvelle clé API, pour aussi longtemps que ce compte peut en avoir une, dès que vous saisissez le mot de passe du compte. Le mot de passe sert à cela et n’est conservé nulle part ; l’ancienne clé reste valable jusqu’à sa fin.
connections-renew-password = Mot de passe du compte là-bas
connections-renewed = Renouvelée. La nouvelle clé a été essayée et enregistrée.
connection-renew-password = Saisissez le mot de passe avec lequel une personne se connecte à ce compte là-bas.
