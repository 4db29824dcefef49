# Les mots de la mise en page et de toutes les pages. Ce qui manque ici se dit en anglais.
brand = Mailgate
skip-to-content = Aller au contenu
nav-menus = Menus
nav-sections = Rubriques
nav-overview = Vue d’ensemble
nav-messages = Messages
nav-settings = Paramètres
nav-audit = Audit
nav-preferences = Préférences
nav-sign-out = Se déconnecter
menu-general-settings = Paramètres généraux
menu-users = Utilisateurs
menu-technical = Technique
menu-email = E-mail
menu-incoming = Serveurs de messagerie entrants

find-title = Chercher un dossier
find-hint = Numéro, nom, texte…
find-more = Tout afficher
find-contacts = Contacts
find-indexing = Les anciens dossiers sont encore en cours d’indexation ({ $percent } %). Pour le moment, la recherche montre les plus récents.
find-none = Aucun résultat
find-none-next = Essayez moins de mots ou des mots plus courts, ou un numéro.
number-separator = { "\u202F" }
save = Enregistrer
discard = Abandonner
new = Nouveau
archive = Archiver
unarchive = Désarchiver
archived = Archivé
active = Actif
search = Rechercher
filter = Filtrer
filter-clear = Effacer
all = Tous
saved = Enregistré.
status = Statut
pager = Pages
pager-previous = Précédent
pager-next = Suivant
crumbs = Fil d’Ariane
form-summary = { $count ->
    [one] Une saisie est à revoir :
   *[other] { $count } saisies sont à revoir :
}

failing-title = Ce qui ne fonctionne pas
failing-since = est en échec depuis
failing-paused = ne reçoit plus de courrier depuis
failing-next = Nouvel essai
failing-more = { $count ->
    [one] Un autre serveur est en échec.
   *[other] { $count } autres serveurs sont en échec.
}

key-missing = La clé secrète { $file } manque. Les serveurs entrants et les connexions avec mot de passe attendent son retour ; tout le reste continue.
key-unreadable = La clé secrète { $file } ne peut pas être lue. Les serveurs entrants et les connexions avec mot de passe attendent ; tout le reste continue.
key-wrong = La clé secrète { $file } n’est pas celle qui a scellé les mots de passe de cette base. Les serveurs entrants et les connexions avec mot de passe attendent son retour ; tout le reste continue.
key-behind = La clé secrète { $file } est plus ancienne que celle de cette base. Les serveurs entrants et les connexions avec mot de passe attendent la nouvelle ; tout le reste continue.
key-remedy-missing = Remettez la clé depuis la sauvegarde ; elle est reprise sans redémarrage. Si elle est perdue pour de bon, lancez mailgate key new --forget-passwords sur le serveur et saisissez à nouveau les mots de passe.
key-remedy-unreadable = Rendez le fichier lisible pour l’utilisateur de Mailgate, ou remettez la clé depuis la sauvegarde ; elle est reprise sans redémarrage. Si elle est perdue pour de bon, lancez mailgate key new --forget-passwords sur le serveur et saisissez à nouveau les mots de passe.
key-remedy-wrong = Remettez la bonne clé depuis la sauvegarde ; elle est reprise sans redémarrage. Si elle est perdue pour de bon, lancez mailgate key new --forget-passwords sur le serveur et saisissez à nouveau les mots de passe.
key-remedy-behind = Copiez le fichier de la clé depuis le nœud où mailgate key rotate a été lancé, ou depuis la dernière sauvegarde ; il est repris sans redémarrage. Si un gestionnaire de services fournit la clé, redémarrez le service.
key-for-others = Le courrier de certaines boîtes n’est pas relevé en ce moment. Rien n’est perdu : il attend là où il est. Prévenez votre administrateur système.

state-seen = Vus
state-received = Reçu
state-routed = Aiguillé
state-delivering = En livraison
state-delivered = Livré
state-held = Retenu
state-ignored = Ignoré
state-retrying = Nouvel essai
state-waiting = En attente

role-system_admin = Administrateur système
role-officer = Agent des plaintes
role-auditor = Auditeur

ago-seconds = à l’instant
ago-minutes = { $count ->
    [one] il y a 1 minute
   *[other] il y a { $count } minutes
}
ago-hours = { $count ->
    [one] il y a 1 heure
   *[other] il y a { $count } heures
}
ago-days = { $count ->
    [one] il y a 1 jour
   *[other] il y a { $count } jours
}
in-seconds = dans un instant
in-minutes = { $count ->
    [one] dans 1 minute
   *[other] dans { $count } minutes
}
in-hours = { $count ->
    [one] dans 1 heure
   *[other] dans { $count } heures
}
in-days = { $count ->
    [one] dans 1 jour
   *[other] dans { $count } jours
}
month-1 = janv.
month-2 = févr.
month-3 = mars
month-4 = avr.
month-5 = mai
month-6 = juin
month-7 = juil.
month-8 = août
month-9 = sept.
month-10 = oct.
month-11 = nov.
month-12 = déc.

error-home = Retour à la vue d’ensemble
error-csrf = Ce formulaire est resté ouvert trop longtemps, ou vient d’ailleurs. Rien n’a été modifié. Revenez en arrière, rechargez la page et envoyez-le à nouveau.
error-not-a-form = Mailgate n’a pas pu lire ce formulaire. Revenez en arrière, rechargez la page et envoyez-le à nouveau.
error-400-title = Cela n’a pas fonctionné
error-400 = Mailgate ne comprend pas cette demande. Revenez en arrière et réessayez.
error-403-title = Non autorisé
error-403 = Vous ne pouvez pas voir cette page. Demandez un autre rôle à un administrateur système.
error-404-title = Introuvable
error-404 = Cette page n’existe pas. Elle a peut-être été supprimée, ou l’adresse est mal écrite.
error-409-title = Impossible pour l’instant
error-409 = C’est impossible pour l’instant.
error-413-title = Trop grand
error-413 = Ce formulaire est plus grand que Mailgate ne l’accepte. Raccourcissez la saisie et envoyez-le à nouveau.
error-422-title = Pas encore correct
error-422 = Quelque chose dans cette adresse ou ce formulaire n’est pas correct. Revenez en arrière et corrigez.
error-500-title = Mailgate a échoué
error-500 = C’est notre faute. Réessayez ; si cela persiste, dites à l’administrateur quand c’est arrivé.
error-503-title = Indisponible
error-503 = Mailgate n’a pas pu joindre sa base de données. Réessayez bientôt.
error-too-long = Cette recherche durait trop longtemps et a été arrêtée ; tout le reste continue. Revenez en arrière et précisez-la : choisissez un onglet, une étape ou un serveur, ou cherchez des mots plus longs.
error-busy = Trop de recherches sont en cours. Attendez quelques secondes, puis rechargez cette page.
