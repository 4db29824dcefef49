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
stage-token = Token
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

conflict-yes = Yes
conflict-no = No
conflict-nothing = (empty)
conflict-choose = The form holds your values. Save anyway puts them in place of theirs.
conflict-save = Save anyway
conflict-take = Take theirs
conflict-field = Field
conflict-theirs = Theirs
conflict-yours = Yours

# What travels without encryption, and certificates without names
readable-ok = Password and mail may travel readable to { $host }
readable-help = Everybody on the way can read them, and change them. Better: ask who runs the server for encryption.
readable-confirmed = Nothing is encrypted on the way to { $host }: everybody there can read the password and the mail. It was confirmed so and goes on; ask who runs the server for encryption.
nameless-title = Certificate
nameless-badge = Outdated
nameless-server = It names the server only as the common name of its subject. From { $date } on Mailgate refuses it: ask your mail administrator for one with alternative names (subjectAltName), or trust this one by its SHA-256.
nameless-connection = It names the server only as the common name of its subject. From { $date } on Mailgate refuses it: ask who runs the server for one with alternative names (subjectAltName).
setting-long = At most { $max } characters fit here.
setting-control = Line breaks and other control characters can't stand here.
setting-password = A password has at most 1000 characters and no line breaks.
setting-choose = Choose one of the list.
setting-number = Enter a whole number from { $min } to { $max }.
setting-number-unit = Enter a whole number from { $min } to { $max } ({ $unit }).
setting-found = Found: check it.

# What a number counts: ends “Enter a whole number from 1 to 10 (…)”.
unit-days = days
unit-minutes = minutes
unit-megabytes = megabytes
unit-kilobytes-a-second = kilobytes a second
unit-steps = steps

# Why a Python dict can't be read: “at character 7 stands something else than …”.
literal-too-long = it is longer than { $max } bytes
literal-too-deep = values are nested deeper than { $max }
literal-unexpected = at character { $at } stands something else than { $wanted }
literal-end = the end
literal-dict = a dict: {"{"} … {"}"}
literal-value = a value
literal-plain-value = a plain value
literal-field-name = a field's name in quotes
literal-colon = a colon
literal-comma = a comma or {"}"}
literal-comma-of-list = a comma or the list's end
literal-closing-quote = the closing quote
literal-escape = a known escape
literal-character-number = a character's number
literal-hex-digits = four hexadecimal digits
literal-number = a number
