messages-title = Messages
messages-search = Rechercher
messages-search-hint = Objet, expéditeur ou Message-ID
messages-server = Serveur
messages-all-servers = Tous les serveurs
messages-reason = Motif
messages-all-reasons = Tous les motifs
messages-balance = Vus = livrés + retenus + ignorés + nouvel essai + en attente
messages-tab-seen = Vus
messages-tab-held = Retenus
messages-tab-retrying = Nouvel essai
messages-tab-waiting = En attente
messages-tab-delivered = Livrés
messages-tab-ignored = Ignorés
messages-state = État
messages-subject = Objet
messages-no-subject = (sans objet)
messages-from = De
messages-size = Taille
messages-seen = Vu
messages-date = Date
messages-next = Prochain essai
messages-open-record = Ouvrir le dossier
messages-on-record = Il figure dans le dossier
messages-link-sender = Dire qui l’a écrit
messages-more = Plus…
messages-retry = Réessayer
messages-deliver = Livrer à la main
messages-download = Télécharger quand même
messages-dismiss = Écarter
messages-all-retry = Réessayer les { $count }
messages-all-deliver = Livrer les { $count } à la main
messages-all-download = Télécharger les { $count } quand même
messages-all-dismiss = Écarter les { $count }…
messages-confirm-retry = { $count ->
    [one] Un message est aiguillé et livré à nouveau, tel quel.
   *[other] { $count } messages sont aiguillés et livrés à nouveau, tels quels.
 }
messages-confirm-deliver = { $count ->
    [one] Un message est livré, quelle que soit la raison pour laquelle Mailgate l’a retenu ou ignoré.
   *[other] { $count } messages sont livrés, quelle que soit la raison pour laquelle Mailgate les a retenus ou ignorés.
 }
messages-confirm-download = { $count ->
    [one] Un message est téléchargé à la prochaine relève, quelle que soit sa taille.
   *[other] { $count } messages sont téléchargés à la prochaine relève, quelle que soit leur taille.
 }
messages-confirm-dismiss = { $count ->
    [one] Un message ne donne aucun dossier. Il reste dans le registre avec votre motif.
   *[other] { $count } messages ne donnent aucun dossier. Ils restent dans le registre avec votre motif.
 }
messages-batches = { $count } à la fois ; une confirmation vous est demandée avant chaque lot suivant.
messages-batch-delivered = Livrés : { $count }
messages-batch-held = De nouveau retenus : { $count }
messages-batch-ignored = Ignorés : { $count }
messages-batch-waiting = Repris : { $count }
messages-batch-left = Laissés tels quels, leur état ne le permettant pas : { $count }
messages-batch-nothing = Il ne restait rien à faire.
messages-batch-next = Passer au lot suivant
messages-back = Retour aux messages
messages-cancel = Annuler
messages-none = Encore aucun courrier vu
messages-none-next = Chaque courrier que Mailgate voit reçoit une ligne ici, qui dit où il est et pourquoi. Le courrier vient des serveurs entrants confirmés.
messages-none-found = Aucun résultat
messages-none-found-next = Aucun message ne répond à tous ces filtres. Utilisez moins de mots, un autre serveur ou motif, ou affichez tout.
messages-none-held = Rien n’est retenu
messages-none-held-next = Aucun courrier n’attend de décision. Le courrier que Mailgate ne peut pas livrer seul apparaît ici, avec son motif et ce qui peut être fait.
messages-none-here = Aucun message n’est dans cet état
messages-none-here-next = Choisissez un autre état ci-dessus, ou affichez tous les messages.
messages-show-all = Voir tous les messages
messages-decide = Que faire
messages-correct = Corriger, puis livrer
messages-sender = Expéditeur
messages-sender-help = Qui l’a réellement écrit, par exemple Amina Diallo <amina@people.example>. Vide, l’expéditeur reste le même.
messages-record-type = Type de dossier
messages-record-type-help = Son nom technique là-bas, par exemple spp.grm.ticket. Vide, c’est celui du serveur entrant.
messages-as-set = Selon le serveur entrant
messages-join = Rattacher au dossier
messages-join-help = Le numéro d’un dossier, par exemple 2026-000001. Vide, un nouveau dossier est créé, ou le courrier suit son propre fil.
messages-correct-deliver = Livrer avec ces corrections
messages-dismissal = Motif pour l’écarter
messages-dismissal-help = Il sera lu par qui cherchera ce courrier plus tard. L’expéditeur n’en est pas informé.
messages-content = Contenu
messages-unreadable = Ce message ne peut pas être lu comme un courrier.
messages-header = Ses lignes d’en-tête, telles que reçues :
messages-facts = Le message
messages-message-id = Message-ID
messages-source-key = Clé sur le serveur
messages-attempts = Essais
messages-acknowledged = Sur le serveur de messagerie
messages-ack-none = laissé tel quel
messages-ack-pending = pas encore marqué ni déplacé
messages-ack-suspended = laissé tel quel pendant l’annulation de son import
messages-ack-done = marqué comme lu, déplacé ou supprimé, comme choisi
messages-ack-gone = n’y est plus
messages-trace = Comment il a été aiguillé
messages-notes = Ce qui a été supposé
messages-no-trace = Il n’a pas encore été aiguillé.
messages-history = Historique
messages-source = Source
messages-source-download = Télécharger le .eml
messages-source-cut = Seul le premier mégaoctet est affiché ; le fichier à télécharger contient tout.
messages-who = Qui l’a écrit ?
messages-who-says = Expéditeur indiqué dans le courrier :
messages-who-help = Un contact sans adresse reçoit celle-ci, pour que son prochain courrier soit reconnu. Sinon, le courrier compte comme écrit depuis l’adresse du contact.
messages-who-there = Il va vers { $name } : voici les contacts qui s’y trouvent.
messages-who-help-there = Le dossier là-bas est relié à la personne choisie. C’est retenu pour le prochain courriel de cette adresse, et un contact sans adresse la reçoit.
messages-with-others = { $count ->
    [one] Aussi l’autre courrier retenu de cet expéditeur
   *[other] Aussi les { $count } autres courriers retenus de cet expéditeur
 }
