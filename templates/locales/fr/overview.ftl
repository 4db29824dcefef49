# The first page.
overview-empty = Pas encore de boîte aux lettres
overview-empty-admin = Mailgate transforme le courrier d’une boîte aux lettres en dossiers. Saisissez la boîte à laquelle on écrit, testez-la, et son courrier arrive tout seul.
overview-empty-action = Créer un serveur de messagerie entrant
overview-empty-others = Aucune boîte aux lettres n’est encore relevée. Un administrateur système en configure une.
overview-none-confirmed = Aucune boîte aux lettres n’est encore confirmée
overview-none-confirmed-help = Ouvrez le serveur entrant et cliquez sur « Tester et confirmer » ; son courrier est relevé à partir de là.
overview-new-mail = Nouveau courrier
overview-mine = Les miens
overview-unassigned = Non attribués
overview-my-work = Mon travail en cours
overview-needs = À traiter maintenant
overview-needs-held = { $count ->
    [one] courrier est retenu et attend une décision
   *[other] courriers sont retenus et attendent une décision
}
overview-needs-overdue = ouverts, et leur échéance est passée
overview-needs-new-mail = nouveau courrier auquel personne n’a donné suite
overview-needs-nobody = en cours, et encore attribué à personne
overview-needs-ends = mots de passe, certificats ou authentifications arrivent bientôt à terme
overview-needs-nothing = Rien ne vous attend.
overview-by-stage = Travail en cours par étape
overview-by-age = Travail en cours par ancienneté
overview-age-week = Moins d’une semaine
overview-age-month = Jusqu’à un mois
overview-age-quarter = Jusqu’à trois mois
overview-age-older = Plus ancien
overview-mailboxes = Boîtes aux lettres
overview-mailbox = Boîte aux lettres
overview-last-mail = Dernier courrier
overview-days = 14 derniers jours
overview-days-said = Courriers de chacun des 14 derniers jours, aujourd’hui en dernier : { $days }
overview-fetched = Relevée
overview-not-fetched = Non confirmée
overview-failing = En échec
overview-no-mail = Encore aucun
overview-lately = Courriers et dossiers des 14 derniers jours
overview-lately-said = Courriers et dossiers de chacun des 14 derniers jours, en tout : courriers { $mails }, dossiers { $records } ; { $most } au plus en un jour. Le tableau ci-dessous donne chaque jour.
overview-mails = Courriers
overview-records = Dossiers
overview-as-table = Sous forme de tableau
overview-queues = En route vers les connexions
overview-queue = { $count ->
    [one] 1 courrier attend.
   *[other] { $count } courriers attendent.
}
overview-queue-since = Le plus ancien a été reçu
overview-queues-help = Le courrier attend ici, dans l’ordre, tant qu’une connexion est lente ou absente ; il repart tout seul.
overview-balance = Vus = livrés + retenus + ignorés + nouvel essai + en attente.
unknown-proxy = Les requêtes passent par un proxy à l’adresse { $peer } que Mailgate ne connaît pas. Tout le monde semble être à cette adresse, et une personne qui devine des mots de passe ralentit toutes les autres. La personne qui gère le serveur définit MAILGATE_TRUSTED_PROXY={ $peer } et fait envoyer X-Real-IP par le proxy.
overview-imports = Imports
overview-import = { $done } sur { $found } courriers
overview-imports-help = Courrier déjà présent dans une boîte lors de sa première relève. Pendant ce temps, le nouveau courrier est relevé comme d’habitude.
overview-needs-unnamed = { $count ->
    [one] dossier confidentiel que personne ne voit
    [many] de dossiers confidentiels que personne ne voit
   *[other] dossiers confidentiels que personne ne voit
}
