# The rules that decide what becomes of a mail, and what each of them saw.
trace-same-mail = هي الرسالة { $other } نفسها.
trace-same-mail-on = هي الرسالة { $other } نفسها، الموجودة في ملف من النوع { $model }.
trace-seen-forced = رُصدت في صندوق البريد هذا من قبل، لكن شخصًا يسلّمها على أي حال.
trace-seen-not = لم تُرصد في صندوق البريد هذا من قبل.
trace-spam = تحمل X-Spam-Flag: YES.
trace-spam-not = لم يعلّمها خادم البريد كبريد مزعج.
trace-spam-forced = معلَّمة كبريد مزعج، لكن شخصًا يسلّمها على أي حال.
trace-bounce = هي تقرير تسليم: { $signs }.
trace-bounce-about = هي تقرير تسليم: { $signs }. وهو عن { $id }.
trace-bounce-not = ليست تقرير تسليم.
trace-bounce-forced = تقرير تسليم، لكن شخصًا يسلّمها على أي حال.
trace-auto-reply = هي رد تلقائي: { $signs }.
trace-auto-reply-perhaps = علامة واحدة فقط على رد تلقائي: { $sign }.
trace-auto-reply-not = ليست ردًا تلقائيًا.
trace-auto-reply-forced = رد تلقائي، لكن شخصًا يسلّمها على أي حال.
trace-chosen = اختار شخص الملف { $record } من النوع { $model }.
trace-chosen-there = اختار شخص الملف { $record } من النوع { $model } لدى الاتصال.
trace-chosen-not = لم يختر أحد ملفًا لها.
trace-record-type = ينشئ صندوق البريد هذا ملفات من نوع { $label } ({ $model }).
trace-record-type-there = ينشئ صندوق البريد هذا ملفات من النوع { $model } لدى اتصاله.
trace-record-type-missing = لا توجد وحدة مثبَّتة تتضمن نوع الملف { $model }.
trace-duplicate-not = لم يُنشأ منها ملف من نوع { $label } بعد.
trace-loop = بلغ عدد رسائل هذا المُرسِل المسلَّمة بهذا الموضوع { $count } خلال { $minutes ->
    [zero] أقل من دقيقة
    [one] دقيقة واحدة
    [two] دقيقتين
    [few] { $minutes } دقائق
    [many] { $minutes } دقيقة
   *[other] { $minutes } دقيقة
}.
trace-loop-not = لا يكتب المُرسِل أكثر مما يكتب شخص.
trace-sender-there = يُسأل هناك عما إذا كان الاتصال يعرف المُرسِل.
trace-sender = المُرسِل هو جهة الاتصال { $partner }.
trace-sender-everyone = المُرسِل ليس جهة اتصال؛ وصندوق البريد هذا يقبل رسائل الجميع.
trace-sender-create = المُرسِل ليس جهة اتصال؛ وصندوق البريد هذا ينشئ جهة.
trace-sender-forced = المُرسِل ليس جهة اتصال، لكن شخصًا يسلّمها على أي حال.
trace-sender-none = لا تذكر الرسالة مُرسِلًا.
trace-sender-unknown = ليس { $who } جهة اتصال.
trace-new-there = وجهتها الاتصال، لإنشاء ملف من النوع { $model }.
trace-new = تنشئ ملفًا جديدًا من نوع { $label }.
trace-new-naming = تنشئ ملفًا جديدًا من نوع { $label }. ويذكر هذا الملفُ الملفَ { $record } الذي ترد عليه.

# What a mail does, before “on record 5”.
clue-cites = هي رد على { $id }، الموجودة في
clue-number = في موضوعها الرقم { $number }، الموجود في
clue-is-cited = ترد عليها رسالة وردت قبلها ({ $id })، وهي في
clue-cites-the-same = هي رد على { $id }، كرسائل أخرى من مُرسِلها موجودة في
clue-conversation = تتابع محادثة Outlook (Thread-Index) الموجودة في
clue-quotes = تقتبس ترويسة { $id }، الموجودة في
clue-subject = هي رد على الموضوع «{ $subject }»؛ ورسائل مُرسِلها عن ذلك موجودة في

