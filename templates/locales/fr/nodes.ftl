# Nodes: the processes that serve this installation.
deed-see-nodes = voir les programmes qui servent cette installation
nodes-title = Nœuds
nodes-help = Chaque programme qui sert cette installation. Ce que l’un traite, aucun autre ne le traite en même temps ; si l’un s’arrête sans un mot, les autres prennent le relais en 30 secondes. Les heures sont en UTC.
nodes-help-one = Cette installation garde ses données dans SQLite, qu’un seul programme sert. Avec PostgreSQL, plusieurs peuvent se partager le travail. Les heures sont en UTC.
nodes-node = Nœud
nodes-state = État
nodes-since = En service depuis
nodes-version = Version
nodes-works-on = Traite en ce moment
nodes-here = (celui-ci)
nodes-seen = { $seconds ->
    [one] vu il y a { $seconds } seconde
   *[other] vu il y a { $seconds } secondes
}
nodes-silent = n’a pas dit qu’il est en service
nodes-fetches = relève
nodes-delivers = remet à
nodes-listens = écoute les annonces des serveurs de messagerie
nodes-places = { $count ->
    [one] { $count } place auprès des serveurs de messagerie
   *[other] { $count } places auprès des serveurs de messagerie
}
nodes-idle = Rien pour le moment
nodes-alone = Tout
nodes-empty = Aucun programme en service
nodes-empty-help = Un programme qui sert cette installation apparaît ici quelques secondes après son démarrage.
