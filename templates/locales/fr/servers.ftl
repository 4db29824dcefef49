# Incoming email servers: list, form, test. Labels as in OpenSPP's guide.

servers-title = Serveurs de messagerie entrants
servers-new = Nouveau
servers-search = Rechercher
servers-archived = Archivés
servers-not-archived = En service
servers-empty-title = Aucune boîte aux lettres n’est encore relevée
servers-empty = Cliquez sur « Nouveau », saisissez votre boîte aux lettres comme serveur IMAP ou POP, puis cliquez sur « Tester et confirmer ». Dès lors, son courrier devient des dossiers.
servers-empty-archived = Rien n’est archivé.
servers-empty-search = Aucun serveur n’a ces mots dans son nom, son adresse ou son identifiant.
servers-show-all = Tout afficher

servers-column-name = Nom
servers-column-type = Type de serveur
servers-column-user = Identifiant
servers-column-last-fetch = Dernière relève
servers-column-status = Statut
servers-never = jamais
servers-failing = En échec

servers-save = Enregistrer
servers-test = Tester et confirmer
servers-fetch = Relever maintenant
servers-reset = Annuler la confirmation
servers-archive = Archiver
servers-unarchive = Désarchiver
servers-duplicate = Dupliquer
servers-delete = Supprimer
servers-cancel = Annuler
servers-sign-in = S’authentifier
servers-sign-in-help = Enregistre, puis mène chez le fournisseur, où une personne ayant accès à cette boîte donne son accord. Une seule fois suffit.
servers-sign-in-since = Authentification faite
servers-sign-in-title = S’authentifier pour { $name }
servers-sign-in-go = Authentifiez-vous comme { $mailbox }, ou comme une personne qui peut lire cette boîte, et donnez l’accord. Le fournisseur vous renvoie ensuite ici ; faites-le dans les 15 minutes, avec ce navigateur.
servers-sign-in-at = S’authentifier sur { $host }
servers-sign-in-redirect = L’application doit avoir cette adresse de redirection, à la lettre près (Microsoft : Authentification › Web ; Google : URI de redirection autorisés) :
servers-sign-in-not-taken = Les fournisseurs n’acceptent que des adresses de redirection en https, ou celles de la machine même (localhost). Celle-ci est { $redirect } : donnez à PUBLIC_URL l’adresse en https par laquelle on accède à Mailgate.
servers-signed-in = Authentification faite pour { $name }. Cliquez sur « Tester et confirmer », sauf si le serveur est déjà confirmé.
servers-not-signed-in = Authentification non faite pour { $name }
servers-sign-in-back = Retour à { $name }
servers-working = En cours… Un test dure 20 secondes au plus, une relève jusqu’à une minute.

servers-saved = Enregistré.
servers-saved-draft = Enregistré. Le serveur n’est pas relevé avant que « Tester et confirmer » ait réussi.
servers-archived-done = Archivé : il n’est plus relevé. Vous le retrouvez dans la liste sous « Archivés ».
servers-unarchived = De nouveau en service.
servers-reset-done = Non confirmé : il n’est pas relevé avant que « Tester et confirmer » ait réussi.
servers-duplicated = Voici la copie. Modifiez ce qui diffère, puis testez-la.
servers-deleted = { $name } est supprimé. Ses messages restent dans le registre.
servers-start-set = C’est noté. La première relève importera en conséquence.

servers-state-draft = Non confirmé
servers-state-done = Confirmé

servers-group-server = Informations sur le serveur
servers-group-login = Informations de connexion
servers-group-action = Actions à effectuer sur le courrier entrant
servers-group-fetching = Relève
servers-group-keeping = Conservation
servers-group-safety = Boîte aux lettres et sécurité
servers-group-addresses = Adresses de l’authentification
servers-advanced = Avancé

