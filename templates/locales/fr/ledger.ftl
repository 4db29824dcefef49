# Why a message stands in the ledger as it does; what to do next stands in the second half.
reason-too_large = Plus grand que la limite de cette boîte. Le courrier est toujours sur le serveur : téléchargez-le quand même, ou écartez-le.
reason-spam = Le serveur de messagerie l’a marqué comme indésirable. Livrez-le si ce n’est pas le cas, ou écartez-le.
reason-unknown_sender = L’expéditeur ne correspond à aucun bénéficiaire enregistré. Liez-en un, créez-en un, ou écartez le courrier avec un motif. Rien n’est perdu, et l’expéditeur n’en est pas informé.
reason-unreadable = Il n’a pas pu être lu comme un courrier. Ouvrez sa source, puis livrez-le à la main ou écartez-le.
reason-not_downloaded = Le serveur de messagerie ne l’a pas remis. Réessayez, ou ouvrez-le dans le webmail.
reason-no_record_type = Son type de dossier n’est pas défini, n’existe pas ou plus. Choisissez-en un sur le serveur entrant ou ici, puis réessayez.
reason-record_gone = Le dossier auquel il répond n’existe plus. Livrez-le comme nouveau dossier, ou écartez-le.
reason-refused = Le destinataire l’a refusé selon une règle à lui. Corrigez ce qu’il indique, puis réessayez.
reason-undelivered = La connexion a échoué sur lui plusieurs fois ; sa dernière réponse figure ci-dessous. Vérifiez le type de dossier là-bas, puis réessayez.
reason-loop = Cet expéditeur écrit plus souvent qu’une personne ; c’est peut-être une machine. Examinez le courrier, puis livrez-le ou écartez-le.
reason-fault = Mailgate a échoué sur lui. Réessayez ; s’il échoue encore, signalez le numéro ci-dessous.
reason-duplicate = Le même courrier est déjà ici.
reason-bounce = Un avis de non-remise d’un de nos courriers, pas le courrier d’une personne.
reason-auto_reply = Une réponse automatique, pas le courrier d’une personne.
reason-dismissed = Écarté par une personne.
reason-import_undone = Une personne a annulé l’import avec lequel il est arrivé. « Livrer à la main » le reprend.
reason-not_a_grievance = Une personne a écarté son dossier.
reason-temporary = Il a échoué pour une raison passagère ; un nouvel essai se fait tout seul.
reason-configuration = La connexion doit d’abord être corrigée ; la livraison reprend d’elle-même dès que son test réussit.

# Beside the reason.
detail-fault = Défaillance { $number }.
detail-empty = le courrier est vide : il n’a ni en-tête ni corps.
detail-next-fetch = Il est téléchargé à la prochaine relève.
detail-ended = Mailgate s’est arrêté pendant la livraison ; il vérifie d’abord si le courrier est arrivé.
detail-size = Il fait { $size } Mo ; la limite est de { $limit } Mo.
detail-same-mail = Le même courrier que le message { $other }, livré juste avant.
detail-same-bytes = Les mêmes octets que le message { $message }.
detail-record-gone = Le dossier auquel il devait être rattaché n’existe plus.
detail-source-gone = Sa source n’est pas ici.
detail-damaged = Ce qui en est conservé est abîmé. Restaurez la base de données depuis une sauvegarde, ou écartez le courrier.
detail-text-damaged = Ce texte est illisible : ce qui en est conservé est abîmé. Restaurez la base de données depuis une sauvegarde.

# What a person corrected.
trace-corrected-sender = { $login } indique que l’expéditeur est { $sender }.
trace-corrected-model = { $login } a choisi le type de dossier { $model }.

# Why a message can't be repaired now.
repair-nothing = Le message { $id } est dans l’état « { $state } » ; il n’y a rien à réparer.
repair-import-undone = Son dossier a été retiré avec son import : reprenez-le d’abord, tel qu’il était.
repair-not-a-grievance = Son dossier a été écarté : revenez-y sur le dossier.
repair-no-source = Sa source n’est pas ici. S’il est encore sur le serveur de messagerie, téléchargez-le quand même.
repair-settled = Le message { $id } a été réglé entre-temps.
repair-not-dismissed = Seul le courrier retenu ou en attente d’un nouvel essai peut être écarté.
repair-here = Le message { $id } est déjà ici.
repair-not-downloaded = Seul le courrier retenu peut être téléchargé quand même.

# Of a server or connection.
forgotten-password = Son mot de passe a été oublié : la clé secrète qui l’avait scellé est perdue.
    .remedy = Saisissez à nouveau le mot de passe, puis testez et confirmez.
forgotten-client-secret = Son secret client a été oublié : la clé secrète qui l’avait scellé est perdue.
    .remedy = Saisissez à nouveau le secret client, puis testez et confirmez.
forgotten-certificate = Son certificat a été oublié : la clé secrète qui l’avait scellé est perdue.
    .remedy = Collez à nouveau le certificat, puis testez et confirmez.
forgotten-sign-in = Son authentification a été oubliée : la clé secrète qui l’avait scellée est perdue.
    .remedy = Cliquez sur « S’authentifier », puis testez et confirmez.
unused-not-confirmed = La connexion n’est pas confirmée, et du courrier l’attend.
    .remedy = Ouvrez-la et cliquez sur « Tester ».
unused-archived = La connexion est archivée, et du courrier l’attend.
    .remedy = Remettez-la en service, ou écartez ce courrier sous Messages.
record-reply-came = Une réponse est arrivée : il est de retour dans les listes.
dismiss-why = Dites pourquoi il est écarté ; ce sera lu par qui cherchera ce courrier plus tard.
dismiss-line = Un motif tient sur une ligne de { $max_reason } caractères au plus.
attachment-not-here = Cette pièce jointe n’est plus ici.
correct-record-type = Ce type de dossier n’est plus installé. Choisissez-en un autre.
correct-connection = Ce courrier va vers une connexion : il n’y est rattaché à un dossier que s’il lui répond.
correct-record = Le dossier { $number } n’existe pas. Saisissez son numéro tel que sa page l’affiche.
correct-several = Des dossiers de plusieurs types ont ce numéro. Choisissez aussi le type de dossier.
correct-sender = Saisissez une adresse comme amina@people.example.
message-missing = Aucun message du registre n’a l’identifiant { $id }.
message-confidential = Le message { $id } est confidentiel : seules les personnes désignées le voient.
    .remedy = Demandez à un administrateur système de vous désigner, ou de vous ajouter à son équipe.
source-gone = La source de ce message n’est pas ici : elle n’a pas été téléchargée, ou n’est plus conservée.
detail-import-restored = Son import a été repris.
correct-record-there = Il n’y a pas de dossier { $record } de { $model } que le compte de la connexion puisse lire là-bas.
correct-record-alone = Indiquez aussi le type de dossier : le numéro ne vaut que pour ce type.
sender-without-address = Le courriel n’indique aucune adresse d’expéditeur ; on ne peut donc pas en faire un contact.
    .remedy = Dites qui l’a écrit, ou écartez-le.
sender-several = Plusieurs personnes enregistrées là-bas ont l’adresse de { $who }.
    .remedy = Dites laquelle l’a écrit.
sender-once-here = { $name } n’a pas d’adresse, et ce courriel ne peut lui être attribué que si cette adresse lui est donnée.
    .remedy = Liez-le sans « ce courriel seulement », ou saisissez d’abord l’adresse du contact.
