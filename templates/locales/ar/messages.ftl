messages-title = الرسائل
messages-search = بحث
messages-search-hint = الموضوع أو المُرسِل أو Message-ID
messages-server = الخادم
messages-all-servers = كل الخوادم
messages-reason = السبب
messages-all-reasons = كل الأسباب
messages-balance = المرصودة = المسلَّمة + المحتجزة + المتجاهَلة + قيد إعادة المحاولة + في الانتظار
messages-tab-seen = المرصودة
messages-tab-held = المحتجزة
messages-tab-retrying = قيد إعادة المحاولة
messages-tab-waiting = في الانتظار
messages-tab-delivered = المسلَّمة
messages-tab-ignored = المتجاهَلة
messages-state = الحالة
messages-subject = الموضوع
messages-no-subject = (بلا موضوع)
messages-from = من
messages-size = الحجم
messages-seen = وقت الرصد
messages-date = التاريخ
messages-next = المحاولة التالية
messages-open-record = فتح الملف
messages-on-record = هذه الرسالة في الملف
messages-link-sender = تحديد كاتب الرسالة
messages-more = المزيد…
messages-retry = إعادة المحاولة
messages-deliver = تسليم يدوي
messages-download = تنزيل على أي حال
messages-dismiss = استبعاد
messages-all-retry = إعادة محاولة الكل ({ $count })
messages-all-deliver = تسليم الكل يدويًا ({ $count })
messages-all-download = تنزيل الكل على أي حال ({ $count })
messages-all-dismiss = استبعاد الكل ({ $count })…
messages-confirm-retry = { $count ->
    [zero] لا توجد رسائل لإعادة توجيهها وتسليمها.
    [one] تُوجَّه رسالة واحدة وتُسلَّم من جديد كما هي.
    [two] تُوجَّه رسالتان وتُسلَّمان من جديد كما هما.
    [few] تُوجَّه { $count } رسائل وتُسلَّم من جديد كما هي.
    [many] تُوجَّه { $count } رسالة وتُسلَّم من جديد كما هي.
   *[other] تُوجَّه { $count } رسالة وتُسلَّم من جديد كما هي.
 }
messages-confirm-deliver = { $count ->
    [zero] لا توجد رسائل لتسليمها.
    [one] تُسلَّم رسالة واحدة أيًّا كان سبب احتجازها أو تجاهلها.
    [two] تُسلَّم رسالتان أيًّا كان سبب احتجازهما أو تجاهلهما.
    [few] تُسلَّم { $count } رسائل أيًّا كان سبب احتجازها أو تجاهلها.
    [many] تُسلَّم { $count } رسالة أيًّا كان سبب احتجازها أو تجاهلها.
   *[other] تُسلَّم { $count } رسالة أيًّا كان سبب احتجازها أو تجاهلها.
 }
messages-confirm-download = { $count ->
    [zero] لا توجد رسائل لجلبها.
    [one] تُجلب رسالة واحدة في الدورة التالية مهما كان حجمها.
    [two] تُجلب رسالتان في الدورة التالية مهما كان حجمهما.
    [few] تُجلب { $count } رسائل في الدورة التالية مهما كان حجمها.
    [many] تُجلب { $count } رسالة في الدورة التالية مهما كان حجمها.
   *[other] تُجلب { $count } رسالة في الدورة التالية مهما كان حجمها.
 }
messages-confirm-dismiss = { $count ->
    [zero] لا توجد رسائل لاستبعادها.
    [one] رسالة واحدة لا يُنشأ منها ملف. تبقى في سجل الرسائل مع السبب الذي تذكره.
    [two] رسالتان لا يُنشأ منهما ملف. تبقيان في سجل الرسائل مع السبب الذي تذكره.
    [few] { $count } رسائل لا يُنشأ منها ملف. تبقى في سجل الرسائل مع السبب الذي تذكره.
    [many] { $count } رسالة لا يُنشأ منها ملف. تبقى في سجل الرسائل مع السبب الذي تذكره.
   *[other] { $count } رسالة لا يُنشأ منها ملف. تبقى في سجل الرسائل مع السبب الذي تذكره.
 }
