records-search = Rechercher
records-search-hint = Numéro, titre, expéditeur ou texte
records-filters = Filtres
records-stage = Étape
records-shown = Ce qui est affiché
records-show-open = Ouverts
records-show-mine = Les miens
records-show-unassigned = Non attribués
records-show-new-mail = Nouveau courrier
records-show-closed = Clos
records-show-all = Tous
records-anybody = Tout le monde
records-since = Depuis le
records-until = Jusqu’au
records-with-files = Avec pièce jointe
records-choose = Choisir
records-choose-one = Choisir { $number }
records-mails = { $count } courriers
records-news = { $count ->
    [one] Un dossier a du nouveau courrier. Afficher
   *[other] { $count } dossiers ont du nouveau courrier. Afficher
}
records-many-all = Les { $all } affichés
records-many-first = Les { $count } premiers de ceux qui sont affichés
records-assign-to = Attribuer à…
records-many-assign = Attribuer
records-stage-to = Étape…
records-many-stage = Changer l’étape
records-many-none = Choisissez d’abord au moins une ligne.
records-many-what = Choisissez d’abord la nouvelle valeur.
records-many-done = { $count ->
    [0] Rien n’a été modifié.
    [one] Un dossier a été modifié.
   *[other] { $count } dossiers ont été modifiés.
}
records-many-kept = { $count ->
    [one] Un dossier est resté tel quel : un courrier y est arrivé entre-temps, ou il est passé ailleurs.
   *[other] { $count } dossiers sont restés tels quels : un courrier y est arrivé entre-temps, ou ils sont passés ailleurs.
}
records-many-undo = Annuler
records-many-undone = { $kept ->
    [0] Annulé.
   *[other] Dossiers remis comme avant : { $count }. Modifiés depuis et laissés tels quels : { $kept }.
}
record-many-gone = Cela ne peut plus être annulé : c’est déjà fait, ou cela date de plus d’un jour.
records-in-list = Dans la liste
records-export = Exporter…
records-by-hand = Nouveau : { $label }
records-description = Description
records-who = Qui se plaint
records-who-help = Les personnes connues sous cette adresse sont proposées ensuite comme contact. Aucun e-mail n’est envoyé.
records-earlier = { $count ->
    [one] Un autre de la même personne
   *[other] { $count } autres de la même personne
}
records-earlier-many = Plus de { $count } autres de la même personne
contacts-none = Encore rien
contacts-none-next = Ce que cette personne écrit figure ici.
contacts-mails = Courriers
records-before = Précédent
records-behind = Suivant
records-assign-me = M’attribuer
records-number = Numéro
records-title = Titre
records-from = De
records-assigned = Attribué à
records-nobody = Personne
records-priority = Priorité
records-priority-0 = Basse
records-priority-1 = Moyenne
records-priority-2 = Haute
records-priority-3 = Très haute
records-date = Date
records-last-mail = Dernier courrier
records-new-mail = Nouveau courrier
records-none = Encore aucun dossier « { $label } »
records-none-next = Chaque courrier reçu par un serveur entrant confirmé devient ici un dossier « { $label } ». Créez un serveur sous Paramètres › Technique › E-mail › Serveurs de messagerie entrants.
records-none-action-servers = Serveurs de messagerie entrants
records-none-action-messages = Voir tous les messages reçus
records-none-found = Aucun résultat
records-none-found-next = Rien ne répond à tous ces filtres. Utilisez moins de mots, une autre étape, ou affichez tout.
records-none-archived = Rien n’a été mis de côté
records-none-archived-next = Ce que quelqu’un a marqué comme n’étant pas un dossier « { $label } » attend ici et peut être repris.
records-not = Pas un dossier « { $label } »
records-archived = Quelqu’un a marqué ceci comme n’étant pas un dossier « { $label } ». Il ne figure dans aucune liste et son courrier compte comme ignoré. Rien n’est perdu.
records-undone = Ce dossier a été retiré avec l’import qui l’a créé. Il ne figure dans aucune liste et son courrier compte comme ignoré. Rien n’est perdu.
records-take-up = Reprendre
records-after-all = C’est bien un dossier « { $label } »
records-mark-read = Marquer comme lu
records-conversation = Conversation
records-fields = Détails
records-older = { $all ->
    [one] Afficher l’entrée plus ancienne
   *[other] { $count ->
       [one] Afficher la suivante des { $all } entrées plus anciennes
      *[other] Afficher { $count } des { $all } entrées plus anciennes
    }
 }
