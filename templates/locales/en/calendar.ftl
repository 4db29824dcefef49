# What a calendar in a mail says: an invitation, an answer to one, an event.
calendar-no-title = (no title)
calendar-cancelled = Cancelled: { $summary }
calendar-invitation = Invitation: { $summary }
calendar-reply = Reply to an invitation: { $summary }
calendar-counter = Another time is proposed: { $summary }
calendar-decline-counter = The proposed time is declined: { $summary }
calendar-event = Event: { $summary }
calendar-accepts = { $person } accepts.
calendar-declines = { $person } declines.
calendar-may-come = { $person } may come.
calendar-sends-another = { $person } sends somebody else.
calendar-undecided = { $person } has not decided.
calendar-when = When: { $when }
calendar-due = Due: { $when }
calendar-repeats = Repeats: { $how }
calendar-where = Where: { $place }
calendar-organizer = Organizer: { $person }
calendar-day = { $day }, all day
calendar-days = { $day } to { $last }, all day
calendar-time = { $day }, { $time }
calendar-times = { $day }, { $time } to { $until }
calendar-days-and-times = { $day }, { $time } to { $last }, { $until }
calendar-every-days = { $count ->
    [one] every day
   *[other] every { $count } days
}
calendar-every-weeks = { $count ->
    [one] every week
   *[other] every { $count } weeks
}
calendar-every-months = { $count ->
    [one] every month
   *[other] every { $count } months
}
calendar-every-years = { $count ->
    [one] every year
   *[other] every { $count } years
}
calendar-times-in-all = { $count ->
    [one] once
   *[other] { $count } times
}
calendar-until = until { $date }

# A day with its weekday, and its words.
date-long = { $weekday } { $day } { $month } { $year }
weekday-1 = Monday
weekday-2 = Tuesday
weekday-3 = Wednesday
weekday-4 = Thursday
weekday-5 = Friday
weekday-6 = Saturday
weekday-7 = Sunday
month-long-1 = January
month-long-2 = February
month-long-3 = March
month-long-4 = April
month-long-5 = May
month-long-6 = June
month-long-7 = July
month-long-8 = August
month-long-9 = September
month-long-10 = October
month-long-11 = November
month-long-12 = December
