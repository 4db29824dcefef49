records-search = بحث
records-search-hint = الرقم أو العنوان أو المُرسِل أو النص
records-filters = عوامل التصفية
records-stage = المرحلة
records-shown = ما يُعرض
records-show-open = المفتوحة
records-show-mine = الخاصة بي
records-show-unassigned = غير المُسنَدة
records-show-new-mail = ذات رسائل جديدة
records-show-closed = المغلقة
records-show-all = الكل
records-anybody = أي شخص
records-since = من تاريخ
records-until = إلى تاريخ
records-with-files = مع مرفقات
records-choose = تحديد
records-choose-one = تحديد {"\u200E"}{ $number }
records-mails = عدد الرسائل: { $count }
records-news = { $count ->
    [zero] لا توجد رسائل جديدة. عرض
    [one] ورد إلى ملف واحد رسائل جديدة. عرض
    [two] ورد إلى ملفين رسائل جديدة. عرض
    [few] ورد إلى { $count } ملفات رسائل جديدة. عرض
    [many] ورد إلى { $count } ملفًا رسائل جديدة. عرض
   *[other] ورد إلى { $count } ملف رسائل جديدة. عرض
}
records-many-all = كل المعروض ({ $all })
records-many-first = أول { $count } من كل المعروض
records-assign-to = الإسناد إلى…
records-many-assign = إسناد
records-stage-to = المرحلة…
records-many-stage = تعيين المرحلة
records-many-none = يُرجى تحديد سطر واحد على الأقل أولًا.
records-many-what = يُرجى اختيار القيمة الجديدة أولًا.
records-many-done = { $count ->
    [zero] لم يتغير شيء.
    [one] تم تغيير ملف واحد.
    [two] تم تغيير ملفين.
    [few] تم تغيير { $count } ملفات.
    [many] تم تغيير { $count } ملفًا.
   *[other] تم تغيير { $count } ملف.
}
records-many-kept = { $count ->
    [zero] لم يُترك أي ملف على حاله.
    [one] تُرك ملف واحد على حاله: وردت إليه رسالة في هذه الأثناء، أو انتقل إلى مكان آخر.
    [two] تُرك ملفان على حالهما: وردت إليهما رسائل في هذه الأثناء، أو انتقلا إلى مكان آخر.
    [few] تُركت { $count } ملفات على حالها: وردت إليها رسائل في هذه الأثناء، أو انتقلت إلى مكان آخر.
    [many] تُرك { $count } ملفًا على حاله: وردت رسائل في هذه الأثناء، أو حدث انتقال إلى مكان آخر.
   *[other] تُرك { $count } ملف على حاله: وردت رسائل في هذه الأثناء، أو حدث انتقال إلى مكان آخر.
}
records-many-undo = تراجع
records-many-undone = { $kept ->
    [zero] تم التراجع.
    [one] عاد إلى ما كان عليه: { $count }. تغيّر ملف واحد بعد ذلك ويبقى كما هو.
    [two] عاد إلى ما كان عليه: { $count }. تغيّر ملفان بعد ذلك ويبقيان كما هما.
    [few] عاد إلى ما كان عليه: { $count }. تغيّرت { $kept } ملفات بعد ذلك وتبقى كما هي.
    [many] عاد إلى ما كان عليه: { $count }. تغيّر { $kept } ملفًا بعد ذلك ويبقى كما هو.
   *[other] عاد إلى ما كان عليه: { $count }. تغيّر { $kept } ملف بعد ذلك ويبقى كما هو.
}
record-many-gone = لم يعد التراجع عن هذا ممكنًا: تم التراجع عنه من قبل، أو مضى عليه أكثر من يوم.
records-in-list = في القائمة
records-export = تصدير…
records-by-hand = { $label }: إنشاء جديد
records-description = الوصف
records-who = مقدِّم الشكوى
records-who-help = صاحب هذا العنوان، إن كان معروفًا، يُقترح بعد ذلك جهةَ اتصال. لا تُرسَل رسالة إلى أحد.
records-earlier = { $count ->
    [zero] لا توجد ملفات أخرى للشخص نفسه
    [one] ملف آخر للشخص نفسه
    [two] ملفان آخران للشخص نفسه
    [few] { $count } ملفات أخرى للشخص نفسه
    [many] { $count } ملفًا آخر للشخص نفسه
   *[other] { $count } ملف آخر للشخص نفسه
}
records-earlier-many = عدد الملفات الأخرى للشخص نفسه يزيد على { $count }
contacts-none = لا شيء بعد
contacts-none-next = يظهر هنا ما يكتبه هذا الشخص.
contacts-mails = الرسائل
records-before = السابق
records-behind = التالي
records-assign-me = إسناد إليّ
records-number = الرقم
records-title = عنوان الملف
records-from = من
records-assigned = مُسنَد إلى
records-nobody = لا أحد
records-priority = الأولوية
records-priority-0 = منخفضة
records-priority-1 = متوسطة
records-priority-2 = عالية
records-priority-3 = عالية جدًا
records-date = التاريخ
records-last-mail = آخر رسالة
records-new-mail = رسائل جديدة
records-none = { $label }: لا شيء بعد
records-none-next = كل رسالة إلى خادم وارد مؤكَّد تصبح هنا ملفًا من نوع { $label }. يمكن إعداد خادم عبر الإعدادات › تقني › البريد الإلكتروني › خوادم البريد الوارد.
records-none-action-servers = خوادم البريد الوارد
records-none-action-messages = عرض كل الرسائل حتى الآن
records-none-found = لم يُعثر على شيء
records-none-found-next = لا شيء يطابق كل عوامل التصفية هذه. يُرجى استخدام كلمات أقل أو مرحلة أخرى، أو عرض الكل.
records-none-archived = لم يُستبعد شيء
records-none-archived-next = ما يُعلَّم بأنه ليس من نوع { $label } ينتظر هنا ويمكن استرجاعه.
records-not = ليس من نوع { $label }
records-archived = عُلِّم هذا بأنه ليس من نوع { $label }. لا يظهر في أي قائمة، وتُحسب رسائله متجاهَلة. لم يُفقد شيء.
records-undone = سُحب هذا مع الاستيراد الذي أنشأه. لا يظهر في أي قائمة، وتُحسب رسائله متجاهَلة. لم يُفقد شيء.
records-take-up = استئناف
records-after-all = هو فعلًا من نوع { $label }
records-mark-read = تعليم كمقروء
records-conversation = المحادثة
records-fields = التفاصيل
records-older = { $all ->
    [one] عرض الإدخال الأقدم
   *[other] { $count ->
       [zero] لا إدخالات أقدم من أصل { $all }
       [one] عرض الإدخال الأقدم التالي (من أصل { $all })
       [two] عرض الإدخالين الأقدم التاليين (من أصل { $all })
       [few] عرض { $count } إدخالات أقدم (من أصل { $all })
       [many] عرض { $count } إدخالًا أقدم (من أصل { $all })
      *[other] عرض { $count } إدخال أقدم (من أصل { $all })
    }
 }
