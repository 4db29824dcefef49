# Incoming email servers: list, form, test. Labels as in OpenSPP's guide.

servers-title = خوادم البريد الوارد
servers-new = جديد
servers-search = بحث
servers-archived = مؤرشف
servers-not-archived = قيد الاستخدام
servers-empty-title = لا يُجلب من أي صندوق بريد بعد
servers-empty = يُرجى الضغط على «جديد»، وإدخال صندوق البريد كخادم IMAP أو POP، ثم الضغط على «اختبار وتأكيد». وبعد ذلك تتحول رسائله إلى ملفات.
servers-empty-archived = لا شيء مؤرشف.
servers-empty-search = لا يوجد خادم يتضمن اسمه أو عنوانه أو اسم المستخدم فيه هذه الكلمات.
servers-show-all = عرض الكل

servers-column-name = الاسم
servers-column-type = نوع الخادم
servers-column-user = اسم المستخدم
servers-column-last-fetch = تاريخ آخر جلب
servers-column-status = الحالة
servers-never = أبدًا
servers-failing = متعطل

servers-save = حفظ
servers-test = اختبار وتأكيد
servers-fetch = جلب الآن
servers-reset = إلغاء التأكيد
servers-archive = أرشفة
servers-unarchive = إلغاء الأرشفة
servers-duplicate = إنشاء نسخة
servers-delete = حذف
servers-cancel = إلغاء
servers-sign-in = تسجيل الدخول
servers-sign-in-help = يحفظ الإعدادات ثم ينتقل إلى الموفّر، حيث يسمح بذلك من يحق له قراءة صندوق البريد هذا. يلزم مرة واحدة.
servers-sign-in-since = وقت تسجيل الدخول
servers-sign-in-title = تسجيل الدخول لـ { $name }
servers-sign-in-go = يُرجى تسجيل الدخول باسم { $mailbox }، أو باسم من يحق له قراءته، والسماح بذلك. ثم يعيدك الموفّر إلى هنا؛ خلال 15 دقيقة وبهذا المتصفح.
servers-sign-in-at = تسجيل الدخول لدى { $host }
servers-sign-in-redirect = يجب أن يكون عنوان إعادة التوجيه هذا مسجَّلًا لدى التطبيق حرفًا بحرف (Microsoft: Authentication › Web؛ Google: Authorised redirect URIs):
servers-sign-in-not-taken = لا يقبل الموفّرون إلا عناوين إعادة توجيه تستخدم https، أو عناوين الجهاز نفسه (localhost). هذا العنوان هو { $redirect }: يُرجى ضبط PUBLIC_URL على عنوان https الذي يصل به الناس إلى Mailgate.
servers-signed-in = تم تسجيل الدخول لـ { $name }. يُرجى الضغط على «اختبار وتأكيد» ما لم يكن مؤكَّدًا.
servers-not-signed-in = لم يُسجَّل الدخول لـ { $name }
servers-sign-in-back = العودة إلى { $name }
servers-working = جارٍ العمل… يستغرق الاختبار 20 ثانية على الأكثر، والجلب دقيقة على الأكثر.

servers-saved = تم الحفظ.
servers-saved-draft = تم الحفظ. لا يُجلب منه حتى ينجح «اختبار وتأكيد».
servers-archived-done = تمت الأرشفة: لم يعد يُجلب منه. يوجد في القائمة تحت «مؤرشف».
servers-unarchived = عاد إلى الاستخدام.
servers-reset-done = غير مؤكَّد: لا يُجلب منه حتى ينجح «اختبار وتأكيد».
servers-duplicated = هذه هي النسخة. يُرجى تغيير ما يختلف ثم اختبارها.
servers-deleted = تم حذف { $name }. تبقى رسائله في سجل الرسائل.
servers-start-set = تم الضبط. يستورد الجلب الأول وفقًا لذلك.

servers-state-draft = غير مؤكَّد
servers-state-done = مؤكَّد

servers-group-server = معلومات الخادم
servers-group-login = معلومات تسجيل الدخول
servers-group-action = الإجراءات على الرسائل الواردة
servers-group-fetching = الجلب
servers-group-keeping = الحفظ
servers-group-safety = صندوق البريد والاتصال
servers-group-addresses = عناوين تسجيل الدخول
servers-advanced = خيارات متقدمة