records-newer = { $count ->
    [one] Afficher l’entrée la plus récente
   *[other] Afficher les entrées les plus récentes ({ $count } de plus)
 }
records-came = { $count ->
    [one] Un courrier est arrivé pendant que cette page était ouverte. Il figure ci-dessous et compte encore comme nouveau.
   *[other] { $count } courriers sont arrivés pendant que cette page était ouverte. Ils figurent ci-dessous et comptent encore comme nouveaux.
 }
records-moved = Quelqu’un d’autre a modifié la même chose entre-temps. La valeur actuelle et votre saisie figurent côte à côte.
records-kept = Votre saisie est toujours ici et n’est pas encore enregistrée.
records-archived-person = { $name } (archivé)
records-note = Note
records-note-help = Reste ici ; aucun e-mail n’est envoyé.
records-note-add = Ajouter une note
records-mail = Courrier
records-no-sender = Expéditeur non indiqué
# Under what an account or a program wrote: nobody checked it.
records-said-from = indiqué comme venant de { $from }
records-ledger = Message
records-attachments = Pièces jointes
records-show-hidden = Afficher le texte masqué
records-show-quoted = Texte cité et signature
records-merge = Fusionner avec un autre…
records-merge-number = Numéro de l’autre dossier
records-merge-now = Fusionner
records-merge-help = Tous les messages et notes de ce dossier passent dans l’autre. Ce dossier quitte les listes et indique où ils sont.
records-open-picture = Afficher { $name }
records-contact = Contact
records-nobody-linked = Aucun contact lié.
records-contact-choose = Choisir…
records-contact-change = Changer…
records-contact-link = Lier { $name }
records-contact-link-short = Lier
records-contact-unlink = Délier { $name }
records-contact-search = Nom, adresse ou téléphone
records-contact-none = Aucun résultat. Utilisez moins de mots, ou créez le contact ci-dessous.
records-contact-new = Nouveau contact
records-contact-name = Nom
records-contact-email = E-mail
records-contact-phone = Téléphone
records-contact-create = Créer et lier
records-registrant = Bénéficiaire enregistré
records-none-chosen = Non choisi
records-save = Enregistrer
records-made = Créé
records-mark-perhaps-automatic = Peut-être automatique
records-mark-mailing-list = Liste de diffusion
records-mark-auto-generated = Envoyé par un formulaire ou un système
records-mark-forwarded = Transféré
records-mark-other-sender = D’une autre adresse
records-notes = Ce qui a été supposé ({ $count })
records-mark-perhaps-reply = Peut-être une réponse
records-answers = Il répond à un courrier d’un dossier auquel son expéditeur n’a pas eu part jusqu’ici :
records-answered-by = D’autres personnes ont répondu à un courrier de ce dossier et ont leur propre dossier :
records-answered-by-more = { $count ->
    [one] Un autre n’est pas affiché.
   *[other] { $count } autres ne sont pas affichés.
}
records-join = Rattacher
records-join-one = Rattacher à { $number }
records-join-help = Les deux parlent-ils de la même chose ? Le rattachement fait passer tous les messages et notes de ce dossier dans l’autre.
records-joined-to = Ce dossier a été rattaché à un autre. Ses messages s’y trouvent :
records-joined-here = Rattachés ici :
record-changed = Quelqu’un d’autre a modifié { $number } entre-temps.
    .remedy = La valeur actuelle et votre saisie figurent côte à côte ; comparez-les, puis enregistrez à nouveau.
