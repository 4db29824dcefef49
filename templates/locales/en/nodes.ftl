# Nodes: the processes that serve this installation.
deed-see-nodes = see the processes that serve this installation
nodes-title = Nodes
nodes-help = Each program that serves this installation. What one of them works on, no other does meanwhile; when one ends without a word, the others take over within 30 seconds. Times are in UTC.
nodes-help-one = This installation keeps its data in SQLite, which one program serves. With PostgreSQL several can share the work. Times are in UTC.
nodes-node = Node
nodes-state = State
nodes-since = Serving since
nodes-version = Version
nodes-works-on = Works on now
nodes-here = (this one)
nodes-seen = { $seconds ->
    [one] seen 1 second ago
   *[other] seen { $seconds } seconds ago
}
nodes-silent = has not said that it serves
nodes-fetches = fetches
nodes-delivers = delivers to
nodes-listens = hears when mail servers announce mail
nodes-places = { $count ->
    [one] 1 place at mail servers
   *[other] { $count } places at mail servers
}
nodes-idle = Nothing at the moment
nodes-alone = Everything
nodes-empty = No program serves
nodes-empty-help = A program that serves this installation is listed here a few seconds after its start.
