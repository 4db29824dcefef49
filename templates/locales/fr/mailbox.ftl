# What goes wrong between Mailgate and a mail server, and what its administrator is to do. And the stages of its test.

mailbox-name-is = { $host } est { $addresses }.
mailbox-connected = Port { $port } : { $outcomes }.
mailbox-address-connected = { $address } : liaison établie
mailbox-address-silent = { $address } : pas de réponse
mailbox-encrypted = Chiffré. Certificat pour { $names }, émis par « { $issuer } », valable jusqu’au { $until }.
mailbox-encrypted-trusted = Chiffré. Certificat pour { $names }, émis par « { $issuer } », valable jusqu’au { $until }, de confiance pour ce serveur par son SHA-256.
mailbox-speaks = Il parle { $protocol }.
mailbox-speaks-offering = Il parle { $protocol } et propose : { $offers }.
mailbox-signed-in = Authentifié comme « { $user } ».
mailbox-holds = { $place } contient { $count } { $count ->
    [one] courrier
   *[other] courriers
}.
mailbox-holds-unread = { $place } contient { $count } { $count ->
    [one] courrier
   *[other] courriers
} (non lus : { $unread }).
mailbox-the-mailbox = La boîte aux lettres
mailbox-the-maildir = Le Maildir

# What a server is asked to do: ends “… while it was asked to”.
mailbox-doing-begin-tls = commencer TLS
mailbox-doing-compare = comparer des messages
mailbox-doing-count = compter les messages
mailbox-doing-delete = supprimer des messages
mailbox-doing-delete-all = supprimer tout ce qui lui a été indiqué
mailbox-doing-go-on = continuer
mailbox-doing-greet = saluer à l’ouverture
mailbox-doing-hand-over = remettre des messages
mailbox-doing-hold-still = rester en place
mailbox-doing-introduce = dire ce qu’il est
mailbox-doing-list = lister les messages
mailbox-doing-list-all = lister le contenu de la boîte
mailbox-doing-list-capabilities = lister ses capacités
mailbox-doing-list-folders = lister ses dossiers
mailbox-doing-list-sizes = lister les tailles
mailbox-doing-list-uidls = lister les UIDL
mailbox-doing-look-again = vérifier à nouveau
mailbox-doing-mark = marquer des messages
mailbox-doing-move = déplacer des messages
mailbox-doing-number = numéroter ses messages
mailbox-doing-open = ouvrir le dossier de la boîte
mailbox-doing-search = chercher dans le dossier de la boîte
mailbox-doing-show-header = montrer un en-tête
mailbox-doing-show-headers = montrer des en-têtes
mailbox-doing-show-newest = montrer ses messages les plus récents
mailbox-doing-sign-in = authentifier le compte
mailbox-doing-sign-out = clore la session
mailbox-doing-uid-validity = donner son UIDVALIDITY
mailbox-doing-wait = annoncer le nouveau courrier

mailbox-timeout = { $place } n’a pas répondu à temps. Demande en cours : { $doing }.
mailbox-broke-limit = { $place } a dépassé une limite : { $limit }. Demande en cours : { $doing }.
mailbox-cut = { $place } a mis fin à la liaison. Demande en cours : { $doing }.
mailbox-ended-session = { $place } a mis fin à la session (demande en cours : { $doing }) : { $said }
mailbox-refused = { $place } a refusé la demande ({ $doing }) : { $said }
mailbox-removed-all-the-time = des messages sont supprimés sans cesse
mailbox-limit-line = il a envoyé une ligne de plus de 64 ko
mailbox-limit-parts = sa réponse a trop de parties
mailbox-limit-data = il annonce plus de données que demandé
mailbox-limit-announced = il annonce plus d’octets d’un message qu’il n’en envoie
mailbox-limit-answer = sa réponse est plus longue que demandé
mailbox-limit-completion = il n’a terminé sa réponse ni par OK, ni par NO, ni par BAD
mailbox-limit-length = ce qu’il a envoyé n’a pas la longueur annoncée
mailbox-limit-listed = un message est bien plus grand que la taille listée

