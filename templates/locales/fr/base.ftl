# Words of the layout and of what all pages share.
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
menu-connections = Connexions

# Between thousands.
find-title = Chercher un dossier
find-hint = Numéro, nom, texte…
find-more = Tout afficher
find-contacts = Contacts
find-pending = { $count } changements restent à indexer ; la recherche ne les trouve pas encore.
find-indexing = Les anciens dossiers sont encore en cours d’indexation ({ $percent } %). Pour le moment, la recherche montre les plus récents.
find-none = Aucun résultat
find-none-next = Essayez moins de mots ou des mots plus courts, ou un numéro.

save = Enregistrer
discard = Abandonner
new = Nouveau
archive = Archiver
unarchive = Désarchiver
archived = Archivé
search = Rechercher
filter = Filtrer
all = Tous
saved = Enregistré.
status = Statut
pager = Pages
pager-previous = Précédent
pager-next = Suivant
crumbs = Fil d’Ariane
form-summary = { $count ->
    [one] Une saisie est à revoir :
   *[other] { $count } saisies sont à revoir :
}

failing-title = Ce qui ne fonctionne pas
failing-since = est en échec depuis le
failing-paused = ne reçoit plus de courrier depuis le
failing-next = Nouvel essai
failing-more = { $count ->
    [one] Un autre serveur est en échec.
   *[other] { $count } autres serveurs sont en échec.
}

key-missing = La clé secrète { $file } manque. Les serveurs entrants et les connexions avec mot de passe attendent son retour ; tout le reste continue.
key-unreadable = La clé secrète { $file } ne peut pas être lue. Les serveurs entrants et les connexions avec mot de passe attendent ; tout le reste continue.
key-wrong = La clé secrète { $file } n’est pas celle qui a scellé les mots de passe de cette base. Les serveurs entrants et les connexions avec mot de passe attendent son retour ; tout le reste continue.
key-behind = La clé secrète { $file } est plus ancienne que celle de cette base. Les serveurs entrants et les connexions avec mot de passe attendent la nouvelle ; tout le reste continue.
key-remedy-missing = Remettez la clé depuis la sauvegarde ; elle est reprise sans redémarrage. Si elle est perdue pour de bon, lancez mailgate key new --forget-passwords sur le serveur et saisissez à nouveau les mots de passe.
key-remedy-unreadable = Rendez le fichier lisible pour l’utilisateur de Mailgate, ou remettez la clé depuis la sauvegarde ; elle est reprise sans redémarrage. Si elle est perdue pour de bon, lancez mailgate key new --forget-passwords sur le serveur et saisissez à nouveau les mots de passe.
key-remedy-wrong = Remettez la bonne clé depuis la sauvegarde ; elle est reprise sans redémarrage. Si elle est perdue pour de bon, lancez mailgate key new --forget-passwords sur le serveur et saisissez à nouveau les mots de passe.
key-remedy-behind = Copiez le fichier de la clé depuis le nœud où mailgate key rotate a été lancé, ou depuis la dernière sauvegarde ; il est repris sans redémarrage. Si un gestionnaire de services fournit la clé, redémarrez le service.
key-for-others = Le courrier de certaines boîtes n’est pas relevé en ce moment. Rien n’est perdu : il attend là où il est. Prévenez votre administrateur système.

state-received = Reçu
state-routed = Aiguillé
state-delivering = En livraison
state-delivered = Livré
state-held = Retenu
state-ignored = Ignoré
state-retrying = Nouvel essai
state-waiting = En attente
state-seen = Vus

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

kept-sign-in = Vous avez été déconnecté. Connectez-vous : ce que vous avez écrit est conservé et reviendra.
kept-comes-back = Vous avez été déconnecté avant l’envoi. Ce que vous aviez écrit est de nouveau ici : relisez-le, puis envoyez-le.
kept-nothing = Vous avez été déconnecté et rien n’a été fait. Recommencez si vous le souhaitez toujours.
kept-for-another = Rien n’a été modifié : cette page a été ouverte par quelqu’un d’autre, avant votre connexion. Ce qui y était écrit est conservé pour cette personne et n’est montré à personne d’autre.
kept-waiting = Un texte que vous aviez écrit n’a pas été envoyé, car vous avez été déconnecté :
kept-open = Voir ce texte
unsent = Pas envoyé : pas de réseau. Ce que vous avez écrit est toujours ici. Réessayez.
unanswered = Pas envoyé : la réponse ne venait pas de Mailgate. Ce que vous avez écrit est toujours ici. Réessayez.
restored = Ce que vous aviez saisi ici sans l’envoyer a été remis en place.
error-home = Retour à la vue d’ensemble
error-csrf = Rien n’a été modifié : cette page a été ouverte avant la dernière connexion, ou vient d’ailleurs. Si votre saisie se trouve de nouveau ici, relisez-la et envoyez-la encore une fois ; sinon, revenez en arrière, rechargez la page et envoyez-la à nouveau.
error-too-large = Rien n’a été modifié : c’est plus que Mailgate n’accepte en une fois (2 Mo). Ce qui tient se trouve de nouveau ici ; raccourcissez-le et envoyez-le à nouveau.
error-too-slow = Rien n’a été modifié : le formulaire est arrivé trop lentement, peut-être à cause d’une mauvaise liaison. Ce qui est arrivé se trouve de nouveau ici ; vérifiez-le et envoyez-le à nouveau.
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
error-500 = C’est notre faute. Réessayez ; si cela persiste, dites à l’administrateur quand c’est arrivé.
error-503-title = Indisponible
error-503 = Mailgate n’a pas pu joindre sa base de données. Réessayez bientôt.
error-too-long = Cette recherche durait trop longtemps et a été arrêtée ; tout le reste continue. Revenez en arrière et précisez-la : choisissez un onglet, une étape ou un serveur, ou cherchez des mots plus longs.
error-busy = Trop de recherches sont en cours. Attendez quelques secondes, puis rechargez cette page.

active = Actif
filter-clear = Effacer
date = { $day } { $month } { $year }
date-time = { $date }, { $time }
size-bytes = { $size } o
size-kilobytes = { $size } ko
size-megabytes = { $size } Mo
size-gigabytes = { $size } Go
became = →
shortcuts-title = Raccourcis clavier
shortcuts-on = Utiliser les raccourcis clavier
shortcuts-help = Des touches seules actionnent des boutons tant que rien n’est saisi. Désactivez-les si vous parlez à votre ordinateur ou si vous appuyez sur des touches par erreur.
shortcuts-off = Désactiver
shortcuts-close = Fermer
shortcuts-control-enter = Ctrl + Entrée
shortcuts-send = Envoyer ce qui est saisi
shortcuts-list = Cette liste
shortcuts-find = Trouver un dossier
shortcuts-j = Suivant dans la liste
shortcuts-k = Précédent dans la liste
shortcuts-u = Retour à la liste
shortcuts-a = M’attribuer
shortcuts-n = Écrire une note
shortcuts-stage = Passer à cette étape
shortcuts-r = Marquer comme lu
shortcuts-x = Choisir la ligne
failing-others = { $count ->
    [one] Aucun courriel n’arrive par « { $name } » ; rien n’est perdu. Depuis :
   *[other] Aucun courriel n’arrive par { $count } boîtes ou connexions ; rien n’est perdu. La première, « { $name } », depuis :
}
error-files-too-large = Rien n’a été modifié : dix fichiers de 25 Mo au total partent à la fois. Votre texte est de nouveau là ; choisissez moins de fichiers ou de plus petits et envoyez de nouveau.