servers-field-name = الاسم
servers-field-email = عنوان البريد الإلكتروني
servers-field-server_type = نوع الخادم
servers-field-server = اسم الخادم
servers-field-port = المنفذ
servers-field-is_ssl = SSL/TLS
servers-field-user = اسم المستخدم
servers-field-password = كلمة المرور
servers-field-authentication = المصادقة
servers-field-oauth_provider_id = موفّر تسجيل الدخول
servers-field-oauth_tenant = معرّف الدليل (Tenant)
servers-field-oauth_client_id = معرّف العميل
servers-field-oauth_client_secret = سر العميل
servers-field-oauth_certificate = الشهادة والمفتاح (PEM)
servers-field-oauth_expires = انتهاء السر أو الشهادة
servers-field-oauth_authorize_url = عنوان تسجيل الدخول
servers-field-oauth_token_url = عنوان الرموز المميزة
servers-field-oauth_scope = نطاق الصلاحيات
servers-field-action = الإجراء على الرسائل الواردة
servers-field-connection_id = الاتصال
servers-field-object_model = إنشاء ملف جديد
servers-field-no_other_fetcher = لا شيء آخر يجلب من صندوق البريد هذا
servers-field-maildir = Maildir
servers-field-starttls = STARTTLS
servers-field-tls_fingerprint = الشهادة الموثوق بها (SHA-256)
servers-field-folder = المجلد
servers-field-start_with = الجلب الأول
servers-field-start_date = ابتداءً من
servers-field-after_fetch = بعد الجلب
servers-field-move_to = النقل إلى
servers-field-delete_after_days = الحذف بعد (أيام)
servers-field-size_limit_mb = حد الحجم (MB)
servers-field-interval_minutes = الجلب كل (دقائق)
servers-field-traffic_kb_s = حد نقل البيانات (kB/s)
servers-field-push = الإعلان الفوري
servers-field-confidential = سرّي
servers-field-priority = أولوية الخادم
servers-field-attach = الاحتفاظ بالمرفقات
servers-field-original = الاحتفاظ بالأصل
servers-field-sender_policy = المُرسِلون غير المعروفين

servers-server_type-imap = خادم IMAP
servers-server_type-pop = خادم POP
servers-server_type-local = خادم محلي
servers-server_type-gmail = مصادقة Gmail OAuth
servers-server_type-outlook = مصادقة Outlook OAuth
servers-authentication-password = كلمة المرور
servers-authentication-microsoft_app = Microsoft 365، تطبيق
servers-authentication-microsoft = Microsoft 365، تسجيل دخول
servers-authentication-google = Google، تسجيل دخول
servers-authentication-oauth2 = OAuth2 آخر
servers-action-create = إنشاء ملف جديد
servers-choose = اختيار…

servers-start_with-unread = الرسائل غير المقروءة
servers-start_with-all = كل الرسائل
servers-start_with-new = الرسائل الجديدة فقط
servers-start_with-since = الرسائل ابتداءً من تاريخ
servers-after_fetch-seen = تعليم كمقروءة
servers-after_fetch-delete = حذف
servers-after_fetch-move = نقل إلى مجلد
servers-after_fetch-keep = إبقاؤها كما هي
servers-sender_policy-everyone = قبول الجميع
servers-sender_policy-known = احتجاز رسائلهم
servers-sender_policy-create = إنشاء جهة اتصال