mailbox-name-not-looked-up-because = Le nom « { $host } » n’a pas pu être recherché : { $error }.
mailbox-name-not-looked-up = Le nom « { $host } » n’a pas pu être recherché.
mailbox-name-not-found = Le nom « { $host } » est introuvable.
mailbox-name-without-address = Le nom « { $host } » n’a pas d’adresse.
mailbox-name-service-silent = Le service de noms n’a pas répondu à temps pour « { $host } ».
    .remedy = Le service de noms (DNS) de cet ordinateur n’a pas répondu, quel que soit le nom. Vérifiez le réseau et les paramètres DNS de cet ordinateur ; Mailgate réessaie tout seul.
mailbox-not-connected = { $host } n’a pas accepté de liaison sur le port { $port } ({ $outcomes }).

mailbox-strange-preauth = { $place } tient tout le monde pour déjà authentifié (PREAUTH) ; Mailgate n’utilise pas un tel serveur.
mailbox-strange-capabilities = { $place } n’a pas listé ses capacités : { $line }.
mailbox-strange-capabilities-without-end = { $place } liste des capacités sans fin.
mailbox-strange-plain-text = { $place } a envoyé du texte en clair après avoir accepté le chiffrement, comme le ferait un attaquant en chemin.
mailbox-strange-more-than-password = { $place } demande plus qu’un identifiant et un mot de passe.
mailbox-strange-sign-in = { $place } n’a répondu à l’authentification ni par +OK ni par -ERR : { $line }.
mailbox-strange-status = { $place } n’a répondu ni par +OK ni par -ERR : { $line }.
mailbox-strange-million = { $place } liste plus d’un million de messages.
mailbox-no-list-now = { $place } ne peut pas lister son courrier en ce moment : { $said }.
mailbox-no-uidl = { $place } n’a pas UIDL, et ses courriers ne peuvent donc pas être distingués : { $said }.
    .remedy = Utilisez plutôt IMAP, ou demandez à l’administrateur de votre messagerie d’autoriser UIDL.
mailbox-asks-to-wait = { $place } demande à Mailgate d’attendre : { $said }
    .remedy = Mailgate attend, puis réessaie tout seul. Si cela persiste, relevez moins souvent, ou demandez à l’administrateur de votre messagerie ce que ce serveur autorise.
mailbox-turns-away = { $place } refuse les liaisons : { $said }
mailbox-speaks-other = { $place } parle { $speaks }, et non { $wanted } : { $said }
mailbox-speaks-something-else = { $place } parle autre chose que { $wanted } : { $said }
mailbox-speaks-tls = { $place } parle SSL/TLS dès le début.

mailbox-no-starttls = { $place } ne propose pas { $capability } ; rien n’est envoyé sans chiffrement.
mailbox-starttls-refused = { $place } a refusé { $capability } : { $said }
mailbox-no-plain-sign-in = { $place } n’accepte pas de mot de passe sans chiffrement (LOGINDISABLED).
mailbox-no-plain-sign-in-saying = { $place } n’accepte pas de mot de passe sans chiffrement : { $said }
mailbox-no-sign-in = { $place } ne propose pas d’authentification par mot de passe (LOGINDISABLED).
mailbox-no-sign-in-saying = { $place } n’accepte pas d’authentification par mot de passe : { $said }
mailbox-zero-bytes = un identifiant ou un mot de passe ne contient pas d’octet nul
mailbox-sign-in-refused = { $host } a refusé l’authentification de « { $user } ».
mailbox-sign-in-refused-saying = { $host } a refusé l’authentification de « { $user } » : { $said }
mailbox-not-now = { $host } ne peut pas ouvrir la boîte de « { $user } » en ce moment.
mailbox-not-now-saying = { $host } ne peut pas ouvrir la boîte de « { $user } » en ce moment : { $said }