servers-field-name = Nom
servers-field-email = Adresse e-mail
servers-field-server_type = Type de serveur
servers-field-server = Nom du serveur
servers-field-port = Port
servers-field-is_ssl = SSL/TLS
servers-field-user = Identifiant
servers-field-password = Mot de passe
servers-field-authentication = Authentification
servers-field-oauth_provider_id = Fournisseur d’identité
servers-field-oauth_tenant = ID de l’annuaire (locataire)
servers-field-oauth_client_id = ID client
servers-field-oauth_client_secret = Secret client
servers-field-oauth_certificate = Certificat et clé (PEM)
servers-field-oauth_expires = Fin du secret ou du certificat
servers-field-oauth_authorize_url = Adresse d’authentification
servers-field-oauth_token_url = Adresse des jetons
servers-field-oauth_scope = Étendue (scope)
servers-field-action = Action à effectuer sur le courrier entrant
servers-field-connection_id = Connexion
servers-field-object_model = Créer un nouveau dossier
servers-field-no_other_fetcher = Rien d’autre ne relève cette boîte
servers-field-maildir = Maildir
servers-field-starttls = STARTTLS
servers-field-tls_fingerprint = Certificat de confiance (SHA-256)
servers-field-folder = Dossier de la boîte
servers-field-start_with = Première relève
servers-field-start_date = Depuis le
servers-field-after_fetch = Après la relève
servers-field-move_to = Déplacer vers
servers-field-delete_after_days = Supprimer après (jours)
servers-field-size_limit_mb = Taille limite (Mo)
servers-field-interval_minutes = Relever toutes les (minutes)
servers-field-traffic_kb_s = Débit limite (ko/s)
servers-field-push = Annoncer aussitôt
servers-field-confidential = Confidentiel
servers-field-priority = Priorité du serveur
servers-field-attach = Garder les pièces jointes
servers-field-original = Garder l’original
servers-field-sender_policy = Expéditeurs inconnus

servers-server_type-imap = Serveur IMAP
servers-server_type-pop = Serveur POP
servers-server_type-local = Serveur local
servers-server_type-gmail = Authentification OAuth Gmail
servers-server_type-outlook = Authentification OAuth Outlook
servers-authentication-password = Mot de passe
servers-authentication-microsoft_app = Microsoft 365, application
servers-authentication-microsoft = Microsoft 365, authentification d’une personne
servers-authentication-google = Google, authentification d’une personne
servers-authentication-oauth2 = Autre OAuth2
servers-action-create = Créer un nouveau dossier
servers-choose = Choisir…

servers-start_with-unread = Le courrier non lu
servers-start_with-all = Tout le courrier
servers-start_with-new = Seulement le nouveau courrier
servers-start_with-since = Le courrier depuis une date
servers-after_fetch-seen = Marquer comme lu
servers-after_fetch-delete = Supprimer
servers-after_fetch-move = Déplacer vers un dossier de la boîte
servers-after_fetch-keep = Laisser tel quel
servers-sender_policy-everyone = Accepter tout le monde
servers-sender_policy-known = Retenir leur courrier
servers-sender_policy-create = Créer un contact