record-required = { $title } : ce champ est obligatoire.
record-too-long = { $title } : { $max_title } caractères au plus ; description : { $max_description } au plus.
record-sender-too-long = Le nom et l’adresse de l’expéditeur ont { $max_sender } caractères au plus.
field-integer = { $label } : saisissez un nombre entier, par exemple 12.
field-number = { $label } : saisissez un nombre, par exemple 12.5.
field-date = { $label } : saisissez une date, par exemple 2026-11-22.
field-moment = { $label } : saisissez une date et une heure, par exemple 2026-11-22 14:30.
field-fixed = { $label } : ce champ ne peut pas être modifié ici.
field-long = { $label } : { $max } caractères au plus.
field-choice = { $label } : le choix « { $typed } » n’existe pas. Choisissez dans la liste.
given-long = « { $name } » : { $most } caractères au plus.
given-priority = La priorité « { $text } » n’existe pas : c’est 0, 1, 2 ou 3.
given-stage = Un dossier « { $label } » n’a pas d’étape « { $text } ».
given-user = « { $text } » n’est pas l’identifiant d’un utilisateur à qui attribuer le dossier.
given-contact = Aucun contact n’a l’identifiant « { $text } ».
given-field = Un dossier « { $label } » n’a pas de champ « { $name } » modifiable.
join-nothing = { $number } ne nomme aucun dossier auquel il répond et ne peut donc pas être rattaché.
join-unknown = Aucun dossier « { $label } » n’a le numéro « { $number } ». Le numéro précède le titre, par exemple 2026-000001.
join-itself = { $number } est justement celui qui a été rattaché.
join-gone = { $number } n’existe plus.
join-told = Rattaché à { $title }.
join-told-there = { $title } a été rattaché à ce dossier, avec ses messages et notes ({ $moved }).
join-done = { $number } a été rattaché à un autre dossier entre-temps.
    .remedy = Continuez là-bas : sa page contient le lien.
record-type-gone = Le type de dossier { $model } n’existe pas ici ; son module n’est plus là.
record-missing = Aucun dossier « { $label } » n’a l’identifiant { $id }.
note-empty = Écrivez d’abord quelque chose.
note-long = Une note a { $max } caractères au plus ; celle-ci en a { $count }. Raccourcissez-la, ou écrivez-en deux.
post-long = Un message a { $max_posted } caractères au plus.
field-required = { $label } : ce champ est obligatoire.
field-line = { $label } : { $max } caractères au plus, sur une ligne.
record-stage = Cette étape n’existe pas. Choisissez dans la liste.
record-date-to-come = { $label } : cette date est à venir. Elle se donne en UTC.
record-priority = Cette priorité n’existe pas. Choisissez dans la liste.
record-assignee = Rien ne peut plus être attribué à cette personne. Choisissez-en une autre.
record-contact = Ce contact n’existe plus. Choisissez-en un autre.
record-mail-came = Un courrier est arrivé dans { $number } pendant que cette page était ouverte.
    .remedy = Lisez-le, puis décidez.
record-after-all = C’est bien un dossier « { $label } ».
record-not-a = Pas un dossier « { $label } ».
record-undone = { $number } a été retiré avec l’import qui l’a créé.
    .remedy = Reprenez-le d’abord, sur sa page.
record-undone-again = Le courrier de { $number } est revenu entre-temps et a son propre dossier.
    .remedy = Cherchez-le dans la liste.
records-told = { $label } : { $before } → { $after }
records-sender-name = Nom de l’expéditeur
records-sender-email = E-mail de l’expéditeur
records-show-overdue = En retard
records-many-broke-off = Une modification de plusieurs dossiers s’est interrompue avant sa fin.
records-many-more = Catégorie et étiquettes
records-many-set = Définir { $label }
records-many-tag = Ajouter l’étiquette
records-many-untag = Retirer l’étiquette
record-many-field = Les dossiers du type { $label } n’ont pas ce champ.
records-due = Échéance
records-due-today = Aujourd’hui
records-due-week = Sous 7 jours
records-due-never = Sans date
records-overdue = En retard
records-paused = En pause
records-paused-help = En pause : on attend quelqu’un d’autre.
records-late = Réglé trop tard
records-due-none = Sans date
records-why = { $label } : comment cela s’est-il terminé ?
records-tags-more = { $count } de plus
records-tags-none = Il n’y en a pas encore. Les administrateurs les tiennent dans les Paramètres.
records-search-cut = Seuls les { $most } premiers mots de ce texte sont trouvés par une recherche.
contacts-like-address = la même adresse
contacts-like-mistyped = presque la même adresse
contacts-like-domain = le même nom, une adresse semblable
contacts-like-letters = une adresse semblable au nom
contacts-like-name = le même nom
contacts-alike = Peut-être la même personne
contacts-merge = Fusionner avec celui-ci
contacts-merge-one = Fusionner { $name } avec celui-ci
contacts-merge-help = Ses dossiers, courriels et adresse sont alors ceux de ce contact. Cela peut être annulé.
contacts-merged = { $name } a été fusionné avec ce contact.
contacts-merge-undo = Annuler
contacts-unmerged = Les deux sont de nouveau séparés.
contacts-merged-into = Ce contact a été fusionné avec
contact-merged = « { $name } » a déjà été fusionné.
    .remedy = Ouvrez le contact avec lequel il l’a été.