mailbox-certificate-unreadable = { $place } présente un certificat illisible.
mailbox-certificate-unseen = Le certificat de { $place } n’a pas été accepté.
    .remedy = Il n’a pas pu être examiné à nouveau. Testez encore une fois.
mailbox-certificate-changed = { $place } présente un autre certificat que celui de confiance. De confiance : SHA-256 { $trusted }. Vu maintenant : SHA-256 { $seen }, émis par « { $issuer } ».
    .remedy = Demandez à l’administrateur de votre messagerie si le certificat a été renouvelé. Si c’est le cas et que son SHA-256 est celui vu maintenant, faites confiance au nouveau ; sinon, quelqu’un écoute peut-être entre ici et le serveur.
mailbox-certificate-nameless = Le certificat de { $host } ne le nomme que d’une façon dépassée : comme nom commun de son sujet, et non parmi les noms alternatifs (subjectAltName). Émis par « { $issuer } », SHA-256 { $sha256 }.
    .remedy = Demandez à l’administrateur de votre messagerie un certificat avec { $host } parmi ses noms alternatifs (subjectAltName) ; toute autorité en délivre aujourd’hui. Ne faites confiance à ce seul certificat que si l’administrateur de votre messagerie confirme son SHA-256 ; il faudra recommencer au prochain renouvellement.
mailbox-certificate-date = Le certificat de { $host } n’est valable que du { $from } au { $until } (SHA-256 { $sha256 }).
mailbox-certificate-other-server = Le certificat de { $host } est celui d’un autre serveur (SHA-256 { $sha256 }).
mailbox-certificate-chain-date = Le certificat de { $host } est lui-même valable, mais l’un de ceux qui le garantissent (son émetteur, ou l’émetteur de celui-ci) ne l’est pas en ce moment. Émis par « { $issuer } », SHA-256 { $sha256 }.
    .remedy = Demandez à l’administrateur de votre messagerie de renouveler les certificats que le serveur envoie avec le sien, et tenez à jour la liste des autorités de cet ordinateur.
mailbox-certificate-weak = Le certificat de { $host }, ou l’un de ceux qui le garantissent, a une clé ou une signature trop faible pour être sûre. Émis par « { $issuer } », SHA-256 { $sha256 }.
mailbox-certificate-revoked = Le certificat de { $host } a été révoqué par « { $issuer } » (SHA-256 { $sha256 }).
    .remedy = Demandez à l’administrateur de votre messagerie un nouveau certificat : celui-ci a été retiré par son autorité.
mailbox-certificate-purpose = Le certificat de { $host } n’est pas fait pour des serveurs. Émis par « { $issuer } », SHA-256 { $sha256 }.
    .remedy = Demandez à l’administrateur de votre messagerie un certificat fait pour des serveurs.
mailbox-certificate-untrusted = Aucune autorité connue ici ne garantit le certificat de { $host } : émis par « { $issuer } », SHA-256 { $sha256 }.

mailbox-authorities-unreadable = Les autorités supplémentaires de { $path } (CA_FILE) ne peuvent pas être lues : { $why }.
    .remedy = CA_FILE est un fichier PEM contenant un ou plusieurs certificats.
mailbox-authorities-empty = Les autorités supplémentaires de { $path } (CA_FILE) ne peuvent pas être lues : ce fichier ne contient aucun certificat au format PEM.
    .remedy = CA_FILE est un fichier PEM contenant un ou plusieurs certificats.
mailbox-tls-starttls-plain = { $place } a accepté le chiffrement, puis a continué sans.
mailbox-tls-plain = { $place } ne commence pas par TLS, mais par du texte en clair.
mailbox-tls-outdated = { $place } ne chiffre que de manière dépassée (avant TLS 1.2).
mailbox-tls-short-key = { $place } chiffre avec une clé Diffie-Hellman trop courte pour être sûre.
mailbox-tls-weak-certificate = { $place } a un certificat dont la clé ou la signature est trop faible pour être sûre.
mailbox-tls-broke-off = { $place } a rompu au moment de convenir du chiffrement.
    .remedy = Le plus souvent, un tel serveur ne connaît que du chiffrement qui n’est plus sûr, ou demande un certificat client. Demandez à l’administrateur de votre messagerie de le mettre à jour, ou un accès par identifiant et mot de passe.