servers-placeholder-name = Boîte des réclamations
servers-placeholder-server = imap.youremailserver.com
servers-placeholder-user = support@youremailserver.com
servers-placeholder-maildir = reclamations
servers-help-port = Suit le type de serveur et SSL/TLS tant que vous n’en saisissez pas un autre.
servers-help-is_ssl = Chiffre dès le premier octet (IMAP 993, POP 995).
servers-readable = Sans SSL/TLS ni STARTTLS, le mot de passe circule en clair : tout le monde peut le lire en chemin.
servers-help-user = Le plus souvent, l’adresse e-mail complète de la boîte.
servers-help-authentication = Microsoft 365 et Google n’acceptent plus de mots de passe des programmes. Une application Microsoft 365 n’a besoin de personne et lit aussi les boîtes partagées ; une personne s’authentifie une seule fois, dans le navigateur.
servers-none-oauth_provider_id = Aucun : l’application est saisie ici
servers-help-oauth_provider_id = Une application saisie une fois pour plusieurs boîtes, sous Fournisseurs d’identité.
servers-help-oauth_tenant = Tel que l’affiche la vue d’ensemble de l’application dans Microsoft Entra. Sans lui, des personnes de toute organisation peuvent s’authentifier.
servers-help-oauth_client_id = L’ID d’application (client) de Microsoft, l’ID client de Google.
servers-help-oauth_client_secret = Sa valeur, affichée une seule fois, à sa création.
servers-help-oauth_client_secret-kept = Un secret client est enregistré. Laissez vide pour le garder.
servers-help-oauth_client_secret-again = Les secrets ne sont jamais renvoyés vers cette page : saisissez-le à nouveau.
servers-help-oauth_certificate = À la place d’un secret client : le certificat que l’application a chez Microsoft, avec sa clé privée, en PEM.
servers-help-oauth_certificate-kept = Un certificat est enregistré. Laissez vide pour le garder.
servers-help-oauth_certificate-again = Les clés ne sont jamais renvoyées vers cette page : collez-la à nouveau.
servers-help-oauth_expires = Le jour où il cesse de fonctionner ; lu dans le certificat s’il y en a un.
servers-help-oauth_authorize_url = Vide : celle du fournisseur. Nécessaire si l’on s’authentifie chez un autre fournisseur.
servers-help-oauth_token_url = Vide : celle du fournisseur. Nécessaire pour un autre fournisseur.
servers-help-oauth_scope = Vide : ce que le fournisseur demande d’habitude.
servers-help-password-kept = Un mot de passe est enregistré. Laissez vide pour le garder.
servers-help-password-again = Les mots de passe ne sont jamais renvoyés vers cette page : saisissez-le à nouveau.
servers-help-password = Avec Gmail, utilisez un mot de passe d’application, pas celui du compte.
servers-help-object-model = Ce que devient chaque courrier. Les choix dépendent des modules installés.
servers-help-object-model-not_asked = Ce que devient chaque courrier, par son nom technique. « Recharger » propose ceux de la connexion.
servers-help-object-model-usual = Ce que devient chaque courrier. Le compte de la connexion ne peut pas lire la liste des types de dossier : saisissez le nom technique, le test le vérifie.
servers-help-object-model-failed = Ce que devient chaque courrier, par son nom technique. Le test le vérifie.
servers-none-connection_id = Cette base de données
servers-help-connection_id = Où les dossiers sont créés. Une connexion a ses propres types de dossier.
servers-reload = Recharger
servers-help-no_other_fetcher = Ne l’indiquez que si le compte de la connexion ne peut pas lire les serveurs de courrier entrant de ce système ; deux relèves se disputeraient le même courrier.
servers-takes-no-mail = N’accepte pas de courrier
servers-since = – début :
servers-connection-unused = Pas en service
servers-connection-ailing = La connexion n’accepte pas de courrier
servers-help-maildir = Un dossier de fichiers sous { $root }. Laissez vide si seule la commande ci-dessous apporte du courrier.
servers-help-starttls = Commence en clair et chiffre avant l’authentification. Refusé si le serveur ne le propose pas.
servers-help-tls_fingerprint = Rempli par « Faire confiance à ce certificat ». Videz-le pour ne faire confiance qu’à ce qu’une autorité garantit.
servers-help-folder = IMAP seulement. Un par ligne, 20 au plus ; INBOX si rien n’est saisi. « Première relève » s’applique à chaque dossier de la boîte la première fois qu’il est relevé.
servers-help-start_with = Décidé une seule fois, à la première relève de la boîte. Les serveurs POP ne donnent pas de date : la ligne Received ou Date du courrier compte alors.
servers-help-delete_after_days = 0 supprime aussitôt. Compté à partir de la relève.
servers-help-size_limit_mb = Un courrier plus grand est retenu sans être téléchargé.
servers-help-traffic_kb_s = Kilo-octets par seconde que la relève prend au plus sur une liaison lente. 0 : sans limite.
servers-help-push = Le nouveau courrier est relevé dès que le serveur l’annonce, s’il sait le faire (IMAP IDLE) ; et toujours selon les minutes ci-dessus.
servers-help-confidential = Ce qui arrive par elle n’est vu que des personnes désignées : les équipes qui ont cette boîte, et celles qui sont désignées sur le dossier.
servers-help-priority = Le plus petit nombre est relevé d’abord.
servers-help-attach = Sinon, seul le texte va dans le dossier.
servers-help-original = Garde pour toujours le courrier tel qu’il est arrivé ; sinon 90 jours. Le courrier retenu le garde toujours.
servers-help-sender_policy = Les expéditeurs qui ne sont pas des contacts, ici ou dans le système connecté.
servers-deliver-title = Par le tube (pipe) d’un MTA
servers-deliver = Un serveur de messagerie de cette machine peut remettre le courrier directement, dès que ce serveur est confirmé :

