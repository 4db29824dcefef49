# Ce que dit un calendrier dans un courriel : une invitation, une réponse, un événement.
calendar-no-title = (sans titre)
calendar-cancelled = Annulé : { $summary }
calendar-invitation = Invitation : { $summary }
calendar-reply = Réponse à une invitation : { $summary }
calendar-counter = Un autre horaire est proposé : { $summary }
calendar-decline-counter = L’horaire proposé est refusé : { $summary }
calendar-event = Événement : { $summary }
calendar-accepts = { $person } accepte.
calendar-declines = { $person } refuse.
calendar-may-come = { $person } viendra peut-être.
calendar-sends-another = { $person } envoie quelqu’un d’autre.
calendar-undecided = { $person } n’a pas décidé.
calendar-when = Quand : { $when }
calendar-due = Échéance : { $when }
calendar-repeats = Répétition : { $how }
calendar-where = Où : { $place }
calendar-organizer = Organisateur : { $person }
calendar-day = { $day }, toute la journée
calendar-days = du { $day } au { $last }, toute la journée
calendar-time = { $day }, { $time }
calendar-times = { $day }, de { $time } à { $until }
calendar-days-and-times = du { $day }, { $time } au { $last }, { $until }
calendar-every-days = { $count ->
    [one] chaque jour
   *[other] tous les { $count } jours
}
calendar-every-weeks = { $count ->
    [one] chaque semaine
   *[other] toutes les { $count } semaines
}
calendar-every-months = { $count ->
    [one] chaque mois
   *[other] tous les { $count } mois
}
calendar-every-years = { $count ->
    [one] chaque année
   *[other] tous les { $count } ans
}
calendar-times-in-all = { $count ->
    [one] une fois
   *[other] { $count } fois
}
calendar-until = jusqu’au { $date }

date-long = { $weekday } { $day } { $month } { $year }
weekday-1 = lundi
weekday-2 = mardi
weekday-3 = mercredi
weekday-4 = jeudi
weekday-5 = vendredi
weekday-6 = samedi
weekday-7 = dimanche
month-long-1 = janvier
month-long-2 = février
month-long-3 = mars
month-long-4 = avril
month-long-5 = mai
month-long-6 = juin
month-long-7 = juillet
month-long-8 = août
month-long-9 = septembre
month-long-10 = octobre
month-long-11 = novembre
month-long-12 = décembre