records-newer = { $count ->
    [zero] عرض أحدث الإدخالات
    [one] عرض أحدث إدخال
    [two] عرض أحدث الإدخالات (إدخالان آخران)
    [few] عرض أحدث الإدخالات ({ $count } إدخالات أخرى)
    [many] عرض أحدث الإدخالات ({ $count } إدخالًا آخر)
   *[other] عرض أحدث الإدخالات ({ $count } إدخال آخر)
 }
records-came = { $count ->
    [zero] لم ترد رسائل أثناء فتح هذه الصفحة.
    [one] وردت رسالة أثناء فتح هذه الصفحة. تظهر أدناه ولا تزال تُحسب ضمن الرسائل الجديدة.
    [two] وردت رسالتان أثناء فتح هذه الصفحة. تظهران أدناه ولا تزالان تُحسبان ضمن الرسائل الجديدة.
    [few] وردت { $count } رسائل أثناء فتح هذه الصفحة. تظهر أدناه ولا تزال تُحسب ضمن الرسائل الجديدة.
    [many] وردت { $count } رسالة أثناء فتح هذه الصفحة. تظهر أدناه ولا تزال تُحسب ضمن الرسائل الجديدة.
   *[other] وردت { $count } رسالة أثناء فتح هذه الصفحة. تظهر أدناه ولا تزال تُحسب ضمن الرسائل الجديدة.
 }