servers-placeholder-name = صندوق بريد الشكاوى
servers-placeholder-server = imap.youremailserver.com
servers-placeholder-user = support@youremailserver.com
servers-placeholder-maildir = grievances
servers-help-port = يتبع «نوع الخادم» و SSL/TLS ما لم يُكتب منفذ آخر.
servers-help-is_ssl = تشفير من البايت الأول (IMAP 993، POP 995).
servers-readable = من دون SSL/TLS أو STARTTLS تنتقل كلمة المرور مقروءة لكل من في الطريق.
servers-help-user = غالبًا عنوان البريد الإلكتروني الكامل لصندوق البريد.
servers-help-authentication = لم يعد Microsoft 365 وGoogle يقبلان كلمات المرور من البرامج. لا يحتاج تطبيق Microsoft 365 إلى شخص ويقرأ صناديق البريد المشتركة؛ أما تسجيل الدخول فيتم مرة واحدة في المتصفح.
servers-none-oauth_provider_id = لا شيء: يُدخل التطبيق هنا
servers-help-oauth_provider_id = تطبيق يُحفظ مرة واحدة لعدة صناديق بريد، تحت «موفّرو تسجيل الدخول».
servers-help-oauth_tenant = كما يظهر في صفحة Overview للتطبيق في Microsoft Entra. تسجيل الدخول من دونه يقبل أشخاصًا من أي مؤسسة.
servers-help-oauth_client_id = Application (client) ID لدى Microsoft، أو Client ID لدى Google.
servers-help-oauth_client_secret = قيمته Value التي تُعرض مرة واحدة عند إنشائه.
servers-help-oauth_client_secret-kept = سر العميل محفوظ. يُترك هذا الحقل فارغًا للاحتفاظ به.
servers-help-oauth_client_secret-again = لا تُعاد الأسرار أبدًا إلى هذه الصفحة: يُرجى كتابته من جديد.
servers-help-oauth_certificate = بدلًا من سر العميل: الشهادة المسجَّلة للتطبيق لدى Microsoft مع مفتاحها الخاص، بصيغة PEM.
servers-help-oauth_certificate-kept = الشهادة محفوظة. يُترك هذا الحقل فارغًا للاحتفاظ بها.
servers-help-oauth_certificate-again = لا تُعاد المفاتيح أبدًا إلى هذه الصفحة: يُرجى لصقه من جديد.
servers-help-oauth_expires = اليوم الذي يتوقف فيه عن العمل؛ ويُقرأ من الشهادة إن وُجدت.
servers-help-oauth_authorize_url = يُترك فارغًا لعنوان الموفّر نفسه. يلزم إذا كان تسجيل الدخول لدى موفّر آخر.
servers-help-oauth_token_url = يُترك فارغًا لعنوان الموفّر نفسه. يلزم لأي موفّر آخر.
servers-help-oauth_scope = يُترك فارغًا لما يطلبه الموفّر عادةً.
servers-help-password-kept = كلمة المرور محفوظة. يُترك هذا الحقل فارغًا للاحتفاظ بها.
servers-help-password-again = لا تُعاد كلمات المرور أبدًا إلى هذه الصفحة: يُرجى كتابتها من جديد.
servers-help-password = مع Gmail تُستخدم كلمة مرور تطبيق، لا كلمة مرور الحساب نفسها.
servers-help-object-model = ما تصبحه كل رسالة. تتوقف الخيارات المعروضة على الوحدات المثبَّتة.
servers-help-object-model-not_asked = ما تصبحه كل رسالة، باسمه التقني. تعرض «إعادة التحميل» أنواع الاتصال.
servers-help-object-model-usual = ما تصبحه كل رسالة. لا يحق لحساب الاتصال قراءة أنواع الملفات الموجودة: يُرجى كتابة الاسم التقني، ويتحقق منه الاختبار.
servers-help-object-model-failed = ما تصبحه كل رسالة، باسمه التقني. يتحقق منه الاختبار.
servers-none-connection_id = قاعدة البيانات هذه
servers-help-connection_id = أين تُنشأ الملفات. لكل اتصال أنواع ملفات خاصة به.
servers-reload = إعادة التحميل
servers-help-no_other_fetcher = يُحدَّد هذا فقط إذا كان حساب الاتصال لا يحق له قراءة خوادم البريد الوارد في ذلك النظام؛ وإلا تنافست جهتا جلب على الرسائل نفسها.
servers-takes-no-mail = لا يستقبل رسائل
servers-since = بدأ ذلك
servers-connection-unused = غير مستخدم
servers-connection-ailing = الاتصال لا يستقبل رسائل
servers-help-maildir = مجلد تحت { $root }. يُترك فارغًا إذا كان الأمر أدناه وحده يجلب الرسائل.
servers-help-starttls = يبدأ مقروءًا ثم يُشفَّر قبل تسجيل الدخول. يُرفض إذا لم يعرضه الخادم.
servers-help-tls_fingerprint = يُملأ بـ «الوثوق بهذه الشهادة». يُفرَّغ كي لا يوثق إلا بما تضمنه سلطة مصدِّقة.
servers-help-folder = لـ IMAP فقط. مجلد في كل سطر، 20 على الأكثر؛ وINBOX إذا تُرك فارغًا. يُقرَّر «الجلب الأول» لكل مجلد عند جلبه لأول مرة.
servers-help-start_with = يُقرَّر مرة واحدة عند الجلب من صندوق البريد لأول مرة. لا تذكر خوادم POP تواريخ: يُعتمد هناك Received أو Date في الرسالة نفسها.
servers-help-delete_after_days = 0 يحذف فورًا. تُحسب المدة من الجلب.
servers-help-size_limit_mb = تُحتجز الرسائل الأكبر من دون تنزيلها.
servers-help-traffic_kb_s = الحد الأقصى بالكيلوبايت في الثانية لما يستهلكه الجلب من خط ضعيف. 0 يعني بلا حد.
servers-help-push = تُجلب الرسائل الجديدة لحظة إعلان الخادم وصولها، إذا كان يعرض ذلك (IMAP IDLE)؛ وكذلك وفق عدد الدقائق أعلاه.
servers-help-confidential = ما يصل عبره لا يراه إلا من سُمّي له: الفرق التي لديها هذا الصندوق، ومن سُمّي في السجل.
servers-help-priority = يُجلب ذو الرقم الأصغر أولًا.
servers-help-attach = وإلا لا يدخل الملفَّ إلا النص.
servers-help-original = يحفظ الرسالة كما وردت دائمًا؛ وإلا 90 يومًا. الرسائل المحتجزة تُحفظ كما وردت دائمًا.
servers-help-sender_policy = المُرسِلون الذين ليسوا جهات اتصال هنا أو في النظام المتصل.
servers-deliver-title = من أنبوب MTA
servers-deliver = يستطيع خادم بريد على هذا الجهاز تسليم الرسائل مباشرةً بعد التأكيد:

