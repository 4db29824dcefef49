# What ends when: secrets, certificates, sign-ins and keys.
deed-see-what-ends-when = voir ce qui prend fin et quand
expiries-title = Échéances
expiries-help = Les secrets, certificats, authentifications et clés prennent fin d’eux-mêmes. Ce qui prend fin dans les 30 jours figure dans la vue d’ensemble ; à partir de 7 jours avant, chaque page en avertit les administrateurs système. Les dates sont en UTC.
expiries-empty = Rien ne prend fin
expiries-empty-help = Les secrets client, certificats, authentifications et clés d’API qui prennent fin d’eux-mêmes sont listés ici, selon leur date.
expiries-what = Quoi
expiries-of = De
expiries-when = Fin
expiries-do = Que faire
expiries-nothing-yet = Rien pour l’instant
expiries-kind-client_secret = Secret client
expiries-kind-certificate = Certificat d’une application
expiries-kind-sign_in = Authentification d’une personne
expiries-kind-server_certificate = Certificat du serveur de messagerie
expiries-kind-connection_certificate = Certificat de la connexion
expiries-kind-api_key = Clé d’API d’une personne
expiries-kind-connection_key = Clé d’API de la connexion
expiries-near-ended = { $past ->
    [0] terminé
    [one] terminé hier
   *[other] terminé il y a { $past } jours
}
expiries-near-now = { $days ->
    [0] aujourd’hui
    [one] demain
   *[other] dans { $days } jours
}
expiries-near-soon = dans { $days } jours
expiries-near-later = dans { $days } jours
expiries-near-unknown = date inconnue
expiries-remedy-client_secret = Créez un nouveau secret client chez le fournisseur, puis saisissez-le ici avec sa date. L’ancien vaut jusqu’à ce qu’il y soit retiré : rien ne s’arrête entre-temps.
expiries-remedy-certificate = Donnez à l’application un nouveau certificat chez le fournisseur, puis collez-le ici avec sa clé.
expiries-remedy-sign_in = Ouvrez le serveur et cliquez sur « S’authentifier », comme une personne qui peut lire cette boîte. L’authentification d’une application Google en test prend fin après 7 jours : publiez l’application, ou rendez-la interne.
expiries-remedy-server_certificate = La personne qui gère le serveur de messagerie doit le renouveler ; souvent, cela se fait tout seul dans les dernières semaines. Mailgate voit le nouveau à la prochaine relève.
expiries-remedy-server_certificate-pinned = Il est de confiance par son empreinte ; un nouveau ne l’est donc pas de lui-même. Dès que le serveur de messagerie l’a, cliquez sur « Tester et confirmer » et faites-lui confiance.
expiries-remedy-connection_certificate = La personne qui gère ce système doit le renouveler ; souvent, cela se fait tout seul dans les dernières semaines. Mailgate voit le nouveau à la prochaine livraison.
expiries-remedy-api_key = Son titulaire en crée une nouvelle sous Préférences, et la donne au script qui l’utilise.
expiries-remedy-connection_key = Créez une nouvelle clé d’API là-bas avec ce compte, puis saisissez-la ici avec sa date.
expiries-remedy-unknown = Ouvrez-le et saisissez le jour où il prend fin, tel que l’affiche son fournisseur : d’ici là, aucun avertissement n’est possible.
expiries-banner = Ce qui prend fin
expiries-banner-more = { $count ->
    [one] Et 1 autre.
   *[other] Et { $count } autres.
}
expiries-all = Voir toutes les échéances.
expiries-line-soon = { $count ->
    [0] Rien ne prend fin dans les 30 jours.
    [one] 1 échéance dans les 30 jours, ou dépassée.
   *[other] { $count } échéances dans les 30 jours, ou dépassées.
}
expiries-line-next = La prochaine est le { $date } :
expiries-line-ended = La plus ancienne est dépassée depuis le { $date } :
expiries-line-unknown = { $count ->
    [one] Une date est inconnue.
   *[other] { $count } dates sont inconnues.
}
connection-key-expires = Saisissez le jour où la clé prend fin, par exemple 2028-11-22.
