# Settings, users, preferences and the audit.
users-field-name = الاسم
users-field-login = اسم الدخول
users-password-help = 10 أحرف على الأقل، من دون اسمك. ثلاث كلمات أو أربع يسهل تذكرها.
settings-users = المستخدمون
settings-active-users = { $count ->
    [zero] لا يوجد مستخدمون نشطون
    [one] مستخدم نشط واحد
    [two] مستخدمان نشطان
    [few] { $count } مستخدمين نشطين
    [many] { $count } مستخدمًا نشطًا
   *[other] { $count } مستخدم نشط
}
settings-manage-users = إدارة المستخدمين
settings-email = البريد الوارد
settings-email-off = يُرجى تفعيل وضع المطوّر أدناه؛ عندها تقود القائمة «تقني» إلى خوادم البريد الوارد.
settings-email-on = صناديق البريد التي تتحول رسائلها إلى ملفات موجودة في القائمة «تقني».
settings-developer-tools = أدوات المطوّر
settings-activate = تفعيل وضع المطوّر
settings-deactivate = إلغاء تفعيل وضع المطوّر

users-title = المستخدمون
users-new = مستخدم جديد
users-account = الحساب
users-field-role = الدور
users-help-role = مسؤول النظام: كل شيء. موظف الشكاوى: الملفات والرسائل المحتجزة. مدقّق: يقرأ الملفات والرسائل والتدقيق، ولا يغيّر شيئًا.
users-help-login = ما يُستخدم لتسجيل الدخول، مثل عنوان بريد إلكتروني.
users-preferences = اللغة والوقت
users-field-language = اللغة
users-field-time_zone = المنطقة الزمنية
users-set-password = تعيين كلمة المرور
users-new-password = كلمة المرور الجديدة
users-set-password-help = 10 أحرف على الأقل، من دون اسم صاحب الحساب. يُسجَّل خروجه من كل مكان.
users-password-set = تم تعيين كلمة المرور. انتهت الجلسات السابقة.
users-access = الوصول
users-sign-out = تسجيل الخروج من كل مكان
users-sign-out-help = ينهي كل جلسات صاحب هذا الحساب. تبقى كلمة المرور ومفاتيح API صالحة.
users-signed-out = تم تسجيل خروج صاحب هذا الحساب من كل مكان.
users-archive-help = لا يستطيع المستخدم المؤرشف تسجيل الدخول، وتُلغى مفاتيح API الخاصة به نهائيًا. يبقى الاسم في الملفات والتدقيق.
users-unarchive-help = هذا المستخدم مؤرشف ولا يستطيع تسجيل الدخول. لا تعود مفاتيح API التي أُلغيت.
users-audit = ما حدث لهذا الحساب

preferences-change-password = تغيير كلمة المرور
preferences-current-password = كلمة المرور الحالية
preferences-password-changed = تم تغيير كلمة مرورك. انتهت جلساتك الأخرى.

own-password = كلمة مرورك أنت
own-password-help = مطلوبة فقط لتغيير اسم الدخول أو الدور.
own-password-new = كلمة المرور التي سجّلت الدخول بها، حتى لا يفعل ذلك أحد من شاشة تُركت مفتوحة.

sessions-title = أين سُجِّل دخولك
sessions-help = يُرجى تسجيل الخروج مما لا تعرفه، ثم تغيير كلمة المرور.
sessions-address = العنوان
sessions-since = وقت تسجيل الدخول
sessions-last-seen = آخر ظهور
sessions-unknown = غير معروف
sessions-here = هذه الجلسة
sessions-by-key = مفتاح API
sessions-others = كل الأماكن الأخرى
sessions-end = تسجيل الخروج
sessions-ended = { $count ->
    [zero] لم يكن دخولك مسجَّلًا في أي مكان آخر.
    [one] تم تسجيل الخروج هناك.
    [two] تم تسجيل الخروج من مكانين.
    [few] تم تسجيل الخروج من { $count } أماكن.
    [many] تم تسجيل الخروج من { $count } مكانًا.
   *[other] تم تسجيل الخروج من { $count } مكان.
}

audit-when = الوقت
audit-user = المستخدم
audit-action = الإجراء
audit-object = العنصر
audit-number = الرقم
audit-changes = التغييرات
audit-empty = لا شيء هنا
audit-empty-help = لا يوجد قيد في التدقيق يطابق عامل التصفية هذا.
user-self = لا يمكنك أرشفة حسابك أنت.
    .remedy = يُرجى طلب ذلك من مسؤول نظام آخر.
user-missing = لا يوجد مستخدم { $id }.
user-twice = يوجد مستخدم { $login } من قبل، وربما كان مؤرشفًا. يُرجى اختيار اسم دخول آخر.
user-last-admin = المستخدم { $name } هو آخر مسؤول نظام نشط.
    .remedy = يُرجى منح هذا الدور لشخص آخر أولًا.