servers-deliver-command = mailgate deliver --server "{ $name }"

servers-status = الحالة
servers-last-fetch = آخر جلب
servers-next-fetch = الجلب التالي
servers-not-fetched = لم يُجلب بعد.
servers-draft-hint = لا يُجلب منه حتى ينجح «اختبار وتأكيد».
servers-archived-hint = مؤرشف: لا يُجلب منه.
servers-failing-since = بداية التعطل
servers-why = السبب
servers-waits = ينتظر
servers-waits-since = طُلب منه الانتظار
servers-waits-hint = لا خلل في شيء، ويُجلب منه من جديد تلقائيًا.
servers-crowded-out = { $count ->
    [zero] خادم البريد هذا مشغول بصناديق بريد أخرى.
    [one] خادم البريد هذا مشغول بصندوق بريد آخر؛ ولا يستخدم Mailgate معه إلا اتصالًا واحدًا في الوقت نفسه.
    [two] خادم البريد هذا مشغول بصناديق بريد أخرى؛ ويستخدم Mailgate معه اتصالين في الوقت نفسه.
    [few] خادم البريد هذا مشغول بصناديق بريد أخرى؛ ويستخدم Mailgate معه { $count } اتصالات في الوقت نفسه.
    [many] خادم البريد هذا مشغول بصناديق بريد أخرى؛ ويستخدم Mailgate معه { $count } اتصالًا في الوقت نفسه.
   *[other] خادم البريد هذا مشغول بصناديق بريد أخرى؛ ويستخدم Mailgate معه { $count } اتصال في الوقت نفسه.
}
servers-key = يتعذر فتح كلمة مروره لأن المفتاح السري لـ Mailgate مفقود أو مختلف. لا خلل في خادم البريد، ويُجلب منه من جديد حال عودة المفتاح. ما ينبغي فعله مذكور أعلى هذه الصفحة.
servers-what-to-do = ما العمل
servers-arrivals = الرسائل الجديدة
servers-at-once = يُعلن عنها فورًا
servers-polled = { $minutes ->
    [zero] يُبحث عنها باستمرار
    [one] يُبحث عنها كل دقيقة
    [two] يُبحث عنها كل دقيقتين
    [few] يُبحث عنها كل { $minutes } دقائق
    [many] يُبحث عنها كل { $minutes } دقيقة
   *[other] يُبحث عنها كل { $minutes } دقيقة
}
servers-folders-closed = المجلدات
servers-warning = لا تُجلب كلها
servers-count-fetched = الجديدة: { $count }
servers-count-delivered = المسلَّمة: { $count }
servers-count-held = المحتجزة: { $count }
servers-count-ignored = المتجاهَلة: { $count }
servers-count-retrying = قيد إعادة المحاولة: { $count }
servers-messages = كل رسائل صندوق البريد هذا
servers-fetch-done = { $count ->
    [zero] تم الجلب: لا جديد.
    [one] جُلبت رسالة جديدة واحدة.
    [two] جُلبت رسالتان جديدتان.
    [few] جُلبت { $count } رسائل جديدة.
    [many] جُلبت { $count } رسالة جديدة.
   *[other] جُلبت { $count } رسالة جديدة.
}
servers-fetch-continues = يستمر الجلب تلقائيًا؛ يُرجى النظر من جديد بعد دقيقة.
servers-running = جارٍ الجلب: وصل { $kept } من أصل { $found } من الرسائل.
servers-running-large = رسالة كبيرة في الطريق: { $came } من أصل { $size } MB.

