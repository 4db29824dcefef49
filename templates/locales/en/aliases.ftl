# Aliases: addresses that the mail gateway turns into records.
aliases-title = Aliases
aliases-new = New alias
aliases-in-use = In use
aliases-show-all = Show all
aliases-empty-title = No address is routed yet
aliases-empty = A mail server that hands all its mail over (by mailgate deliver, or message_process of the API) needs to be told which address becomes what. Press New and enter the first.
aliases-empty-search = No alias contains these words.
aliases-empty-archived = Nothing is archived.

aliases-column-address = Address
aliases-column-becomes = Becomes
aliases-joins = Joins { $label } { $id }

aliases-group-address = Mail to
aliases-group-becomes = Becomes
aliases-field-name = Address before @
aliases-field-domain = Domain
aliases-field-object_model = Create a New Record
aliases-field-contact = Who may write
aliases-field-defaults = Default Values
aliases-field-record = Always join
aliases-none-object_model = Choose…
aliases-placeholder-name = support
aliases-placeholder-domain = example.org
aliases-help-name = Case does not matter, nor does what follows a plus: support also takes support+today.
aliases-help-domain = Leave it empty to take this address of every domain. An alias of one domain comes first.
aliases-help-contact = Mail of anybody else is held; nobody is sent a bounce.
aliases-help-defaults = Values of each new record, as Odoo has them: {"{"}'priority': '2', 'channel': 'email'{"}"}
aliases-help-record = Number of a record that all this mail joins. Leave it empty to make a new one of each.
aliases-contact-everyone = Everyone
aliases-contact-partners = Contacts only

aliases-conflict = Somebody else changed the alias while you did. Nothing is saved yet.
aliases-archived-done = Archived: mail to it is not routed any more. You find it in the list under Archived.
aliases-unarchived = Back in use.
aliases-deleted = { $address } is deleted.
aliases-delete = Delete
aliases-cancel = Cancel
aliases-delete-title = Delete { $address }
aliases-delete-goes = The alias goes for ever: mail to this address is not routed any more.
aliases-delete-stays = Records that its mail became stay, and so does the ledger.
aliases-audit = What happened to this alias
alias-local-part = Enter only what stands before the @ here.
alias-name = Enter what stands before the @ of the address, for example support, without spaces or a plus.
alias-domain = Enter a domain such as example.org, or nothing for every domain.
alias-contact = Choose who may write to it.