trace-thread-forwarded = { $clue } الملف { $record } من النوع { $model }؛ لكنها مكتوبة إلى { $address }، الذي ينشئ غير ذلك.
trace-thread-machine = { $clue } ملف؛ لكن الآلة قد تكرر نفسها، وليس ذلك ردًا.
trace-thread-joins = { $clue } الملف { $record } من النوع { $model }. { $who }
trace-thread-names = { $clue } الملف { $record } من النوع { $model }. { $who } لا تنضم إليه، لكن ملفًا جديدًا يذكره.
trace-thread-several = { $clue } ملفات عدة؛ ولا يمكن معرفة المقصود منها.
trace-thread-gone = { $clue } الملف { $record }.
trace-thread-gone-forced = لم يعد الملف الذي ترد عليه موجودًا؛ وشخص يسلّمها على أي حال.
trace-thread-not = لا ترد على أي رسالة معروفة هنا.
trace-thread-there = ترد على رسالة ذهبت إلى الاتصال نفسه.
trace-thread-there-joins = تنتمي إلى { $id }، التي ذهبت إلى الاتصال نفسه.
trace-thread-there-apart = ترد على { $id }، التي ذهبت إلى الاتصال نفسه. { $who } وتنشئ ملفًا خاصًا بها.
trace-thread-there-not = لا ترد على أي رسالة ذهبت من هنا إلى الاتصال.

standing-stranger = مُرسِلها لم يكتب هناك ولم يستلم رسائل ولا يعمل على رسائل هناك.
standing-namesake = يوجد هناك شخص باسم مُرسِلها، بعنوان آخر.
standing-received = استلم مُرسِلها رسائل هناك.
standing-wrote = كتب مُرسِلها رسائل هناك.
standing-works = مُرسِلها موظف هنا.

trace-alias-none = ليست مكتوبة إلى أي عنوان بديل.
trace-alias = مكتوبة إلى العنوان البديل { $address }، الذي ينشئ ملفات من نوع { $label }.
trace-alias-joins = مكتوبة إلى العنوان البديل { $address }: تنضم إلى الملف { $record } من النوع { $model }.
trace-named-joins = ذكر من سلّمها الملف: تنضم إلى الملف { $record } من النوع { $model }.
trace-named-missing = سُلِّمت من أجل الملف { $id } من النوع { $model }، وهو غير موجود.
trace-guessed = لا تشير إلى أي رسالة في ملفها: انضمت إليه بموضوعها، أو بالرسالة التي تقتبسها.

# Signs of a machine.
sign-report = هي تقرير تسليم (RFC 3464)
sign-feedback = هي تقرير عن رسالة من رسائلنا (RFC 5965)
sign-receipt = هي إشعار باستلام رسالة من رسائلنا (RFC 8098)
sign-failed-recipients = تذكر مستلمين أخفق التسليم إليهم (X-Failed-Recipients)
sign-quotes-server = تقتبس رد خادم بريد («{ $line }»)
sign-recipient = تذكر مستلمًا ({ $recipient })
sign-mail-system = مُرسِلها نظام بريد
sign-mail-system-address = مُرسِلها نظام بريد ({ $address })
sign-postmaster = مُرسِلها postmaster ({ $address })
sign-empty-path = مسار الإرجاع فيها فارغ
sign-person = مُرسِلها شخص
sign-returns-part = تعيد رسالة أو حالة ({ $part })
sign-returns-notification = تعيد إشعارًا من خدمة بريد
sign-returns-fields = تعيد حقول حالة تسليم
sign-returns-header = تعيد ترويسة رسالة أخرى
sign-report-subject = موضوعها موضوع تقرير تسليم («{ $subject }»)
sign-subject-begins = يبدأ موضوعها بـ «{ $start }»
sign-report-text = نصها نص تقرير تسليم («{ $phrase }»)
sign-text = يقول نصها «{ $phrase }»
sign-auto-replied = يذكر Auto-Submitted القيمة auto-replied (RFC 3834)
sign-field = فيها الحقل { $name }
sign-field-says = يذكر { $name } القيمة { $value }
sign-exchange = رد صندوق بريد Exchange تلقائيًا (X-MS-Exchange-Inbox-Rules-Loop)
sign-answers = ترد على رسالة أخرى
sign-asks-none-generated = مولَّدة آليًا وتطلب عدم إرسال ردود تلقائية
sign-asks-none = تطلب عدم إرسال ردود تلقائية (X-Auto-Response-Suppress)
sign-exchange-rule = قاعدة في صندوق بريد Exchange أعادت توجيهها أو كتبتها
rule-seen = سبقت رؤيتها
rule-spam = بريد مزعج
rule-bounce = تقرير تسليم
rule-auto_reply = رد آلي
rule-chosen = ملف مختار
rule-thread = محادثة
rule-alias = عنوان بديل
rule-named = ملف محدَّد
rule-record_type = نوع الملف
rule-duplicate = مكرر
rule-loop = حلقة
rule-sender = المرسل
rule-new_record = ملف جديد
rule-delivery = تسليم
rule-correction = تصحيح
rule-remote_thread = المحادثة هناك
rule-remote_sender = المرسل هناك
rule-remote_told = من يُبلَّغ هناك
rule-target = نوع الملف هناك
rule-method = الطريق هناك
rule-found = وُجدت هناك
rule-remote_alias = عنوان بديل هناك