servers-deliver-command = mailgate deliver --server "{ $name }"

servers-status = Statut
servers-last-fetch = Dernière relève
servers-next-fetch = Prochaine relève
servers-not-fetched = Pas encore relevé.
servers-draft-hint = Pas de relève avant que « Tester et confirmer » ait réussi.
servers-archived-hint = Archivé : pas de relève.
servers-failing-since = En échec depuis
servers-why = Cause
servers-waits = En attente
servers-waits-since = Prié d’attendre
servers-waits-hint = Tout va bien : la relève reprend d’elle-même.
servers-crowded-out = { $count ->
    [one] Ce serveur de messagerie est occupé par une autre boîte ; Mailgate n’ouvre qu’une liaison à la fois avec lui.
   *[other] Ce serveur de messagerie est occupé par d’autres boîtes ; Mailgate ouvre { $count } liaisons à la fois avec lui.
}
servers-key = Son mot de passe ne peut pas être ouvert, car la clé secrète de Mailgate manque ou n’est pas la bonne. Le serveur de messagerie n’est pas en cause, et la relève reprend dès que la clé est revenue. Ce qu’il faut faire est indiqué en haut de cette page.
servers-what-to-do = Que faire
servers-arrivals = Nouveau courrier
servers-at-once = Annoncé aussitôt
servers-polled = { $minutes ->
    [one] Vérifié chaque minute
   *[other] Vérifié toutes les { $minutes } minutes
}
servers-folders-closed = Dossiers de la boîte
servers-warning = Tous ne sont pas relevés
servers-count-fetched = Nouveaux : { $count }
servers-count-delivered = Livrés : { $count }
servers-count-held = Retenus : { $count }
servers-count-ignored = Ignorés : { $count }
servers-count-retrying = Nouvel essai : { $count }
servers-messages = Tous les messages de cette boîte
servers-fetch-done = { $count ->
    [0] Relevé : rien de nouveau.
    [one] Un nouveau message relevé.
   *[other] { $count } nouveaux messages relevés.
}
servers-fetch-continues = La relève continue toute seule ; revenez voir dans une minute.
servers-running = Relève en cours : { $kept } sur { $found } messages.
servers-running-large = Un grand message est en route : { $came } Mo sur { $size }.

