# Aliases: addresses that the mail gateway turns into records.
aliases-title = Alias
aliases-new = Nouvel alias
aliases-in-use = En service
aliases-show-all = Tout afficher
aliases-empty-title = Aucune adresse n’est encore aiguillée
aliases-empty = Un serveur de messagerie qui remet tout son courrier (par mailgate deliver, ou message_process de l’API) doit savoir ce que devient chaque adresse. Cliquez sur « Nouveau » et saisissez la première.
aliases-empty-search = Aucun alias ne contient ces mots.
aliases-empty-archived = Rien n’est archivé.

aliases-column-address = Adresse
aliases-column-becomes = Devient
aliases-joins = Rattaché à : { $label } { $id }

aliases-group-address = Courrier pour
aliases-group-becomes = Devient
aliases-field-name = Adresse avant @
aliases-field-domain = Domaine
aliases-field-object_model = Créer un nouveau dossier
aliases-field-contact = Qui peut écrire
aliases-field-defaults = Valeurs par défaut
aliases-field-record = Toujours rattacher à
aliases-none-object_model = Choisir…
aliases-placeholder-name = support
aliases-placeholder-domain = example.org
aliases-help-name = Les majuscules ne comptent pas, ni ce qui suit un plus : support prend aussi support+aujourdhui.
aliases-help-domain = Vide : cette adresse dans tous les domaines. Un alias limité à un domaine passe en premier.
aliases-help-contact = Le courrier des autres est retenu ; personne ne reçoit d’avis de non-remise.
aliases-help-defaults = Valeurs de chaque nouveau dossier, comme dans Odoo : {"{"}'priority': '2', 'channel': 'email'{"}"}
aliases-help-record = Numéro d’un dossier auquel tout ce courrier est rattaché. Vide : chaque courrier crée un nouveau dossier.
aliases-contact-everyone = Tout le monde
aliases-contact-partners = Les contacts seulement

aliases-conflict = Quelqu’un d’autre a modifié l’alias en même temps que vous. Rien n’est encore enregistré.
aliases-archived-done = Archivé : son courrier n’est plus aiguillé. Vous le retrouvez dans la liste sous « Archivé ».
aliases-unarchived = De nouveau en service.
aliases-deleted = { $address } est supprimé.
aliases-delete = Supprimer
aliases-cancel = Annuler
aliases-delete-title = Supprimer { $address }
aliases-delete-goes = L’alias est supprimé pour toujours : le courrier pour cette adresse n’est plus aiguillé.
aliases-delete-stays = Les dossiers issus de son courrier restent, ainsi que le registre.
aliases-audit = Ce qui est arrivé à cet alias
alias-local-part = Saisissez ici seulement ce qui précède le @.
alias-name = Saisissez ce qui précède le @ de l’adresse, par exemple support, sans espaces ni plus.
alias-domain = Saisissez un domaine comme example.org, ou rien pour tous les domaines.
alias-contact = Choisissez qui peut lui écrire.