messages-goes-to = Destination
messages-done-others = { $count ->
    [one] Repris, avec un autre courrier de cet expéditeur.
   *[other] Repris, avec { $count } autres courriers de cet expéditeur.
 }
messages-is-sender = C’est cette personne
messages-create-deliver = Créer le contact et livrer
messages-done-delivered = Livré.
messages-done-held = Il est de nouveau retenu : le motif figure ci-dessous.
messages-done-ignored = Il ne donne aucun dossier : le motif figure ci-dessous.
messages-done-waiting = Repris ; il sera bientôt livré.
messages-done-download = La prochaine relève le télécharge.
messages-done-dismissed = Écarté. Il reste ici avec votre motif.
messages-reason-too-large = Trop grand
messages-reason-spam = Indésirable
messages-reason-unknown-sender = Expéditeur inconnu
messages-reason-unreadable = Illisible
messages-reason-not-downloaded = Non téléchargé
messages-reason-no-record-type = Pas de type de dossier
messages-reason-record-gone = Dossier disparu
messages-reason-refused = Refusé par le destinataire
messages-reason-undelivered = N’a pas pu être livré
messages-reason-loop = Peut-être une boucle
messages-reason-fault = Défaillance
messages-reason-duplicate = Doublon
messages-reason-bounce = Avis de non-remise
messages-reason-auto-reply = Réponse automatique
messages-reason-dismissed = Écarté
messages-reason-import-undone = Import annulé
messages-reason-not-a-grievance = Écarté par une personne
messages-reason-temporary = Échec passager
messages-reason-configuration = Connexion à corriger

messages-sha256 = SHA-256
messages-create_contact = Créer un contact et livrer
messages-create-contacts = Créer des contacts pour les expéditeurs inconnus…
messages-all-create_contact = Créer des contacts pour ces expéditeurs et livrer { $count }
messages-confirm-create_contact = { $count ->
    [one] Un message est retenu parce que personne ne connaît son expéditeur. Un contact est créé pour lui là où va le courriel, comme personne enregistrée si le type de dossier le demande, et le courriel est livré.
   *[other] { $count } messages sont retenus parce que personne ne connaît leurs expéditeurs. Un contact est créé pour chacun là où va le courriel, comme personne enregistrée si le type de dossier le demande, et le courriel est livré. Les expéditeurs qui ont entre-temps un contact ne sont pas recréés.
}
messages-anywhere = Partout
messages-once = Ce courriel seulement : quelqu’un d’autre l’a écrit ou transféré. Rien n’est retenu de l’adresse.
messages-remembered = Le courrier de cette adresse est attribué à { $name } : { $login } l’a dit
messages-forget = Oublier cela
messages-forgotten = Oublié. Le prochain courriel de cette adresse est recherché d’après l’adresse elle-même.
messages-confidential = Confidentiel