messages-batches = { $count } في كل دفعة؛ ويُطلب التأكيد قبل كل دفعة تالية.
messages-batch-delivered = سُلِّمت: { $count }
messages-batch-held = احتُجزت من جديد: { $count }
messages-batch-ignored = تُجوهلت: { $count }
messages-batch-waiting = استُؤنفت: { $count }
messages-batch-left = تُركت كما هي لأن حالتها لا تسمح بذلك: { $count }
messages-batch-nothing = لم يبقَ شيء لتنفيذه.
messages-batch-next = متابعة الدفعة التالية
messages-back = العودة إلى الرسائل
messages-cancel = إلغاء
messages-none = لم تُرصد رسائل بعد
messages-none-next = كل رسالة يرصدها Mailgate تحصل هنا على سطر يبيّن مكانها وسببه. تأتي الرسائل من الخوادم الواردة المؤكَّدة.
messages-none-found = لم يُعثر على شيء
messages-none-found-next = لا توجد رسالة تطابق كل عوامل التصفية هذه. يُرجى استخدام كلمات أقل، أو خادم أو سبب آخر، أو عرض الكل.
messages-none-held = لا توجد رسائل محتجزة
messages-none-held-next = لا تنتظر أي رسالة تدخّل أحد. الرسائل التي لا يستطيع Mailgate تسليمها تلقائيًا تظهر هنا مع السبب وما يمكن فعله.
messages-none-here = لا توجد رسائل في هذه الحالة
messages-none-here-next = يُرجى اختيار حالة أخرى أعلاه، أو عرض كل الرسائل.
messages-show-all = عرض كل الرسائل
messages-decide = ما العمل
messages-correct = تصحيحها ثم تسليمها
messages-sender = المُرسِل
messages-sender-help = الكاتب الحقيقي للرسالة، مثل Amina Diallo <amina@people.example>. إذا تُرك فارغًا بقي المُرسِل كما هو.
messages-record-type = نوع الملف
messages-record-type-help = اسمه التقني هناك، مثل spp.grm.ticket. إذا تُرك فارغًا اعتُمد ما يحدده الخادم الوارد.
messages-as-set = كما يحدده الخادم الوارد
messages-join = ضمها إلى الملف
messages-join-help = رقم ملف، مثل {"\u200E"}2026-000001. إذا تُرك فارغًا أُنشئ ملف جديد، أو اتُّبع تسلسل الرسالة نفسها.
messages-correct-deliver = تسليم بعد التصحيح
messages-dismissal = سبب الاستبعاد
messages-dismissal-help = يقرؤه من يبحث عن هذه الرسالة لاحقًا. لا يُبلَّغ به المُرسِل.
messages-content = نص الرسالة
messages-unreadable = تتعذر قراءتها كرسالة بريد.
messages-header = أسطر ترويستها كما وردت:
messages-facts = الرسالة
messages-message-id = Message-ID
messages-source-key = مفتاحها لدى الخادم
messages-attempts = المحاولات
messages-acknowledged = على خادم البريد
messages-ack-none = تُركت كما هي
messages-ack-pending = لم تُعلَّم أو تُنقل بعد
messages-ack-suspended = متروكة على حالها أثناء التراجع عن استيرادها
messages-ack-done = عُلِّمت كمقروءة أو نُقلت أو حُذفت، بحسب الاختيار
messages-ack-gone = لم تعد هناك
messages-trace = كيف وُجِّهت
messages-notes = ما افتُرض
messages-no-trace = لم تُوجَّه بعد.
messages-history = السجل الزمني
messages-source = المصدر
messages-source-download = تنزيل بصيغة eml
messages-source-cut = لا يُعرض إلا أول ميغابايت؛ والتنزيل يتضمن المصدر كاملًا.
messages-who = من كتبها؟
messages-who-says = تذكر الرسالة أنها من
messages-who-help = إذا لم يكن لجهة الاتصال عنوان أُعطيت هذا العنوان، فتُعرف الرسالة التالية. وإلا تُحسب الرسالة مكتوبة من عنوان جهة الاتصال نفسها.
messages-who-there = وجهتها { $name }: هذه جهات الاتصال هناك.
messages-who-help-there = يُربط السجل هناك بمن تختاره. ويُتذكَّر ذلك للرسالة التالية من هذا العنوان، وتُعطى جهة الاتصال التي لا عنوان لها هذا العنوان.
messages-with-others = { $count ->
    [zero] لا توجد رسائل محتجزة أخرى من هذا المُرسِل
    [one] وكذلك الرسالة المحتجزة الأخرى من هذا المُرسِل
    [two] وكذلك الرسالتان المحتجزتان الأخريان من هذا المُرسِل
    [few] وكذلك { $count } رسائل محتجزة أخرى من هذا المُرسِل
    [many] وكذلك { $count } رسالة محتجزة أخرى من هذا المُرسِل
   *[other] وكذلك { $count } رسالة محتجزة أخرى من هذا المُرسِل
 }