records-moved = غيّر شخص آخر البيانات نفسها في هذه الأثناء. القيمة الحالية وما كتبته معروضان جنبًا إلى جنب.
records-kept = ما كتبته لا يزال هنا، ولم يُحفظ بعد.
records-archived-person = { $name } (مؤرشف)
records-note = ملاحظة
records-note-help = تبقى هنا؛ ولا تُرسَل رسالة إلى أحد.
records-note-add = إضافة ملاحظة
records-mail = رسالة
records-no-sender = المُرسِل غير مذكور
# Under what an account or a program wrote: nobody checked it.
records-said-from = يُذكر أنها من { $from }
records-ledger = الرسالة
records-attachments = المرفقات
records-show-hidden = عرض النص المخفي
records-show-quoted = النص المقتبس والتوقيع
records-merge = دمج في ملف آخر…
records-merge-number = رقم الملف الآخر
records-merge-now = دمج
records-merge-help = تنتقل كل رسائل هذا الملف وملاحظاته إلى الملف الآخر. ويغادر هذا الملف القوائم ويشير إلى المكان الذي انتقلت إليه.
records-open-picture = عرض { $name }
records-contact = جهة الاتصال
records-nobody-linked = لا توجد جهة مرتبطة.
records-contact-choose = اختيار…
records-contact-change = تغيير…
records-contact-link = ربط { $name }
records-contact-link-short = ربط
records-contact-unlink = إلغاء ربط { $name }
records-contact-search = الاسم أو العنوان أو الهاتف
records-contact-none = لا توجد نتائج. يُرجى استخدام كلمات أقل، أو إنشاء جهة الاتصال أدناه.
records-contact-new = جهة اتصال جديدة
records-contact-name = الاسم
records-contact-email = البريد الإلكتروني
records-contact-phone = الهاتف
records-contact-create = إنشاء وربط
records-registrant = المستفيد المسجَّل
records-none-chosen = لم يُختر
records-save = حفظ
records-made = تاريخ الإنشاء
records-mark-perhaps-automatic = ربما آلية
records-mark-mailing-list = قائمة بريدية
records-mark-auto-generated = مُرسَلة من نموذج أو نظام
records-mark-forwarded = مُعاد توجيهها
records-mark-other-sender = من عنوان آخر
records-notes = ما افتُرض ({ $count })
records-mark-perhaps-reply = ربما رد
records-answers = هذه رد على رسالة في ملف لا صلة لمُرسِلها به حتى الآن:
records-answered-by = رد على رسائل هذا الملف آخرون لهم ملفات خاصة بهم:
records-answered-by-more = { $count ->
    [zero] لا يوجد غيرها.
    [one] يوجد ملف آخر غير معروض.
    [two] يوجد ملفان آخران غير معروضين.
    [few] توجد { $count } ملفات أخرى غير معروضة.
    [many] يوجد { $count } ملفًا آخر غير معروض.
   *[other] يوجد { $count } ملف آخر غير معروض.
}
records-join = ضم
records-join-one = ضم {"\u200E"}{ $number }
records-join-help = هل يتناول الملفان الأمر نفسه؟ ينقل الضم كل رسائل هذا الملف وملاحظاته إلى الملف الآخر.
records-joined-to = ضُمّ هذا الملف إلى ملف آخر. رسائله هناك:
records-joined-here = ضُمّت إلى هنا:
record-changed = غيّر شخص آخر الملف {"\u200E"}{ $number } في هذه الأثناء.
    .remedy = القيمة الحالية وما كتبته معروضان جنبًا إلى جنب؛ يُرجى مراجعتهما ثم الحفظ من جديد.