user-login = يُرجى إدخال اسم دخول، مثل عنوان بريد إلكتروني.
user-login-long = الحد الأقصى لاسم الدخول 254 حرفًا من دون فواصل أسطر.
user-name = يُرجى إدخال اسم الشخص، 200 حرف على الأكثر.
user-language = يُرجى اختيار لغة من القائمة.
user-time-zone = يُرجى اختيار منطقة زمنية من القائمة، مثل Africa/Nairobi.
user-role = يُرجى اختيار دور.
audit-action-sign_in = سجّل الدخول
audit-action-sign_in_failed = فشل تسجيل الدخول
audit-action-sign_out = سجّل الخروج
audit-action-create = أُنشئ
audit-action-write = عُدّل
audit-action-archive = أُرشف
audit-action-unarchive = أُلغيت أرشفته
audit-action-delete = حُذف
audit-action-set_password = عُيّنت كلمة المرور
audit-action-confirm = أُكّد
audit-action-reset_confirmation = أُلغي التأكيد
audit-action-trust_certificate = وُثق بالشهادة
audit-action-fetch = جُلب يدويًا
audit-action-open_source = فُتح المصدر
audit-action-deliver = سُلّم يدويًا
audit-action-retry = أُعيدت المحاولة
audit-action-dismiss = صُرف النظر عنه
audit-action-restore = استُعيد
audit-action-join = دُمج
audit-action-split = فُصلت رسالة
audit-action-rotate_key = جُدّد المفتاح السري
audit-action-new_key = أُنشئ مفتاح سري جديد
audit-action-forget_password = نُسيت كلمة المرور
audit-action-begin_sign_in = بدأ الدخول إلى صندوق البريد
audit-action-end_sign_in = عاد الدخول إلى صندوق البريد
audit-action-stop_import = أُوقف الاستيراد
audit-action-continue_import = استمر الاستيراد
audit-action-undo_import = أُلغي الاستيراد
audit-action-restore_import = استُؤنف استيراد ملغى
audit-action-export = أُخرج ملفًا
audit-action-open = فُتح
audit-action-name_readers = سُمّي القرّاء
audit-secret-key = المفتاح السري
audit-address = العنوان
audit-kind = النوع
audit-of-file = مرفق
audit-of-deadlines = المُهَل
audit-of-api-key = مفتاح API
audit-of-external-id = معرّف خارجي
audit-of-team = فريق
audit-field-name = الاسم
audit-field-active = نشط
audit-field-state = الحالة
audit-field-stage_id = المرحلة
audit-field-user_id = مُسنَد إلى
audit-field-priority = الأولوية
audit-field-partner_id = جهة الاتصال
audit-field-partner_name = من
audit-field-partner_email = بريد المُرسِل
audit-field-new_mail = بريد جديد
audit-field-note = ملاحظة
audit-field-number = الرقم
audit-field-description = الوصف
audit-field-date = التاريخ
audit-field-record = الملف
audit-field-list = القائمة
audit-field-file = الملف المصدَّر
audit-field-columns = الأعمدة
audit-field-report = التقرير الشهري
audit-field-shared = مشترك مع الجميع
audit-field-email = البريد الإلكتروني
audit-field-phone = الهاتف
audit-field-is_registrant = المستفيد المسجَّل
audit-field-is_group = مجموعة
audit-field-is_company = شركة
audit-field-code = الرمز
audit-field-parent = تحت
audit-field-sequence = الترتيب
audit-field-import = الاستيراد
audit-field-found = عُثر عليها
audit-field-done = أُنجزت
audit-field-reason = السبب
audit-field-reason_code = السبب
audit-field-people = الأشخاص المسمّون
audit-field-teams = الفِرق المسمّاة
audit-field-members = الأعضاء
audit-field-mailboxes = صناديق البريد
audit-field-record_types = أنواع السجلات
audit-field-confidential = سري
audit-field-contact = جهة الاتصال
audit-field-into = دُمج في
audit-field-into_id = دُمج في (رقم)
audit-field-version = الإصدار
audit-field-closed = مغلق
audit-field-closed_at = تاريخ التسوية
audit-field-last_mail_at = آخر بريد
audit-field-create_date = تاريخ الإنشاء
audit-field-due = الاستحقاق
audit-field-category_id = الفئة
audit-field-tag_ids = الوسوم
audit-field-password = كلمة المرور
audit-field-role = الدور
audit-field-language = اللغة
audit-field-time_zone = المنطقة الزمنية
audit-value-draft = غير مؤكد
audit-value-done = مؤكد
audit-value-changed = غُيّر
audit-value-set = ضُبط
audit-value-forgotten = نُسي
