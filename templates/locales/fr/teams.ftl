teams-title = Équipes
teams-keep = Gérer les équipes
teams-about = Les équipes voient ensemble les dossiers confidentiels.
teams-new = Nouvelle équipe
teams-help = Les membres d’une équipe voient les dossiers confidentiels de ses boîtes et de ses types, et ceux qui désignent l’équipe. Les dossiers non confidentiels sont vus de tous ceux qui traitent des dossiers.
teams-name = Nom
teams-members = Membres
teams-mailboxes = Boîtes
teams-mailboxes-help = L’équipe voit les dossiers confidentiels qui arrivent par elles, et le courrier retenu de celles qui sont confidentielles.
teams-types = Types de dossiers
teams-types-help = L’équipe voit tous les dossiers confidentiels de ces types.
teams-nothing = Il n’y en a pas.
teams-none = Il n’y a pas encore d’équipe
teams-none-help = Créez-en une pour désigner plusieurs personnes à la fois.
teams-delete = Supprimer cette équipe
teams-deleted = L’équipe est supprimée.
confidential-title = Dossiers confidentiels
confidential-help = Seules les personnes désignées les voient. Voici leurs numéros, et qui ce sont.
confidential-none = Rien n’est confidentiel
confidential-none-help = Un dossier est confidentiel quand sa sensibilité est relevée, quand quelqu’un le dit sur sa page, ou quand il arrive par une boîte qui l’est.
readers-title = Qui le voit
readers-who = Qui le voit
readers-named = Désignés
readers-nobody = Personne
readers-everybody = Tous ceux qui lisent les dossiers
readers-hidden = Vous n’êtes pas désigné pour ce dossier. Désignez-vous pour l’ouvrir : le journal d’audit le retient.
readers-me = Me désigner
readers-people = Personnes
readers-teams-help = Les équipes qui ont sa boîte ou son type le voient de toute façon.
readers-raised-help = Il est confidentiel en raison de sa sensibilité : remettez-la à sa valeur habituelle pour le montrer à tous.
readers-show = Le montrer à tous
readers-conceal-help = Un dossier confidentiel n’est vu que des personnes désignées : dans les listes, les recherches, les décomptes et l’API. Qui le rend tel est désigné, comme la personne à qui il est attribué.
readers-conceal = Le rendre confidentiel
confidential-unnamed = { $count ->
    [one] { $count } que personne ne voit
    [many] { $count } que personne ne voit
   *[other] { $count } que personne ne voit
}