record-required = { $title }: هذا الحقل مطلوب.
record-too-long = { $title }: الحد الأقصى لعدد الأحرف { $max_title }، وللوصف { $max_description }.
record-sender-too-long = الحد الأقصى لعدد أحرف اسم المُرسِل وعنوانه { $max_sender }.
field-integer = { $label }: يُرجى إدخال عدد صحيح، مثل 12.
field-number = { $label }: يُرجى إدخال عدد، مثل 12.5.
field-date = { $label }: يُرجى إدخال تاريخ مثل {"\u200E"}2026-11-22.
field-moment = { $label }: يُرجى إدخال تاريخ ووقت مثل {"\u200E"}2026-11-22 14:30.
field-fixed = { $label }: لا يمكن تغييره هنا.
field-long = { $label }: الحد الأقصى لعدد الأحرف { $max }.
field-choice = { $label }: الخيار «{ $typed }» غير موجود. يُرجى الاختيار من القائمة.
given-long = «{ $name }»: الحد الأقصى لعدد الأحرف { $most }.
given-priority = لا توجد أولوية «{ $text }»: الأولوية 0 أو 1 أو 2 أو 3.
given-stage = { $label }: لا توجد مرحلة «{ $text }».
given-user = القيمة «{ $text }» ليست معرّف مستخدم يمكن الإسناد إليه.
given-contact = لا توجد جهة اتصال بالمعرّف «{ $text }».
given-field = { $label }: لا يوجد حقل «{ $name }» يمكن تعيينه.
join-nothing = لا يذكر الملف {"\u200E"}{ $number } ملفًا يرد عليه، فلا يمكن ضمه إلى ملف.
join-unknown = { $label }: لا يوجد ملف بالرقم «{"\u200E"}{ $number }». يظهر الرقم قبل عنوان الملف، مثل {"\u200E"}2026-000001.
join-itself = الملف {"\u200E"}{ $number } هو ما ضُمّ من قبل.
join-gone = لم يعد الملف {"\u200E"}{ $number } موجودًا.
join-told = ضُمّ إلى { $title }.
join-told-there = ضُمّ { $title } إلى هذا الملف، مع رسائله وملاحظاته (العدد: { $moved }).
join-done = ضُمّ الملف {"\u200E"}{ $number } إلى ملف آخر في هذه الأثناء.
    .remedy = يُرجى المتابعة هناك: الرابط في صفحته.
record-type-gone = لا يوجد هنا نوع ملفات { $model }؛ لم تعد وحدته موجودة.
record-missing = { $label }: لا يوجد ملف بالمعرّف { $id }.
note-empty = يُرجى كتابة شيء أولًا.
note-long = الحد الأقصى لعدد أحرف الملاحظة { $max }، وعدد أحرف هذه { $count }. يُرجى اختصارها أو كتابة ملاحظتين.
post-long = الحد الأقصى لعدد أحرف الرسالة { $max_posted }.
field-required = { $label }: هذا الحقل مطلوب.
field-line = { $label }: سطر واحد، والحد الأقصى لعدد الأحرف { $max }.
record-stage = لا توجد مرحلة كهذه. يُرجى الاختيار من القائمة.
record-date-to-come = { $label }: التاريخ في المستقبل. يُعطى بتوقيت UTC.
record-priority = لا توجد أولوية كهذه. يُرجى الاختيار من القائمة.
record-assignee = لم يعد الإسناد إلى هذا الشخص ممكنًا. يُرجى اختيار شخص آخر.
record-contact = لم تعد جهة الاتصال هذه موجودة. يُرجى اختيار جهة أخرى.
record-mail-came = وردت رسالة إلى الملف {"\u200E"}{ $number } أثناء فتح هذه الصفحة.
    .remedy = يُرجى قراءتها ثم اتخاذ القرار.
