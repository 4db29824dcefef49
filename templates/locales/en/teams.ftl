teams-title = Teams
teams-keep = Keep teams
teams-about = Teams see confidential records together.
teams-new = New team
teams-help = A team's members see the confidential records of its mailboxes and record types, and those that name the team. Records that are not confidential are seen by everybody who works on records.
teams-name = Name
teams-members = Members
teams-mailboxes = Mailboxes
teams-mailboxes-help = The team sees the confidential records that come by them, and held mail of confidential ones.
teams-types = Record types
teams-types-help = The team sees all confidential records of these types.
teams-nothing = There are none.
teams-none = There are no teams yet
teams-none-help = Make one to name several people for confidential records at once.
teams-delete = Delete this team
teams-deleted = The team is deleted.
confidential-title = Confidential records
confidential-help = Only those see them who are named. Here stand their numbers, and who that is.
confidential-none = Nothing is confidential
confidential-none-help = A record is confidential when its sensitivity is raised, when somebody says so on its page, or when it comes by a mailbox that is.
readers-title = Who sees it
readers-who = Who sees it
readers-named = Named
readers-nobody = Nobody
readers-everybody = Everybody who reads records
readers-hidden = You are not named for this record. Name yourself to open it: the audit has it.
readers-me = Name me
readers-people = People
readers-teams-help = Teams that have its mailbox or its type see it anyhow.
readers-raised-help = It is confidential for its sensitivity: set that to its usual value to show it to everybody.
readers-show = Show it to everybody
readers-conceal-help = A confidential record is seen only by those who are named for it: in lists, searches, counts and the API. Whoever makes it so is named, and whose it is.
readers-conceal = Make it confidential
confidential-unnamed = { $count ->
    [one] { $count } that nobody sees
   *[other] { $count } that nobody sees
}