servers-import = الاستيراد
servers-import-running = وصل { $done } من أصل { $found } من الرسائل.
servers-import-stopped = وصل { $done } من أصل { $found } من الرسائل، ويبقى الباقي في مكانه. تُجلب الرسائل الجديدة كالمعتاد.
servers-import-done = { $found ->
    [zero] لم ترد رسائل مع الجلب الأول.
    [one] وردت رسالة واحدة مع الجلب الأول.
    [two] وردت رسالتان مع الجلب الأول.
    [few] وردت { $found } رسائل مع الجلب الأول.
    [many] وردت { $found } رسالة مع الجلب الأول.
   *[other] وردت { $found } رسالة مع الجلب الأول.
}
servers-import-undoing = جارٍ التراجع: فُحص { $looked } من أصل { $done } من الرسائل.
servers-import-undone = { $taken ->
    [zero] لم تُسحب أي رسالة.
    [one] سُحبت رسالة واحدة: لا يظهر ملفها في أي قائمة، وهي متجاهَلة في سجل الرسائل.
    [two] سُحبت رسالتان: لا يظهر ملفاهما في أي قائمة، وهما متجاهَلتان في سجل الرسائل.
    [few] سُحبت { $taken } رسائل: لا تظهر ملفاتها في أي قائمة، وهي متجاهَلة في سجل الرسائل.
    [many] سُحبت { $taken } رسالة: لا تظهر ملفاتها في أي قائمة، وهي متجاهَلة في سجل الرسائل.
   *[other] سُحبت { $taken } رسالة: لا تظهر ملفاتها في أي قائمة، وهي متجاهَلة في سجل الرسائل.
} تبقى مصادرها.
servers-import-restoring = جارٍ الاستئناف: عدد الرسائل حتى الآن { $looked }.
servers-import-rate = { $rate } في الدقيقة،
servers-import-left = { $minutes ->
    [zero] تبقى أقل من دقيقة.
    [one] تبقى دقيقة واحدة تقريبًا.
    [two] تبقى دقيقتان تقريبًا.
    [few] تبقى { $minutes } دقائق تقريبًا.
    [many] تبقى { $minutes } دقيقة تقريبًا.
   *[other] تبقى { $minutes } دقيقة تقريبًا.
}
servers-import-waits = يستمر مع الجلب التالي.
servers-import-worked-on = تُركت على حالها لأن شخصًا عمل على الملف: { $count }.
servers-import-more-mail = تُركت على حالها لأن في الملف رسائل أخرى: { $count }.
servers-import-handed-over = تُركت على حالها لأنها سُلِّمت إلى اتصال، والتراجع عما هناك يتم هناك: { $count }.
servers-import-told = ما أُبلغ به خادم البريد بشأن هذه الرسائل، كالقراءة أو النقل أو الحذف، يبقى كما هو؛ ولا يُبلَّغ بشيء آخر.
servers-import-elsewhere = لا يُجلب الباقي: الإعدادات تذكر الآن صندوق بريد آخر.
servers-import-badge-running = الاستيراد جارٍ
servers-import-badge-stopped = الاستيراد متوقف
servers-import-badge-undoing = جارٍ التراجع عن الاستيراد
servers-import-badge-undone = تم التراجع عن الاستيراد
servers-import-badge-restoring = جارٍ استئناف الاستيراد
servers-import-deed-stop = إيقاف الاستيراد
servers-import-deed-continue = متابعة الاستيراد
servers-import-deed-undo = التراجع عن الاستيراد
servers-import-deed-restore = استئناف
servers-import-undo-help = يُخرج من القوائم الملفات التي أنشأها الاستيراد ولم يمسّها أحد. ويمكن استئنافه.
servers-import-stop-done = أُوقف الاستيراد. تُجلب الرسائل الجديدة كالمعتاد.
servers-import-continue-done = الاستيراد مستمر.
servers-import-undo-done = جارٍ التراجع عن الاستيراد.
servers-import-restore-done = جارٍ استئناف الاستيراد.
import-not-now = لم يُنفَّذ شيء: تغيّرت حالة الاستيراد.
    .remedy = يُرجى مراجعة هذه الصفحة من جديد واتخاذ القرار مرة أخرى.