record-after-all = هو فعلًا من نوع { $label }.
record-not-a = ليس من نوع { $label }.
record-undone = سُحب الملف {"\u200E"}{ $number } مع الاستيراد الذي أنشأه.
    .remedy = يُرجى استئنافه أولًا من صفحته.
record-undone-again = وردت رسالة الملف {"\u200E"}{ $number } من جديد في هذه الأثناء، ولها ملف خاص بها.
    .remedy = يُرجى البحث عنه في القائمة.
records-told = { $label }: { $before } ← { $after }
records-sender-name = اسم المرسل
records-sender-email = بريد المرسل
records-show-overdue = المتأخرة
records-many-broke-off = انقطع تغيير ملفات كثيرة قبل نهايته.
records-many-more = الفئة والوسوم
records-many-set = تعيين { $label }
records-many-tag = إضافة وسم
records-many-untag = إزالة وسم
record-many-field = ليس لملفات النوع { $label } حقل كهذا.
records-due = موعد الاستحقاق
records-due-today = اليوم
records-due-week = خلال 7 أيام
records-due-never = بلا موعد
records-overdue = متأخر
records-paused = متوقف مؤقتًا
records-paused-help = متوقف مؤقتًا: ينتظر شخصًا آخر.
records-late = أُنجز بعد موعده
records-due-none = بلا موعد
records-why = { $label }: كيف انتهى الأمر؟
records-tags-more = عددها الإضافي: { $count }
records-tags-none = لا يوجد منها شيء بعد. يديرها المسؤولون في الإعدادات.
records-search-cut = لا يجد البحث إلا الكلمات الأولى من هذا النص، وعددها { $most }.
contacts-like-address = العنوان نفسه
contacts-like-mistyped = العنوان نفسه تقريبًا
contacts-like-domain = الاسم نفسه وعنوان مشابه
contacts-like-letters = عنوان يشبه الاسم
contacts-like-name = الاسم نفسه
contacts-alike = ربما الشخص نفسه
contacts-merge = دمج مع هذا
contacts-merge-one = دمج { $name } مع هذا
contacts-merge-help = تصبح سجلاته ورسائله وعنوانه لجهة الاتصال هذه. يمكن التراجع عن ذلك.
contacts-merged = دُمج { $name } مع جهة الاتصال هذه.
contacts-merge-undo = تراجع
contacts-unmerged = عاد الاثنان منفصلين.
contacts-merged-into = دُمجت جهة الاتصال هذه مع
contact-merged = سبق دمج «{ $name }».
    .remedy = افتح جهة الاتصال التي دُمج معها.
contact-merge-later = دُمج { $name } منذ ذلك الحين مع جهة اتصال أخرى، أو جرى التراجع عن هذا الدمج.
    .remedy = تراجع أولًا عن الدمج الأحدث.