servers-import = Import
servers-import-running = Courriers arrivés : { $done } sur { $found }.
servers-import-stopped = Courriers arrivés : { $done } sur { $found } ; le reste demeure où il est. Le nouveau courrier est relevé comme d’habitude.
servers-import-done = { $found ->
    [0] Aucun courrier n’est arrivé avec la première relève.
    [one] Un courrier est arrivé avec la première relève.
   *[other] { $found } courriers sont arrivés avec la première relève.
}
servers-import-undoing = Annulation en cours : courriers examinés : { $looked } sur { $done }.
servers-import-undone = { $taken ->
    [0] Aucun courrier n’a été retiré.
    [one] Un courrier a été retiré : son dossier ne figure dans aucune liste, et il est ignoré dans le registre.
   *[other] { $taken } courriers ont été retirés : leurs dossiers ne figurent dans aucune liste, et ils sont ignorés dans le registre.
} Les sources restent.
servers-import-restoring = Reprise en cours : courriers repris jusqu’ici, { $looked }.
servers-import-rate = { $rate } par minute,
servers-import-left = { $minutes ->
    [one] encore une minute environ.
   *[other] encore { $minutes } minutes environ.
}
servers-import-waits = Il reprend à la prochaine relève.
servers-import-worked-on = Laissés tels quels parce que quelqu’un a travaillé sur le dossier : { $count }.
servers-import-more-mail = Laissés tels quels parce que le dossier a d’autres courriers : { $count }.
servers-import-handed-over = Laissés tels quels parce qu’ils ont été remis à une connexion : { $count }. Ce qui s’y trouve s’annule là-bas.
servers-import-told = Ce que le serveur de messagerie a déjà fait de ces courriers (marqués comme lus, déplacés ou supprimés) reste tel quel ; plus rien ne lui est demandé.
servers-import-elsewhere = Le reste n’est pas relevé : les paramètres désignent maintenant une autre boîte.
servers-import-badge-running = Import en cours
servers-import-badge-stopped = Import arrêté
servers-import-badge-undoing = Annulation de l’import en cours
servers-import-badge-undone = Import annulé
servers-import-badge-restoring = Reprise de l’import en cours
servers-import-deed-stop = Arrêter l’import
servers-import-deed-continue = Poursuivre l’import
servers-import-deed-undo = Annuler l’import
servers-import-deed-restore = Reprendre
servers-import-undo-help = Retire des listes les dossiers qu’il a créés et que personne n’a touchés. L’import peut être repris.
servers-import-stop-done = L’import est arrêté. Le nouveau courrier est relevé comme d’habitude.
servers-import-continue-done = L’import se poursuit.
servers-import-undo-done = L’annulation de l’import est en cours.
servers-import-restore-done = La reprise de l’import est en cours.
import-not-now = Rien n’a été fait : l’état de l’import a changé entre-temps.
    .remedy = Revoyez cette page et décidez à nouveau.
import-none-now = Ce serveur n’a pas d’import pour lequel cela soit possible en ce moment.
    .remedy = Voyez sa page : elle dit ce qu’est devenue sa première relève.