import-none-now = ليس لهذا الخادم استيراد يمكن تنفيذ ذلك عليه الآن.
    .remedy = يُرجى مراجعة صفحته: فهي تذكر ما آل إليه جلبه الأول.

servers-test-passed = مؤكَّد.
servers-test-failed = غير مؤكَّد.
servers-test-asks = نجح الاختبار. يبقى غير مؤكَّد حتى تختار ما يستورده الجلب الأول.
servers-test-kept = كل ما كتبته محفوظ، لكن لا يُجلب شيء حتى ينجح الاختبار.
servers-encrypted = مشفّر؛ الشهادة صالحة حتى {"\u200E"}{ $date }.
servers-encrypted-trusted = مشفّر؛ هذه الشهادة موثوق بها من قِبلك، وصالحة حتى {"\u200E"}{ $date }.
servers-unencrypted = غير مشفّر: تنتقل كلمة المرور مقروءة.
servers-holds = { $folder }: { $count ->
    [zero] لا توجد رسائل
    [one] رسالة واحدة
    [two] رسالتان
    [few] { $count } رسائل
    [many] { $count } رسالة
   *[other] { $count } رسالة
}، غير المقروء منها { $unread }.
servers-holds-together = { $folder } معًا: { $count ->
    [zero] لا توجد رسائل
    [one] رسالة واحدة
    [two] رسالتان
    [few] { $count } رسائل
    [many] { $count } رسالة
   *[other] { $count } رسالة
}، غير المقروء منها { $unread }.
servers-holds-all = { $folder }: { $count ->
    [zero] لا توجد رسائل
    [one] رسالة واحدة
    [two] رسالتان
    [few] { $count } رسائل
    [many] { $count } رسالة
   *[other] { $count } رسالة
}.
servers-mailbox = صندوق البريد
servers-imports = { $count ->
    [zero] لا يُستورد شيء منها؛ وتُستورد الرسائل الجديدة، ويبدأ ذلك
    [one] تُستورد رسالة واحدة، ويبدأ ذلك
    [two] تُستورد رسالتان، ويبدأ ذلك
    [few] تُستورد { $count } رسائل، ويبدأ ذلك
    [many] تُستورد { $count } رسالة، ويبدأ ذلك
   *[other] تُستورد { $count } رسالة، ويبدأ ذلك
}
servers-imports-since = تُستورد الرسائل منذ {"\u200E"}{ $date }، ويبدأ ذلك
servers-goes-on = يستمر الجلب
servers-deliver-ready = تُؤخذ الرسائل من الأنبوب من الآن فصاعدًا.
servers-backlog = عدد الرسائل المنتظرة { $count }. ينشئ الجلب الأول منها { $count } من { $label }. الاستيراد:
servers-backlog-uncounted = رسائل كثيرة في الانتظار، ولا يذكر خادم البريد هذا كم منها يأخذ الجلب الأول. الاستيراد:
servers-backlog-unread = الرسائل غير المقروءة
servers-backlog-all = كل الرسائل
servers-backlog-new = الرسائل الجديدة فقط
servers-backlog-since = الرسائل منذ هذا التاريخ
servers-backlog-count = { $count }
servers-backlog-count-since = { $count } منذ {"\u200E"}{ $date }
servers-folders = مجلدات صندوق البريد هذا:
servers-certificate = الشهادة
servers-certificate-issuer = الجهة المصدرة
servers-certificate-names = للأسماء
servers-certificate-valid = الصلاحية
servers-certificate-range = من {"\u200E"}{ $from } إلى {"\u200E"}{ $until }
servers-certificate-sha256 = SHA-256
servers-certificate-before = SHA-256 الموثوق به حتى الآن
servers-certificate-now = SHA-256 المعروض الآن
servers-trust = الوثوق بهذه الشهادة
servers-trust-help = فقط إذا أكّد مسؤول البريد هذا الـ SHA-256. ويلزم ذلك من جديد عند التجديد التالي.

