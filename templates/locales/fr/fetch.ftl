# What a pass over an incoming server says on that server.

fetch-lock-unusable = Le verrou de ce serveur, { $path }, ne peut pas être utilisé : { $error }.
    .remedy = Permettez à Mailgate d’écrire dans son dossier de données, et vérifiez que le disque n’est pas plein.
fetch-store-failed = La base de données ou le dossier de données de Mailgate a fait défaut ; rien n’est perdu, et un nouvel essai se fait chaque minute.
    .remedy = Vérifiez que le disque n’est pas plein et que la base de données fonctionne ; les lignes du journal de ce moment en disent plus.
fetch-fault = Mailgate lui-même a échoué sur cette boîte ; rien n’est perdu, et un nouvel essai se fait.
    .remedy = Si cela persiste, signalez-le avec les lignes du journal de ce moment.
fetch-unaccounted = Courriers montrés par le serveur de messagerie qui n’ont pu être ni relevés ni notés : { $count }. Ils restent sur le serveur, et un nouvel essai se fait à chaque relève.
    .remedy = Ouvrez-les dans le webmail, et signalez-le avec les lignes du journal de ce moment.
fetch-in-folder = Dossier « { $folder } » de la boîte : { $why }
fetch-untold = Tout le nouveau courrier est ici, mais le serveur de messagerie refuse qu’on lui en indique le sort. { $why }
    .remedy = Vérifiez que cet utilisateur peut modifier le courrier de ce dossier de la boîte, ou choisissez sous Avancé de laisser le courrier tel quel.
fetch-no-room = Un grand courrier n’a pas pu être déposé en chemin : { $error }.
    .remedy = Vérifiez que le disque du dossier de données n’est pas plein, et permettez à Mailgate d’y écrire.

# What is assumed of a mail that has another size than its server announces.
note-size-twice = Le serveur de messagerie annonce { $announced } octets de ce courrier et en a envoyé { $came }, deux fois les mêmes ; Mailgate les garde et ne supprime ni ne déplace jamais ce courrier là-bas.
note-size-none = Le serveur de messagerie n’annonce pas la taille de ce courrier ; tout ce qui est arrivé est gardé.
note-size-other = Le serveur de messagerie annonce { $announced } octets de ce courrier et en a envoyé { $came } ; tout ce qui est arrivé est gardé.

# Why mail of a server is not announced. It is fetched by its schedule.
push-lost = La liaison par laquelle le serveur annonçait le courrier est terminée, et une autre sera bientôt tentée : { $why }
push-not-connected = Aucune liaison ne permet au serveur d’annoncer le courrier ; une autre est tentée : { $why }
push-not-offered = Le serveur ne propose pas d’annoncer le courrier (IMAP IDLE). La question lui est reposée toutes les heures.
push-refused = Le serveur ne veut pas annoncer le courrier en ce moment ; la question lui est reposée, de moins en moins souvent : { $said }
push-no-descriptors = { $most } boîtes sont déjà annoncées, et le système ne permet pas plus de liaisons à ce processus. Relevez sa limite de fichiers ouverts (nofile).