servers-test-passed = Confirmé.
servers-test-failed = Non confirmé.
servers-test-asks = Le test a réussi. Le serveur reste non confirmé jusqu’à ce que vous choisissiez ce que la première relève importe.
servers-test-kept = Tout ce que vous avez saisi est enregistré, mais rien n’est relevé avant que le test réussisse.
servers-encrypted = Chiffré ; certificat valable jusqu’au { $date }.
servers-encrypted-trusted = Chiffré ; vous faites confiance à ce certificat, valable jusqu’au { $date }.
servers-unencrypted = Non chiffré : le mot de passe circule en clair.
servers-holds = { $folder } contient { $count ->
    [0] 0 courrier
    [one] un courrier
   *[other] { $count } courriers
} (non lus : { $unread }).
servers-holds-together = { $folder } contiennent ensemble { $count ->
    [0] 0 courrier
    [one] un courrier
   *[other] { $count } courriers
} (non lus : { $unread }).
servers-holds-all = { $folder } contient { $count ->
    [0] 0 courrier
    [one] un courrier
   *[other] { $count } courriers
}.
servers-mailbox = La boîte aux lettres
servers-imports = { $count ->
    [0] Aucun ne sera importé ; le nouveau courrier le sera. La relève commence
    [one] Un courrier sera importé. La relève commence
   *[other] { $count } courriers seront importés. La relève commence
}
servers-imports-since = Le courrier reçu depuis le { $date } sera importé. La relève commence
servers-goes-on = La relève se poursuit
servers-deliver-ready = Le courrier est désormais accepté par le tube (pipe).
servers-backlog = { $count } courriers attendent. Dossiers « { $label } » que la première relève créerait : { $count }. Importer :
servers-backlog-uncounted = De nombreux courriers attendent, et ce serveur de messagerie ne dit pas combien d’entre eux la première relève prendrait. Importer :
servers-backlog-unread = Le courrier non lu
servers-backlog-all = Tout le courrier
servers-backlog-new = Seulement le nouveau courrier
servers-backlog-since = Le courrier depuis cette date
servers-backlog-count = { $count }
servers-backlog-count-since = { $count } depuis le { $date }
servers-folders = Dossiers de cette boîte :
servers-certificate = Le certificat
servers-certificate-issuer = Émis par
servers-certificate-names = Pour
servers-certificate-valid = Valable
servers-certificate-range = du { $from } au { $until }
servers-certificate-sha256 = SHA-256
servers-certificate-before = SHA-256 de confiance jusqu’ici
servers-certificate-now = SHA-256 présenté maintenant
servers-trust = Faire confiance à ce certificat
servers-trust-help = Seulement si l’administrateur de votre messagerie confirme ce SHA-256. Il faudra recommencer au prochain renouvellement.

servers-conflict = Quelqu’un d’autre a modifié ce serveur en même temps que vous. Rien n’est encore enregistré.

servers-delete-title = Supprimer { $name }
servers-delete-goes = Sont supprimés pour toujours :
servers-delete-goes-settings = les paramètres de { $name } et son mot de passe enregistré
servers-delete-goes-schedule = son calendrier : cette boîte n’est plus relevée
servers-delete-goes-untold = { $count ->
    [one] un courrier dont le sort n’a pas encore été indiqué au serveur de messagerie : il y reste tel quel
   *[other] { $count } courriers dont le sort n’a pas encore été indiqué au serveur de messagerie : ils y restent tels quels
}
servers-delete-stays = Sont conservés :
servers-delete-stays-messages = { $count ->
    [0] le registre (il ne contient aucun message de cette boîte)
    [one] un message du registre, avec sa source et son dossier
   *[other] { $count } messages du registre, avec leurs sources et leurs dossiers
}
servers-delete-stays-mailbox = la boîte aux lettres elle-même, avec tout son contenu
servers-delete-archive = Pour arrêter la relève un certain temps, archivez-le plutôt.
server-no-certificate = Un serveur local n’a pas de certificat : il n’y a rien à quoi faire confiance.
server-start-date = Saisissez le premier jour à importer, par exemple 2026-11-22.
server-start = Le type « { $type } » ne permet pas cette distinction : choisissez une autre première relève.
server-host = Saisissez l’adresse du serveur, par exemple imap.youremailserver.com.
server-host-scheme = Saisissez seulement le nom du serveur, sans imap:// ni chemin.
server-host-port = Saisissez seulement le nom, { $name } ; le port a son propre champ.
server-host-wrong = Ce n’est pas un nom de serveur. Il ressemble à imap.youremailserver.com, sans espaces.
server-port = Un port est un nombre entier de 1 à 65535, par exemple 993.
server-sha256 = Un SHA-256 a 64 chiffres hexadécimaux.
server-after = Le type « { $type } » ne permet pas cette action : choisissez-en une autre.
server-move-to = Saisissez le dossier de la boîte vers lequel le courrier relevé est déplacé.
server-move-to-itself = Ce dossier de la boîte est relevé. Saisissez-en un autre.
server-folders = Saisissez { $max } dossiers de la boîte au plus, un par ligne.
server-starttls = SSL/TLS chiffre dès le premier octet, STARTTLS un peu plus tard : décochez l’un des deux.
server-user = Saisissez l’identifiant, le plus souvent l’adresse complète de la boîte.
server-password-again = Le mot de passe enregistré a été saisi pour { $host }. Saisissez-le à nouveau pour ce serveur.
server-password-less-safe = La liaison devient moins sûre. Saisissez à nouveau le mot de passe s’il peut circuler ainsi.
server-password = Saisissez le mot de passe de la boîte.
server-maildir = Un Maildir se trouve sous { $root } : saisissez son chemin à partir de là, sans « .. ».
server-connection = Cette connexion n’existe pas ou plus. Choisissez-en une autre, ou aucune pour cette base de données.
server-record-type = Aucun module installé n’apporte le type de dossier { $model }. Choisissez-en un autre.
server-record-type-name = Saisissez le nom technique du type de dossier, par exemple spp.grm.ticket.
server-name = Saisissez un nom sous lequel on connaît cette boîte.
server-type = Choisissez un type dans la liste, par exemple Serveur IMAP.
server-sender-policy = Choisissez le sort du courrier des expéditeurs inconnus.
server-built-in = La passerelle de messagerie est intégrée : elle prend le courrier qu’un MTA remet par l’API (message_process). Elle n’a pas de paramètres et ne peut être ni modifiée, ni archivée, ni supprimée.
    .remedy = Pour qu’aucun courrier n’y entre, retirez la clé d’API ou le compte à qui le remet.