servers-conflict = غيّر شخص آخر هذا الخادم أثناء تغييرك له. لم يُحفظ شيء بعد.

servers-delete-title = حذف { $name }
servers-delete-goes = يُحذف نهائيًا:
servers-delete-goes-settings = إعدادات { $name } وكلمة المرور المحفوظة
servers-delete-goes-schedule = جدوله الزمني: لا يُجلب شيء من صندوق البريد هذا بعد ذلك
servers-delete-goes-untold = { $count ->
    [zero] لا توجد رسائل لم يُبلَّغ بها خادم البريد
    [one] رسالة واحدة لم يُبلَّغ بها خادم البريد بعد: تبقى هناك كما هي
    [two] رسالتان لم يُبلَّغ بهما خادم البريد بعد: تبقيان هناك كما هما
    [few] { $count } رسائل لم يُبلَّغ بها خادم البريد بعد: تبقى هناك كما هي
    [many] { $count } رسالة لم يُبلَّغ بها خادم البريد بعد: تبقى هناك كما هي
   *[other] { $count } رسالة لم يُبلَّغ بها خادم البريد بعد: تبقى هناك كما هي
}
servers-delete-stays = يبقى:
servers-delete-stays-messages = { $count ->
    [zero] سجل الرسائل (ليس فيه رسائل من صندوق البريد هذا)
    [one] رسالة واحدة في سجل الرسائل، مع مصدرها وملفها
    [two] رسالتان في سجل الرسائل، مع مصدريهما وملفيهما
    [few] { $count } رسائل في سجل الرسائل، مع مصادرها وملفاتها
    [many] { $count } رسالة في سجل الرسائل، مع مصادرها وملفاتها
   *[other] { $count } رسالة في سجل الرسائل، مع مصادرها وملفاتها
}
servers-delete-stays-mailbox = صندوق البريد نفسه بكل ما فيه
servers-delete-archive = لإيقاف الجلب مؤقتًا يُرجى أرشفته بدلًا من ذلك.
server-no-certificate = ليس للخادم المحلي شهادة: لا يوجد ما يوثق به.
server-start-date = يُرجى إدخال أول يوم للاستيراد، مثل {"\u200E"}2026-11-22.
server-start = { $type }: لا يستطيع التمييز بين هذه الرسائل. يُرجى اختيار بداية أخرى.
server-host = يُرجى إدخال عنوان الخادم، مثل imap.youremailserver.com.
server-host-scheme = يُرجى إدخال اسم الخادم فقط، من دون البادئة imap أو مسار.
server-host-port = يُرجى إدخال الاسم فقط، { $name }؛ للمنفذ حقل خاص به.
server-host-wrong = هذا ليس اسم خادم. يكون الاسم مثل imap.youremailserver.com من دون مسافات.
server-port = المنفذ عدد صحيح من 1 إلى 65535، مثل 993.
server-sha256 = يتكون SHA-256 من 64 رقمًا ست عشريًا.
server-after = { $type }: لا يستطيع تنفيذ ذلك. يُرجى اختيار إجراء آخر.
server-move-to = يُرجى إدخال المجلد الذي تُنقل إليه الرسائل المجلوبة.
server-move-to-itself = هذا مجلد يُجلب منه. يُرجى إدخال مجلد آخر.
server-folders = الحد الأقصى لعدد المجلدات { $max }، مجلد في كل سطر.
server-starttls = يشفّر SSL/TLS من البايت الأول، ويشفّر STARTTLS بعد ذلك بقليل: يُرجى إلغاء تحديد أحدهما.
server-user = يُرجى إدخال اسم المستخدم، وهو غالبًا العنوان الكامل لصندوق البريد.
server-password-again = كُتبت كلمة المرور المحفوظة من أجل { $host }. يُرجى كتابتها من جديد لهذا الخادم.
server-password-less-safe = يصبح الاتصال أقل أمانًا. يُرجى كتابة كلمة المرور من جديد إن جاز أن تنتقل بهذه الطريقة.
server-password = يُرجى إدخال كلمة مرور صندوق البريد.
server-maildir = يجب أن يكون Maildir تحت { $root }: يُرجى إدخال مساره ابتداءً من هناك، من دون «..».
server-connection = لا يوجد اتصال كهذا (أو لم يعد موجودًا). يُرجى اختيار اتصال آخر، أو لا شيء لقاعدة البيانات هذه.
server-record-type = لا توجد وحدة مثبَّتة توفّر نوع الملف { $model }. يُرجى اختيار نوع آخر.
server-record-type-name = يُرجى إدخال الاسم التقني لنوع الملف، مثل spp.grm.ticket.
server-name = يُرجى إدخال اسم يُعرف به صندوق البريد هذا.
server-type = يُرجى اختيار نوع من القائمة، مثل «خادم IMAP».
server-sender-policy = يُرجى اختيار ما يحدث لرسائل المُرسِلين غير المعروفين.
server-built-in = بوابة البريد مدمجة: تأخذ الرسائل التي يسلّمها MTA عبر API (message_process). ليس لها إعدادات، ولا يمكن تغييرها أو أرشفتها أو حذفها.
    .remedy = لمنع وصول الرسائل إليها يُرجى سحب مفتاح API أو الحساب ممن يسلّمها.
