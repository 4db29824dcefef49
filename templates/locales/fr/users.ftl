# Settings, users, preferences and the audit.
users-field-name = Nom
users-field-login = Identifiant
users-password-help = Au moins 10 caractères, sans votre nom. Trois ou quatre mots se retiennent bien.
settings-users = Utilisateurs
settings-active-users = { $count ->
    [one] 1 utilisateur actif
   *[other] { $count } utilisateurs actifs
}
settings-manage-users = Gérer les utilisateurs
settings-email = E-mail entrant
settings-email-off = Activez le mode développeur ci-dessous ; le menu Technique mène alors aux serveurs de messagerie entrants.
settings-email-on = Les boîtes aux lettres dont le courrier devient des dossiers se trouvent dans le menu Technique.
settings-developer-tools = Outils de développement
settings-activate = Activer le mode développeur
settings-deactivate = Désactiver le mode développeur

users-title = Utilisateurs
users-new = Nouvel utilisateur
users-account = Compte
users-field-role = Rôle
users-help-role = Administrateur système : tout. Agent des plaintes : dossiers et courrier retenu. Auditeur : lit les dossiers, les messages et l’audit, ne change rien.
users-help-login = Ce que la personne saisit pour se connecter, par exemple une adresse e-mail.
users-preferences = Langue et heure
users-field-language = Langue
users-field-time_zone = Fuseau horaire
users-set-password = Définir le mot de passe
users-new-password = Nouveau mot de passe
users-set-password-help = Au moins 10 caractères, sans le nom de la personne. La personne est déconnectée partout.
users-password-set = Le mot de passe est défini. Les sessions antérieures sont terminées.
users-access = Accès
users-sign-out = Déconnecter partout
users-sign-out-help = Termine toutes les sessions de cette personne. Le mot de passe et les clés d’API restent valables.
users-signed-out = Cette personne est déconnectée partout.
users-archive-help = Un utilisateur archivé ne peut pas se connecter et ses clés d’API sont révoquées pour de bon. Les dossiers et l’audit gardent son nom.
users-unarchive-help = Cet utilisateur est archivé et ne peut pas se connecter. Les clés d’API révoquées ne reviennent pas.
users-audit = Ce qui est arrivé à ce compte

preferences-change-password = Changer le mot de passe
preferences-current-password = Mot de passe actuel
preferences-password-changed = Votre mot de passe est changé. Vos autres sessions sont terminées.

own-password = Votre propre mot de passe
own-password-help = Nécessaire seulement pour changer l’identifiant ou le rôle.
own-password-new = Celui de votre connexion, pour que personne ne fasse cela devant un écran laissé ouvert.

sessions-title = Où vous êtes connecté
sessions-help = Déconnectez ce que vous ne reconnaissez pas, puis changez votre mot de passe.
sessions-address = Adresse
sessions-since = Connecté
sessions-last-seen = Vu la dernière fois
sessions-unknown = Inconnue
sessions-here = Celle-ci
sessions-by-key = Clé d’API
sessions-others = Partout ailleurs
sessions-end = Déconnecter
sessions-ended = { $count ->
    [0] Vous n’étiez connecté nulle part ailleurs.
    [one] Déconnecté là-bas.
   *[other] Déconnecté à { $count } endroits.
}

audit-when = Quand
audit-user = Utilisateur
audit-action = Action
audit-object = Objet
audit-number = Numéro
audit-changes = Modifications
audit-empty = Rien ici
audit-empty-help = Aucune entrée de l’audit ne correspond à ce filtre.
user-self = Vous ne pouvez pas vous archiver vous-même.
    .remedy = Demandez à un autre administrateur système.
user-missing = L’utilisateur { $id } n’existe pas.
user-twice = Il existe déjà un utilisateur { $login }, peut-être archivé. Choisissez un autre identifiant.
user-last-admin = { $name } est le dernier administrateur système actif.
    .remedy = Donnez d’abord ce rôle à quelqu’un d’autre.
user-login = Saisissez un identifiant, par exemple une adresse e-mail.
user-login-long = Un identifiant a au plus 254 caractères et aucun retour à la ligne.
user-name = Saisissez le nom de la personne, en 200 caractères au plus.
user-language = Choisissez une langue de la liste.
user-time-zone = Choisissez un fuseau horaire de la liste, par exemple Africa/Nairobi.
user-role = Choisissez un rôle.
audit-action-sign_in = S’est connecté
audit-action-sign_in_failed = Connexion échouée
audit-action-sign_out = S’est déconnecté
audit-action-create = Créé
audit-action-write = Modifié
audit-action-archive = Archivé
audit-action-unarchive = Désarchivé
audit-action-delete = Supprimé
audit-action-set_password = Mot de passe défini
audit-action-confirm = Confirmé
audit-action-reset_confirmation = Confirmation annulée
audit-action-trust_certificate = Certificat approuvé
audit-action-fetch = Relevé à la main
audit-action-open_source = Source ouverte
audit-action-deliver = Livré à la main
audit-action-retry = Réessayé
audit-action-dismiss = Écarté
audit-action-restore = Rétabli
audit-action-join = Fusionné
audit-action-split = Courriel séparé
audit-action-rotate_key = Clé secrète renouvelée
audit-action-new_key = Nouvelle clé secrète créée
audit-action-forget_password = Mot de passe oublié
audit-action-begin_sign_in = Connexion à la boîte commencée
audit-action-end_sign_in = Connexion à la boîte revenue
audit-action-stop_import = Importation arrêtée
audit-action-continue_import = Importation poursuivie
audit-action-undo_import = Importation annulée
audit-action-restore_import = Importation annulée reprise
audit-action-export = Exporté en fichier
audit-action-open = Ouvert
audit-action-name_readers = Lecteurs désignés
audit-secret-key = Clé secrète
