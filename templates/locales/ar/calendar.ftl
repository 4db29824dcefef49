# ما يقوله تقويم في رسالة: دعوة أو رد عليها أو حدث.
calendar-no-title = (بلا عنوان)
calendar-cancelled = أُلغي: { $summary }
calendar-invitation = دعوة: { $summary }
calendar-reply = رد على دعوة: { $summary }
calendar-counter = اقتُرح وقت آخر: { $summary }
calendar-decline-counter = رُفض الوقت المقترح: { $summary }
calendar-event = حدث: { $summary }
calendar-accepts = { $person }: قبول.
calendar-declines = { $person }: اعتذار.
calendar-may-come = { $person }: حضور محتمل.
calendar-sends-another = { $person }: إرسال شخص آخر.
calendar-undecided = { $person }: لا قرار بعد.
calendar-when = متى: { $when }
calendar-due = موعد الاستحقاق: { $when }
calendar-repeats = التكرار: { $how }
calendar-where = أين: { $place }
calendar-organizer = المنظم: { $person }
calendar-day = { $day }، طوال اليوم
calendar-days = من { $day } إلى { $last }، طوال اليوم
calendar-time = { $day }، { $time }
calendar-times = { $day }، { $time } إلى { $until }
calendar-days-and-times = { $day }، { $time } إلى { $last }، { $until }
calendar-every-days = { $count ->
    [one] كل يوم
    [two] كل يومين
    [few] كل { $count } أيام
    [many] كل { $count } يومًا
   *[other] كل { $count } يوم
}
calendar-every-weeks = { $count ->
    [one] كل أسبوع
    [two] كل أسبوعين
    [few] كل { $count } أسابيع
    [many] كل { $count } أسبوعًا
   *[other] كل { $count } أسبوع
}
calendar-every-months = { $count ->
    [one] كل شهر
    [two] كل شهرين
    [few] كل { $count } أشهر
    [many] كل { $count } شهرًا
   *[other] كل { $count } شهر
}
calendar-every-years = { $count ->
    [one] كل سنة
    [two] كل سنتين
    [few] كل { $count } سنوات
    [many] كل { $count } سنة
   *[other] كل { $count } سنة
}
calendar-times-in-all = { $count ->
    [zero] { $count } مرة
    [one] مرة واحدة
    [two] مرتين
    [few] { $count } مرات
    [many] { $count } مرة
   *[other] { $count } مرة
}
calendar-until = حتى { $date }

date-long = { $weekday }، { $day } { $month } { $year }
weekday-1 = الاثنين
weekday-2 = الثلاثاء
weekday-3 = الأربعاء
weekday-4 = الخميس
weekday-5 = الجمعة
weekday-6 = السبت
weekday-7 = الأحد
month-long-1 = يناير
month-long-2 = فبراير
month-long-3 = مارس
month-long-4 = أبريل
month-long-5 = مايو
month-long-6 = يونيو
month-long-7 = يوليو
month-long-8 = أغسطس
month-long-9 = سبتمبر
month-long-10 = أكتوبر
month-long-11 = نوفمبر
month-long-12 = ديسمبر