contact-merge-gone = سبق التراجع عن هذا الدمج.
contacts-likely = من قد يكون
records-noted = أُضيفت ملاحظتك.
records-note-files = ملفات
records-blocked = صورة محظورة
records-file-read = قراءة
records-file-fold = إغلاق
records-file-open = فتح
records-file-to = إلى
records-file-subject = الموضوع
records-file-cut = تظهر البداية فقط. نزّل الملف لقراءته كله.
records-file-unreadable = لا يمكن عرض هذا الملف هنا. نزّله لقراءته.
records-split = فصل
records-split-done = صار لهذه الرسالة سجل خاص بها. ما يجيب عنها يصل إلى هنا.
records-split-undo = تراجع
records-print = طباعة
records-print-help = اضغط Ctrl+P لطباعة هذه الصفحة.
records-print-back = العودة إلى السجل
records-print-older = { $count ->
    [zero] لا مدخلات أقدم مخفية هنا.
    [one] مدخل أقدم واحد لا يظهر هنا.
    [two] مدخلان أقدمان لا يظهران هنا.
    [few] { $count } مدخلات أقدم لا تظهر هنا.
    [many] { $count } مدخلًا أقدم لا يظهر هنا.
   *[other] { $count } مدخل أقدم لا يظهر هنا.
}
records-here = { $count ->
    [zero] { $names } فتح هذا السجل أيضًا.
    [one] { $names } فتح هذا السجل أيضًا.
    [two] { $names } فتحا هذا السجل أيضًا.
    [few] { $names } فتحوا هذا السجل أيضًا.
    [many] { $names } فتحوا هذا السجل أيضًا.
   *[other] { $names } فتحوا هذا السجل أيضًا.
}
records-discard = تجاهل ما كتبته
split-gone = لم تعد هذه الرسالة في هذا السجل.
split-many = يمكن فصل { $most } رسالة على الأكثر في المرة الواحدة. افصل بعضها أولًا ثم الباقي.
split-only = ليس في { $number } سوى هذه الرسالة: لا شيء تُفصل عنه.
split-told = فُصلت رسالة إلى { $title }.
split-told-there = فُصلت عن { $title }.
filters-title = عوامل التصفية المحفوظة
filters-one = عامل تصفية محفوظ
filters-save = حفظ عامل التصفية هذا
filters-name = اسم عامل التصفية
filters-shared = مشاركته مع الجميع
filters-shared-help = يجده الجميع فوق قائمتهم. وتعرض «الخاصة بي» لكل شخص ما يخصه.
filters-by = من { $name }
filters-change = تغيير…
filters-delete = حذف عامل التصفية هذا
filters-saved = حُفظ عامل التصفية «{ $name }».
filters-deleted = حُذف عامل التصفية «{ $name }». ولم تتغير الملفات التي كان يعرضها.
filter-gone = عامل التصفية هذا غير موجود، أو هو لشخص آخر.
    .remedy = ربما حذفه صاحبه أو توقف عن مشاركته.
filter-nameless = يحتاج عامل التصفية إلى اسم.
filter-name-long = الحد الأقصى لعدد أحرف الاسم { $max }، في سطر واحد.
filter-same = يوجد عامل تصفية باسم «{ $name }». اختر اسمًا آخر.
filter-many = بلغ عدد عوامل التصفية حدّه الأقصى { $most }. يُرجى حذف واحد أولًا.
filter-long = الحد الأقصى لعدد أحرف ما صُفّيت به القائمة { $most }. يُرجى البحث بكلمات أقل ثم حفظها.
records-closed-at = تاريخ التسوية
export-title = تصدير هذه القائمة
export-help = يحتوي الملف على ما تعرضه القائمة بترتيبها. الحد الأقصى لعدد الصفوف { $count }، وإذا انتهى الملف عنده ذكر صفه الأخير ذلك.
export-zone = التواريخ والأوقات بتوقيت { $zone }.
export-xlsx = جدول بيانات (XLSX)
export-csv = CSV
export-columns = الأعمدة
export-more = عدد الصفوف في هذا الملف { $count }، وفي القائمة المزيد. يُرجى تضييق القائمة وتصدير الباقي وحده.
report-title = التقرير الشهري
report-month = { $month } { $year }
report-which = الشهر
report-show = عرض
report-by = حسب
report-what = البيان
report-all = الكل
report-before = الشهر السابق
report-none = لا شيء من هذه
report-mailbox = صندوق البريد
report-received = الواردة
report-settled = المسوّاة
report-median = العمر الوسيط عند التسوية (بالأيام)
report-open = المفتوحة في النهاية
report-than = { $month }: { $figure }
report-days = يومًا بيوم
report-days-said = الواردة في هذا الشهر: { $received }، والمسوّاة: { $settled }، والحد الأعلى في اليوم: { $most }
report-cut = المسوّى أكثر مما يعدّه التقرير: ينتهي عدد المسوّى عند 50,000.
report-help = يُعَدّ الوارد بتاريخه، والمسوّى بآخر تسوية له. والمرحلة والفئة والقناة هي كما هي اليوم.
records-confidential = سرّي