mailbox-tls-nothing-in-common = { $place } et Mailgate n’ont en commun aucun chiffrement sûr.
mailbox-tls-renegotiation = { $place } chiffre d’une manière ancienne où d’autres peuvent s’introduire (sans RFC 5746).
mailbox-tls-client-certificate = { $place } demande un certificat de cet ordinateur.
    .remedy = Ce serveur n’accepte que ceux qui présentent un certificat, et Mailgate n’en a pas. Demandez à l’administrateur de votre messagerie un accès par identifiant et mot de passe.
mailbox-tls-unknown-name = { $place } ne connaît aucun serveur de ce nom.
    .remedy = Vérifiez le nom du serveur : ce doit être un nom que le serveur se connaît.
mailbox-tls-not-agreed = { $place } et Mailgate n’ont pas pu convenir du chiffrement.

mailbox-announces-nothing = Cette boîte n’annonce pas de courrier.
mailbox-speaks-too-much = { $place } en dit plus qu’un serveur qui annonce du courrier.
mailbox-ends-waiting = { $place } met chaque fois fin aussitôt à l’attente demandée.
mailbox-at-once = Le serveur de messagerie annonce chaque courrier.
mailbox-at-once-all = Le serveur de messagerie annonce chaque courrier, dans chacun de ces dossiers.
mailbox-at-once-first = Le serveur de messagerie annonce chaque courrier dans « { $folder } » ; les autres dossiers de la boîte sont vérifiés toutes les { $seconds } secondes.
mailbox-folder-read-only = Le dossier « { $folder } » de la boîte est en lecture seule.
    .remedy = Choisissez « Laisser tel quel » sous Après la relève, ou demandez à l’administrateur de votre messagerie le droit de modifier ce dossier.
mailbox-folder-closed = Le dossier « { $folder } » de la boîte ne peut pas être ouvert : { $said }.
mailbox-folder-not-moved-to = Des messages n’ont pas pu être déplacés vers le dossier « { $folder } » de la boîte : { $said }
mailbox-numbered-anew = { $place } a renuméroté ses messages entre-temps.

# Of one message, on its row of the ledger.
mailbox-message-gone = Il n’est plus sur le serveur de messagerie.
mailbox-message-not-told-of = { $place } refuse qu’on lui indique le sort de ce message : { $why }
mailbox-message-not-compared = Son en-tête n’a pas pu être comparé avant sa suppression : { $why }
mailbox-message-not-mentioned = { $place } n’en dit rien
mailbox-message-not-listed = { $place } n’a pas listé ce message : { $why }
mailbox-message-refused = { $place } n’a pas remis ce message : { $said }
mailbox-message-refused-by-server = Le serveur n’a pas remis ce message : { $why }
mailbox-message-broken = Ce message n’est pas arrivé jusqu’au bout : { $why }
mailbox-message-short = { $place } annonce { $announced } octets de ce message, en a envoyé { $came } et ne l’a pas remis une seconde fois.
mailbox-message-unlike = Le serveur de messagerie annonce { $announced } octets de ce message et en a envoyé { $one }, puis { $other } autres.
mailbox-message-missing = { $place } répond sans le message, alors qu’il l’affiche.
mailbox-message-not-deleted = Le serveur a refusé de le supprimer : { $said }
mailbox-message-cut = Il est arrivé tronqué : la ligne qui termine un message est venue en son milieu, avec une suite derrière. Rien n’a été supprimé ni marqué là-bas ; ouvrez-le dans le webmail pour le voir en entier.
mailbox-message-cut-sizes = Il est arrivé tronqué : la ligne qui termine un message est venue en son milieu, avec une suite derrière. Le serveur de messagerie a annoncé { $announced } octets et en a envoyé { $received }. Rien n’a été supprimé ni marqué là-bas ; ouvrez-le dans le webmail pour le voir en entier.
mailbox-message-file-unreadable = Un fichier du Maildir { $maildir } ne peut pas être lu : { $error }.