servers-help-email = Elle suffit à trouver les paramètres, sans le mot de passe.
servers-placeholder-email = support@example.org
servers-find = Trouver les paramètres
servers-found-check = Rien n’est encore enregistré : vérifiez ce qui est marqué comme trouvé, puis cliquez sur « Tester et confirmer ».
servers-found-before = { $field } : remplace { $before }.
servers-server_type-api = API de la passerelle de messagerie
servers-field-shared_address = Adresses partagées
servers-shared_address-ask = Retenir le courriel : une personne choisit
servers-shared_address-oldest = Prendre la plus ancienne personne enregistrée active
servers-help-shared_address = Pour le courrier dont plusieurs personnes enregistrées du système relié ont l’adresse.
servers-field-far_values = Champs là-bas
servers-sender_policy-anonymous = Livrer comme plainte anonyme
servers-help-far_values = Ce que reçoit chaque nouveau dossier du système connecté, en plus de ce que dit le courriel, un par ligne : team_id = 3. Plusieurs sont séparés par des virgules : tag_ids = 4, 7.
servers-far-choose = Choisir dans le système connecté
servers-far-title = Champs là-bas
servers-far-says = Ce que reçoit chaque nouveau dossier de { $label } chez { $name }, en plus de ce que dit le courriel. Les choix sont lus là-bas.
servers-far-nothing = Rien
servers-far-none = La connexion n’indique aucun champ qui puisse être fixé ainsi. Il peut être saisi sur le serveur entrant.
servers-far-saved = Enregistré. Les nouveaux courriels reçoivent ces valeurs.
server-anonymous-here = Cette base n’a pas de plaintes anonymes. Choisissez une connexion, ou autre chose pour les expéditeurs inconnus.
far-values-line = « { $line } » n’est pas un champ avec sa valeur. Écrivez-en un par ligne, par exemple team_id = 3.
far-values-filled = Le courriel, ou le système lui-même, remplit { $name } : il ne peut être fixé ici.
far-values-twice = { $name } figure deux fois ici.
far-values-most = { $most } champs au plus peuvent être fixés.
far-fields-changed = Quelqu’un d’autre a modifié ce serveur entrant entre-temps. Rien n’a été enregistré : choisissez à nouveau.
far-fields-nowhere = Ce serveur entrant n’alimente aucune connexion, ou n’a pas encore de type de dossier.