messages-goes-to = الوجهة
messages-done-others = { $count ->
    [zero] استُؤنفت.
    [one] استُؤنفت، مع رسالة أخرى من هذا المُرسِل.
    [two] استُؤنفت، مع رسالتين أخريين من هذا المُرسِل.
    [few] استُؤنفت، مع { $count } رسائل أخرى من هذا المُرسِل.
    [many] استُؤنفت، مع { $count } رسالة أخرى من هذا المُرسِل.
   *[other] استُؤنفت، مع { $count } رسالة أخرى من هذا المُرسِل.
 }
messages-is-sender = هذه الجهة
messages-create-deliver = إنشاء جهة الاتصال والتسليم
messages-done-delivered = تم التسليم.
messages-done-held = احتُجزت من جديد: السبب مذكور أدناه.
messages-done-ignored = لا يُنشأ منها ملف: السبب مذكور أدناه.
messages-done-waiting = استُؤنفت؛ وتُسلَّم بعد قليل.
messages-done-download = تُنزَّل في الجلب التالي.
messages-done-dismissed = استُبعدت. تبقى هنا مع السبب الذي ذكرته.
messages-reason-too-large = كبيرة جدًا
messages-reason-spam = بريد مزعج
messages-reason-unknown-sender = مُرسِل غير معروف
messages-reason-unreadable = غير مقروءة
messages-reason-not-downloaded = لم تُنزَّل
messages-reason-no-record-type = لا يوجد نوع ملف
messages-reason-record-gone = الملف لم يعد موجودًا
messages-reason-refused = رفضتها الوجهة
messages-reason-undelivered = تعذر تسليمها
messages-reason-loop = ربما حلقة متكررة
messages-reason-fault = خلل
messages-reason-duplicate = مكررة
messages-reason-bounce = رسالة مرتدة
messages-reason-auto-reply = رد تلقائي
messages-reason-dismissed = مستبعدة
messages-reason-import-undone = استيراد متراجَع عنه
messages-reason-not-a-grievance = نحّاها شخص
messages-reason-temporary = عطل عابر
messages-reason-configuration = اتصال يحتاج إلى ضبط

messages-sha256 = SHA-256
messages-create_contact = إنشاء جهة اتصال وتسليم
messages-create-contacts = إنشاء جهات اتصال للمُرسِلين المجهولين…
messages-all-create_contact = إنشاء جهات اتصال لهؤلاء المُرسِلين وتسليم { $count }
messages-confirm-create_contact = { $count ->
    [zero] لا رسائل محتجزة لأن مُرسِلها مجهول.
    [one] رسالة واحدة محتجزة لأن أحدًا لا يعرف مُرسِلها. تُنشأ جهة اتصال للمُرسِل حيث تذهب الرسالة، مسجَّلًا إن كان نوع الملف يتطلب ذلك، وتُسلَّم الرسالة.
    [two] رسالتان محتجزتان لأن أحدًا لا يعرف مُرسِليهما. تُنشأ جهة اتصال لكل مُرسِل حيث تذهب الرسالة، مسجَّلًا إن كان نوع الملف يتطلب ذلك، وتُسلَّم الرسالتان. ولا تُنشأ من جديد لمن صارت له جهة اتصال.
    [few] { $count } رسائل محتجزة لأن أحدًا لا يعرف مُرسِليها. تُنشأ جهة اتصال لكل مُرسِل حيث تذهب الرسالة، مسجَّلًا إن كان نوع الملف يتطلب ذلك، وتُسلَّم الرسائل. ولا تُنشأ من جديد لمن صارت له جهة اتصال.
    [many] { $count } رسالة محتجزة لأن أحدًا لا يعرف مُرسِليها. تُنشأ جهة اتصال لكل مُرسِل حيث تذهب الرسالة، مسجَّلًا إن كان نوع الملف يتطلب ذلك، وتُسلَّم الرسائل. ولا تُنشأ من جديد لمن صارت له جهة اتصال.
   *[other] { $count } رسالة محتجزة لأن أحدًا لا يعرف مُرسِليها. تُنشأ جهة اتصال لكل مُرسِل حيث تذهب الرسالة، مسجَّلًا إن كان نوع الملف يتطلب ذلك، وتُسلَّم الرسائل. ولا تُنشأ من جديد لمن صارت له جهة اتصال.
}
messages-anywhere = في أي مكان
messages-once = هذه الرسالة فقط: كتبها أو أعاد توجيهها شخص آخر. لا يُحفظ شيء عن العنوان.
messages-remembered = تُحسب رسائل هذا العنوان مكتوبة من { $name }، كما قال { $login }
messages-forget = نسيان ذلك
messages-forgotten = تم النسيان. يُبحث عن صاحب الرسالة التالية من هذا العنوان بالعنوان نفسه.
messages-confidential = سرّي