contact-merge-later = { $name } a été fusionné depuis avec un autre contact, ou cette fusion a été annulée.
    .remedy = Annulez d’abord la fusion la plus récente.
contact-merge-gone = Cette fusion a déjà été annulée.
contacts-likely = Qui cela peut être
records-noted = Votre note est ajoutée.
records-note-files = Fichiers
records-blocked = Image bloquée
records-file-read = Lire
records-file-fold = Fermer
records-file-open = Ouvrir
records-file-to = À
records-file-subject = Objet
records-file-cut = Seul le début est affiché. Téléchargez le fichier pour tout lire.
records-file-unreadable = Ce fichier ne peut pas être affiché ici. Téléchargez-le pour le lire.
records-split = Séparer
records-split-done = Ce courriel a maintenant son propre dossier. Ce qui y répond arrive ici.
records-split-undo = Annuler
records-print = Imprimer
records-print-help = Appuyez sur Ctrl+P pour imprimer cette page.
records-print-back = Retour au dossier
records-print-older = { $count ->
    [one] Une entrée plus ancienne n’est pas affichée ici.
   *[other] { $count } entrées plus anciennes ne sont pas affichées ici.
}
records-here = { $count ->
    [one] { $names } a aussi ouvert ce dossier.
   *[other] { $names } ont aussi ouvert ce dossier.
}
records-discard = Abandonner ma saisie
split-gone = Ce courriel n’est plus dans ce dossier.
split-many = On sépare au plus { $most } messages à la fois. Séparez-en une partie, puis les autres.
split-only = { $number } n’a que ce courriel : il n’y a rien dont le séparer.
split-told = Un courriel a été séparé vers { $title }.
split-told-there = Séparé de { $title }.
filters-title = Filtres enregistrés
filters-one = Filtre enregistré
filters-save = Enregistrer ce filtre
filters-name = Nom du filtre
filters-shared = Partager avec tout le monde
filters-shared-help = Chacun le trouve au-dessus de sa liste. « Les miens » montre à chacun les siens.
filters-by = par { $name }
filters-change = Modifier…
filters-delete = Supprimer ce filtre
filters-saved = Le filtre « { $name } » est enregistré.
filters-deleted = Le filtre « { $name } » est supprimé. Les dossiers qu’il montrait n’ont pas changé.
filter-gone = Ce filtre n’existe pas, ou il appartient à quelqu’un d’autre.
    .remedy = La personne qui le tient l’a peut-être supprimé, ou ne le partage plus.
filter-nameless = Un filtre a besoin d’un nom.
filter-name-long = Le nom compte { $max } caractères au plus, sur une ligne.
filter-same = Il existe déjà un filtre « { $name } ». Choisissez un autre nom.
filter-many = Il y a déjà { $most } filtres. Supprimez-en un d’abord.
filter-long = Cette liste est filtrée par plus de { $most } caractères. Cherchez avec moins de mots, puis enregistrez-la.
records-closed-at = Réglé le
export-title = Exporter cette liste
export-help = Le fichier contient ce que montre la liste, dans son ordre : { $count } lignes au plus. S’il s’arrête là, sa dernière ligne le dit.
export-zone = Les dates et heures sont celles de { $zone }.
export-xlsx = Classeur (XLSX)
export-csv = CSV
export-columns = Colonnes
export-more = Ce fichier ne contient que les { $count } premières lignes. Filtrez la liste et exportez les autres à part.
report-title = Rapport mensuel
report-month = { $month } { $year }
report-which = Mois
report-show = Afficher
report-by = Selon
report-what = Quoi
report-all = Tous
report-before = Le mois précédent
report-none = Aucun de ceux-ci
report-mailbox = Boîte aux lettres
report-received = Reçus
report-settled = Réglés
report-median = Âge médian au règlement (jours)
report-open = Ouverts à la fin
report-than = { $month } : { $figure }
report-days = Jour par jour
report-days-said = { $received } reçus et { $settled } réglés ce mois-ci, { $most } au plus par jour
report-cut = Il y a plus de dossiers réglés qu’un rapport n’en compte : leur nombre s’arrête à 50 000.
report-help = Ce qui a été reçu est compté à sa date, ce qui a été réglé au moment où il l’a été en dernier. L’étape, la catégorie et le canal sont ceux d’aujourd’hui.
records-confidential = Confidentiel