mailbox-no-room = Un grand message n’a pas pu être gardé dans un fichier temporaire : { $error }.
    .remedy = Faites de la place dans le dossier des fichiers temporaires, ou désignez par TMPDIR un dossier qui en a.
mailbox-maildir-unusable = Le Maildir { $path } ne peut pas être utilisé : { $why }.
    .remedy = Le Maildir d’un serveur local se trouve sous { $root } et contient les dossiers new, cur et tmp.
mailbox-maildir-elsewhere = il se trouve ailleurs
mailbox-maildir-no-folder = son { $part } n’est pas un dossier
mailbox-maildir-folder = son dossier { $part } : { $error }
mailbox-maildir-broken = { $path } : { $error }.
    .remedy = Donnez à l’utilisateur de Mailgate le droit de lire et d’écrire ce Maildir.
mailbox-no-maildir = « { $name } » n’a pas de Maildir : le courrier n’y arrive que par mailgate deliver.

# What to do.
remedy-name = Aucun serveur du nom de « { $host } » n’a été trouvé. Vérifiez l’orthographe. Si seul votre réseau interne le connaît, cet ordinateur doit utiliser le DNS de ce réseau.
remedy-connect = { $host } n’a pas accepté de liaison sur le port { $port }. Ports habituels : IMAP 993 (143 sans SSL/TLS), POP 995 (110). Si le port est bon, demandez à votre équipe réseau de laisser passer cet ordinateur par le pare-feu.
remedy-unreachable = Cet ordinateur n’a aucun chemin vers cette adresse. Vérifiez son réseau, ou demandez à votre équipe réseau.
remedy-not-tls = Le port { $port } ne commence pas par SSL/TLS. Utilisez le port { $tls }, ou décochez SSL/TLS et choisissez STARTTLS sous Avancé.
remedy-not-tls-on-its-port = Le port { $port } ne commence pas par SSL/TLS. Décochez SSL/TLS et choisissez STARTTLS sous Avancé (le plus souvent avec le port { $plain }).
remedy-starttls-broken = STARTTLS ne fonctionne pas sur ce serveur. Cochez SSL/TLS et utilisez le port { $tls }, ou demandez à l’administrateur de votre messagerie.
remedy-is-tls = Le port { $port } commence aussitôt par SSL/TLS. Cochez SSL/TLS, ou utilisez le port { $plain } avec STARTTLS.
remedy-is-tls-on-plain-port = Le port { $port } commence aussitôt par SSL/TLS. Cochez SSL/TLS.
remedy-weak-tls = Mailgate a besoin de TLS 1.2 ou plus récent. Demandez à l’administrateur de votre messagerie de mettre à jour le chiffrement de ce serveur.
remedy-weak-tls-key = Mailgate a besoin d’une clé Diffie-Hellman de 2 048 bits ou plus, ou de courbes elliptiques (ECDHE). Demandez à l’administrateur de votre messagerie de mettre à jour le chiffrement de ce serveur.
remedy-weak-tls-renegotiation = Mailgate a besoin de la RFC 5746. Demandez à l’administrateur de votre messagerie de mettre à jour le chiffrement de ce serveur.
remedy-handshake-port = Vérifiez le port : avec SSL/TLS, c’est le plus souvent { $tls }. S’il est bon, le serveur ne connaît peut-être que du chiffrement antérieur à TLS 1.2, ou n’accepte que certains ordinateurs. Demandez à l’administrateur de votre messagerie.
remedy-handshake = Les paramètres sont peut-être bons : le serveur ne connaît peut-être que du chiffrement antérieur à TLS 1.2, ou n’accepte que certains ordinateurs. Demandez à l’administrateur de votre messagerie.
remedy-authority = Le certificat a été émis par « { $issuer } », inconnu de cet ordinateur. Si c’est l’autorité de votre organisation, installez son certificat racine. Ne faites confiance à ce seul certificat que si l’administrateur de votre messagerie confirme son SHA-256 ; il faudra recommencer au prochain renouvellement.
remedy-self-signed = Le certificat se garantit lui-même : il a été émis par « { $issuer } », inconnu de cet ordinateur. Demandez à l’administrateur de votre messagerie un certificat d’une autorité connue. Ne faites confiance à ce seul certificat que si l’administrateur de votre messagerie confirme son SHA-256 ; il faudra recommencer au prochain renouvellement.
remedy-incomplete-chain = Le certificat a été émis par « { $issuer } », inconnu de cet ordinateur. Si c’est l’autorité de votre organisation, installez son certificat racine ; sinon, le serveur omet peut-être d’envoyer le certificat de son émetteur, ce que l’administrateur de votre messagerie peut corriger. Ne faites confiance à ce seul certificat que si l’administrateur de votre messagerie confirme son SHA-256 ; il faudra recommencer au prochain renouvellement.
remedy-certificate-without-names = Ce certificat ne nomme aucun serveur, donc pas non plus { $host }. Demandez-en un autre à l’administrateur de votre messagerie.
remedy-certificate-names = Ce certificat est pour { $names }, et non pour { $host }. Saisissez un de ces noms comme nom du serveur.
remedy-certificate-expired = Demandez à l’administrateur de votre messagerie de renouveler le certificat du serveur, et vérifiez l’horloge de cet ordinateur.
remedy-certificate-too-early = Vérifiez l’horloge de cet ordinateur. Si elle est juste, demandez à l’administrateur de votre messagerie un certificat déjà valable.
remedy-certificate-weak = Demandez à l’administrateur de votre messagerie un nouveau certificat, avec une clé d’au moins 2 048 bits et des signatures SHA-256.
remedy-no-starttls = Cochez SSL/TLS et utilisez le port { $tls }. Sans chiffrement, le mot de passe circulerait en clair.
remedy-sign-in = { $host } a refusé l’identifiant ou le mot de passe. Essayez-les dans le webmail. Certains serveurs veulent l’adresse complète, d’autres seulement ce qui précède @. Des échecs répétés peuvent verrouiller le compte.
remedy-sign-in-google = Google refuse ici le mot de passe du compte. Activez la validation en deux étapes, créez un mot de passe d’application sur myaccount.google.com/apppasswords et collez ses 16 lettres sans espaces. Changer le mot de passe Google l’annule.
remedy-sign-in-microsoft = Microsoft n’accepte plus de mots de passe pour IMAP ou POP, pas même les mots de passe d’application. Redirigez (sans transférer) cette boîte vers une autre qui accepte un mot de passe.
remedy-sign-in-netease = NetEase veut un code d’autorisation à la place du mot de passe : webmail › Settings › POP3/SMTP/IMAP.
remedy-sign-in-app-password = Ce fournisseur veut un mot de passe d’application à la place de celui du compte. Créez-en un dans les paramètres de sécurité du compte, et collez-le ici.
remedy-passing = Le mot de passe n’est pas en cause : Mailgate réessaie tout seul. Si cela persiste, fermez les autres programmes qui relèvent cette boîte, ou demandez à l’administrateur de votre messagerie.
remedy-expired = Le mot de passe a expiré. Définissez-en un nouveau, par exemple dans le webmail, et saisissez-le ici.
remedy-account = Ce compte pose problème sur le serveur de messagerie. Demandez à l’administrateur de votre messagerie.
remedy-no-way-plain = Beaucoup de serveurs n’acceptent les mots de passe que sur une liaison chiffrée : cochez SSL/TLS, ou STARTTLS sous Avancé. Sinon, demandez à l’administrateur de votre messagerie d’autoriser l’authentification par mot de passe.
remedy-no-way = La liaison est chiffrée, ce n’est donc pas la cause. Demandez à l’administrateur de votre messagerie d’autoriser l’authentification par identifiant et mot de passe pour ce protocole.
remedy-folder-unknown = Vérifiez le nom du dossier dans le webmail.
remedy-folder-closed = Le dossier « { $folder } » de la boîte existe, mais le serveur ne l’ouvre pas pour cet utilisateur. Voyez dans le webmail, ou demandez à l’administrateur de votre messagerie.
remedy-folder-missing = Le dossier « { $folder } » n’existe pas dans cette boîte. Elle contient : { $folders }.
remedy-no-greeting-tls = La liaison est chiffrée, mais personne n’y parle. Vérifiez le type de serveur et le port ; si les deux sont bons, le serveur est surchargé, et Mailgate réessaie tout seul.
remedy-no-greeting = Le serveur accepte les liaisons mais ne dit rien. Vérifiez le port et SSL/TLS ; si les deux sont bons, le serveur ou un pare-feu devant lui est surchargé, et Mailgate réessaie tout seul.
remedy-hung-up = Le serveur a raccroché sans un mot. Il est peut-être surchargé, ou n’accepte pas cet ordinateur : demandez à l’administrateur de votre messagerie. Mailgate réessaie tout seul.
remedy-silent = Le serveur ou un pare-feu devant lui est peut-être surchargé. Mailgate réessaie tout seul.
remedy-other-pop = Choisissez « Serveur POP » comme type de serveur.
remedy-other-pop-or-port = Choisissez « Serveur POP » comme type de serveur, ou utilisez le port IMAP : { $tls }, ou { $plain } sans SSL/TLS.
remedy-other-imap = Choisissez « Serveur IMAP » comme type de serveur.
remedy-other-imap-or-port = Choisissez « Serveur IMAP » comme type de serveur, ou utilisez le port POP : { $tls }, ou { $plain } sans SSL/TLS.
remedy-other = Ports habituels : IMAP 993 (143 sans SSL/TLS), POP 995 (110). Vérifiez le nom du serveur et le port.

