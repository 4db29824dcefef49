# The first page.
overview-empty = لا يوجد صندوق بريد بعد
overview-empty-admin = يحوّل Mailgate رسائل صندوق البريد إلى ملفات. يُرجى إدخال صندوق البريد الذي يكتب إليه الناس واختباره، فتصل رسائله تلقائيًا.
overview-empty-action = إنشاء خادم بريد وارد
overview-empty-others = لا يُجلب من أي صندوق بريد بعد. يتولى مسؤول النظام إعداد صندوق.
overview-none-confirmed = لا يوجد صندوق بريد مؤكَّد بعد
overview-none-confirmed-help = يُرجى فتح خادم البريد الوارد والضغط على «اختبار وتأكيد»؛ وبعد ذلك تُجلب رسائله.
overview-new-mail = رسائل جديدة
overview-mine = الخاصة بي
overview-unassigned = غير المُسنَدة
overview-my-work = أعمالي المفتوحة
overview-needs = يحتاج إليك الآن
overview-needs-held = { $count ->
    [zero] رسائل محتجزة تنتظر قرارًا
    [one] رسالة محتجزة تنتظر قرارًا
    [two] رسالتان محتجزتان تنتظران قرارًا
    [few] رسائل محتجزة تنتظر قرارًا
    [many] رسالة محتجزة تنتظر قرارًا
   *[other] رسالة محتجزة تنتظر قرارًا
}
overview-needs-overdue = مفتوحة وتجاوزت موعد استحقاقها
overview-needs-new-mail = رسائل جديدة لم يُتخذ بشأنها أي إجراء
overview-needs-nobody = مفتوحة ولم تُسنَد إلى أحد بعد
overview-needs-ends = كلمات مرور أو شهادات أو عمليات تسجيل دخول تنتهي قريبًا
overview-needs-nothing = لا شيء في انتظارك.
overview-by-stage = الأعمال المفتوحة بحسب المرحلة
overview-by-age = الأعمال المفتوحة بحسب العمر
overview-age-week = أقل من أسبوع
overview-age-month = حتى شهر
overview-age-quarter = حتى ثلاثة أشهر
overview-age-older = أقدم
overview-mailboxes = صناديق البريد
overview-mailbox = صندوق البريد
overview-last-mail = آخر رسالة
overview-days = آخر 14 يومًا
overview-days-said = الرسائل في كل يوم من آخر 14 يومًا، واليوم آخرها: { $days }
overview-fetched = يُجلب
overview-not-fetched = غير مؤكَّد
overview-failing = متعطل
overview-no-mail = لا شيء بعد
overview-lately = رسائل وملفات آخر 14 يومًا
overview-lately-said = الرسائل والملفات في كل يوم من آخر 14 يومًا: مجموع الرسائل { $mails } ومجموع الملفات { $records }، والحد الأعلى في يوم واحد { $most }. يتضمن الجدول أدناه كل يوم.
overview-mails = الرسائل
overview-records = الملفات
overview-as-table = عرض كجدول
overview-queues = في الطريق إلى الاتصالات
overview-queue = { $count ->
    [zero] لا توجد رسائل في الانتظار.
    [one] رسالة واحدة في الانتظار.
    [two] رسالتان في الانتظار.
    [few] { $count } رسائل في الانتظار.
    [many] { $count } رسالة في الانتظار.
   *[other] { $count } رسالة في الانتظار.
}
overview-queue-since = استُلمت أقدمها
overview-queues-help = تنتظر الرسائل هنا بترتيبها ما دام الاتصال بطيئًا أو منقطعًا، ثم تتابع طريقها تلقائيًا.
overview-balance = المرصودة = المسلَّمة + المحتجزة + المتجاهَلة + قيد إعادة المحاولة + في الانتظار.
unknown-proxy = ترد الطلبات عبر وكيل عند { $peer } لم يُعرَّف لـ Mailgate. فيبدو الجميع كأنهم عند عنوانه، ومن يخمّن كلمات المرور يبطئ الآخرين كلهم. على القائم على الخادم ضبط MAILGATE_TRUSTED_PROXY={ $peer } وجعل الوكيل يرسل X-Real-IP.
overview-imports = عمليات الاستيراد
overview-import = { $done } من أصل { $found } من الرسائل
overview-imports-help = رسائل كانت في صندوق البريد عند جلبه لأول مرة. تُجلب الرسائل الجديدة كالمعتاد في هذه الأثناء.
overview-needs-unnamed = { $count ->
    [zero] سجلات سرّية لا يراها أحد
    [one] سجل سرّي لا يراه أحد
    [two] سجلان سرّيان لا يراهما أحد
    [few] سجلات سرّية لا يراها أحد
    [many] سجلًا سرّيًا لا يراه أحد
   *[other] سجل سرّي لا يراه أحد
}
