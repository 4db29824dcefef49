# What forms of servers and of connections share: the stages of a test, and two people's changes.

stages = What was tested
stages-said = The server said:
stages-ms = { $ms } ms
stage-name = Name
stage-connect = Connect
stage-tls = SSL/TLS
stage-greeting = Greeting
stage-version = Version
stage-database = Database
stage-sign_in = Sign-in
stage-gateway = Mail gateway
stage-record_types = Record types
stage-contacts = Contacts
stage-folder = Folder
stage-connection = Connection
stage-record_type = Record type
stage-fetchers = Other fetchers
stage-other_servers = Other servers here
stage-passed = Passed
stage-failed = Failed
stage-skipped = Not reached
stage-not_applicable = Not needed

conflict-choose = The form holds your values. Save anyway puts them in place of theirs.
conflict-save = Save anyway
conflict-take = Take theirs
conflict-field = Field
conflict-theirs = Theirs
conflict-yours = Yours