# Of mailboxes and connections alike.
tls-unusable = TLS ne peut pas être utilisé sur cet ordinateur.
    .remedy = Cherchez la raison dans le journal de Mailgate, et voyez les paramètres OpenSSL de l’ordinateur.
descriptors-exhausted = Ce processus a autant de fichiers et de liaisons ouverts que le système lui en permet (descripteurs de fichiers).
    .remedy = Permettez-lui-en plus : LimitNOFILE=65536 dans l’unité du service, ou « ulimit -Hn 65536 » dans le shell qui le démarre, puis redémarrez-le. Rien n’est perdu ; un nouvel essai se fait chaque minute.
reach-refused = Mailgate ne se connecte pas à { $address } : { $why }.
    .remedy = Saisissez le nom ou l’adresse par lesquels d’autres ordinateurs de votre réseau joignent ce serveur. Les adresses privées, comme 10.0.0.25 ou 192.168.1.10, et cette machine même conviennent.
reach-refused-name = Mailgate ne se connecte pas à « { $host } », qui est { $address } : { $why }.
    .remedy = Saisissez le nom ou l’adresse par lesquels d’autres ordinateurs de votre réseau joignent ce serveur. Les adresses privées, comme 10.0.0.25 ou 192.168.1.10, et cette machine même conviennent.
reach-unspecified = elle ne désigne aucune machine
reach-link-local = elle est locale au lien : pour les machines d’un même câble, et pour les métadonnées d’un nuage
reach-metadata = c’est là qu’un nuage garde les métadonnées de cette machine
reach-many = elle désigne plusieurs machines à la fois, ou est réservée