servers-help-email = يمكن العثور على الإعدادات منه وحده، من دون كلمة المرور.
servers-placeholder-email = support@example.org
servers-find = البحث عن الإعدادات
servers-found-check = لم يُحفظ شيء بعد: يُرجى التحقق مما عُلِّم بأنه عُثر عليه، ثم الضغط على «اختبار وتأكيد».
servers-found-before = { $field }: بدلًا من { $before }.
servers-server_type-api = واجهة برمجة بوابة البريد
servers-field-shared_address = العناوين المشتركة
servers-shared_address-ask = احتجاز الرسالة: يختار شخص
servers-shared_address-oldest = أخذ أقدم مسجَّل نشط
servers-help-shared_address = للرسائل التي يشترك في عنوان مُرسِلها عدة مسجَّلين في النظام المتصل.
servers-field-far_values = الحقول هناك
servers-sender_policy-anonymous = التسليم كشكوى مجهولة
servers-help-far_values = ما يُعطى لكل سجل جديد في النظام المتصل إلى جانب ما تقوله الرسالة، واحد في كل سطر: team_id = 3. وتفصل الفواصل بين عدة قيم: tag_ids = 4, 7.
servers-far-choose = الاختيار من النظام المتصل
servers-far-title = الحقول هناك
servers-far-says = ما يُعطى لكل سجل جديد من { $label } في { $name } إلى جانب ما تقوله الرسالة. تُقرأ الخيارات من هناك.
servers-far-nothing = لا شيء
servers-far-none = لا يذكر الاتصال حقلًا يمكن تحديده هكذا. يمكن كتابته في الخادم الوارد.
servers-far-saved = حُفظ. تُعطى الرسائل الجديدة هذه القيم.
server-anonymous-here = لا شكاوى مجهولة في قاعدة البيانات هذه. اختر اتصالًا، أو غير ذلك للمرسلين المجهولين.
far-values-line = «{ $line }» ليس حقلًا مع قيمته. اكتب واحدًا في كل سطر، مثل team_id = 3.
far-values-filled = تملأ الرسالة أو النظام نفسه { $name }: فلا يمكن تحديده هنا.
far-values-twice = يرد { $name } هنا مرتين.
far-values-most = يمكن تحديد { $most } حقلًا على الأكثر.
far-fields-changed = غيّر شخص آخر هذا الخادم الوارد في هذه الأثناء. لم يُحفظ شيء: اختر من جديد.
far-fields-nowhere = لا يغذّي هذا الخادم الوارد أي اتصال، أو ليس له نوع سجل بعد.
