# Connections to an existing OpenSPP or Odoo: list, form, test.

connections-title = الاتصالات
connections-not-archived = قيد الاستخدام
connections-empty-title = تبقى الملفات في قاعدة البيانات هذه
connections-empty = يمكن توصيل OpenSPP أو Odoo الذي تستخدمه مؤسستك، فتنشئ الخوادم الواردة ملفاتها هناك. يُرجى الضغط على «جديد»، وإدخال عنوانه وحساب فيه، ثم الضغط على «اختبار».
connections-empty-archived = لا شيء مؤرشف.
connections-empty-search = لا يوجد اتصال يتضمن اسمه أو عنوانه أو قاعدة بياناته أو اسم دخوله هذه الكلمات.
connections-show-all = عرض الكل

connections-test = اختبار
connections-load = تحميل
connections-delete = حذف
connections-cancel = إلغاء
connections-working = جارٍ العمل… يستغرق الاختبار 20 ثانية على الأكثر.
connections-saved = تم الحفظ.
connections-saved-draft = تم الحفظ. لا يُسلَّم شيء حتى ينجح «اختبار».
connections-archived-done = تمت الأرشفة: لم يعد يُسلَّم شيء، والرسائل الموجهة إليه تنتظر. يوجد في القائمة تحت «مؤرشف».
connections-unarchived = عاد إلى الاستخدام.
connections-deleted = تم حذف { $name }.

connections-state-draft = غير مؤكَّد
connections-state-done = مؤكَّد

connections-group-system = النظام
connections-group-account = حساب Mailgate فيه
connections-group-delivery = التسليم
connections-field-name = الاسم
connections-field-url = URL
connections-field-database = قاعدة البيانات
connections-field-login = اسم الدخول
connections-field-password = كلمة المرور أو مفتاح API
connections-field-key_expires = انتهاء المفتاح
connections-field-protocol = واجهة API الخارجية
connections-protocol-automatic = بحسب ما يجده الاختبار
connections-protocol-xmlrpc = XML-RPC
connections-protocol-json2 = JSON-2 (Odoo 19 وما بعده)
connections-field-workers = في وقت واحد
connections-field-together = الرسائل الجديدة معًا
connections-together-automatic = إذا كانت وحداته معروفة
connections-together-always = دائمًا
connections-together-never = أبدًا
connections-placeholder-name = OpenSPP
connections-placeholder-url = https://openspp.example.org
connections-placeholder-login = mailgate@example.org
connections-help-url = كما يعرضه المتصفح. من دون البادئة https تنتقل كلمة المرور مقروءة: داخل جهاز واحد فقط.
connections-help-database = يعرض «تحميل» قواعد بيانات هذا الـ URL إذا كان يسردها.
connections-help-login = مستخدم داخلي يحق له إنشاء الملفات التي تتحول إليها الرسائل.
connections-help-password = تُختم هنا ولا تُعرض في أي مكان. مفتاح API أفضل: يمكن سحبه وحده.
connections-help-password-kept = توجد واحدة محفوظة. يُترك هذا الحقل فارغًا للاحتفاظ بها.
connections-help-password-again = لا تُعاد كلمات المرور أبدًا إلى هذه الصفحة: يُرجى كتابتها من جديد.
connections-help-key_expires = اليوم الذي ينتهي فيه مفتاح API هناك، ليُنبَّه إليه مسبقًا؛ تنتهي مفاتيح Odoo بعد 90 يومًا ما لم يُختر غير ذلك. يُترك فارغًا لكلمة مرور أو لمفتاح لا ينتهي.
connections-help-protocol = لا يقبل JSON-2 إلا مفتاح API، ويُزال XML-RPC من Odoo بعد الإصدار 19. يستخدم الاختبار JSON-2 إذا توفر في النظام وفتحه المفتاح.
connections-help-workers = عدد الرسائل التي تُسلَّم في وقت واحد، من 1 إلى 8. رسائل المحادثة الواحدة تتبع بعضها بعضًا.
connections-help-together = تُنشأ الشكاوى والعملاء المحتملون الجدد الذين ينتظرون معًا بنداء واحد، وهو أسرع من بوابة البريد هناك. لكن ما تفعله وحدة هناك بالبريد في message_new لا يُنفَّذ حينها؛ لذلك يُعمل به إذا أمكن للحساب أن يرى أن لا وحدة مجهولة توسّع نوع الملف، أو إذا كنت تعلم أن لا وحدة تفعل ذلك.
connections-databases = { $count ->
    [zero] لا يسرد قواعد بيانات: يُرجى إدخال الاسم كما يعطيه مسؤوله.
    [one] لديه قاعدة بيانات واحدة:
    [two] لديه قاعدتا بيانات:
    [few] لديه { $count } قواعد بيانات:
    [many] لديه { $count } قاعدة بيانات:
   *[other] لديه { $count } قاعدة بيانات:
}

connections-version = الإصدار
connections-last-delivery = آخر تسليم
connections-never = أبدًا
connections-queue = في الطريق
connections-waiting = في الانتظار: { $count }
connections-fed-by = مصادره
connections-fed-by-none = لا يوجد خادم وارد بعد: يُرجى اختيار هذا الاتصال في أحد الخوادم.
connections-delivery = التسليم
connections-draft-hint = لا يُسلَّم شيء حتى ينجح «اختبار»؛ والرسائل الموجهة إليه تنتظر.
connections-archived-hint = مؤرشف: لا يُسلَّم شيء؛ والرسائل الموجهة إليه تنتظر.
connections-paused = متوقف مؤقتًا
connections-failing = متعطل
connections-since-paused = بداية التوقف المؤقت
connections-since-failing = بداية التعطل
connections-why = السبب
connections-key = يتعذر فتح كلمة مروره لأن المفتاح السري لـ Mailgate مفقود أو مختلف. تنتظر الرسائل الموجهة إليه هنا، وتتابع طريقها حال عودة المفتاح. ما ينبغي فعله مذكور أعلى هذه الصفحة.
connections-what-to-do = ما العمل
connections-next = المحاولة التالية

connections-test-passed = مؤكَّد.
connections-test-failed = لم ينجح الاختبار.
connections-test-encrypted = يرد الإصدار { $version }، والاتصال مشفّر. تُسلَّم الرسائل المنتظرة الآن.
connections-test-readable = يرد الإصدار { $version }. الاتصال غير مشفّر: تنتقل كلمة المرور مقروءة. تُسلَّم الرسائل المنتظرة الآن.
connections-test-kept = كل ما كتبته محفوظ، لكن لا يُسلَّم شيء حتى ينجح الاختبار.
connections-test-unchanged = يبقى مؤكَّدًا: تنتظر الرسائل، وتُعاد المحاولة تلقائيًا.

connections-conflict = غيّر شخص آخر هذا الاتصال أثناء تغييرك له. لم يُحفظ شيء بعد.

connections-delete-title = حذف { $name }
connections-delete-goes = تُحذف نهائيًا إعدادات { $name } وكلمة مروره المحفوظة.
connections-delete-stays = تبقى الملفات هناك، ويبقى سجل الرسائل بكل ما سُلِّم. يُرفض الحذف ما دام خادم وارد يغذّيه أو كانت رسائل في الطريق إليه.
connections-delete-archive = لإيقاف التسليم مؤقتًا يُرجى أرشفته بدلًا من ذلك.
connection-password = يُرجى إدخال كلمة مرور الحساب، أو مفتاح API له.
connection-password-again = كُتبت كلمة المرور المحفوظة من أجل { $url }. يُرجى كتابتها من جديد لهذا العنوان.
connection-password-readable = من دون البادئة https تنتقل كلمة المرور مقروءة. يُرجى كتابتها من جديد إن جاز أن تنتقل بهذه الطريقة.
connection-contact-gone = لم تعد جهة الاتصال هذه موجودة هناك.
connection-url = يُرجى إدخال العنوان كاملًا، مثل https://openspp.example.org.
connection-url-scheme = يبدأ العنوان بالبادئة https (أو http داخل جهاز واحد).
connection-url-user = يُرجى عدم إدخال اسم المستخدم وكلمة المرور في العنوان؛ فلهما حقولهما.
connection-url-wrong = هذا ليس عنوانًا. يكون العنوان مثل https://openspp.example.org.
connection-name = يُرجى إدخال اسم يُعرف به هذا النظام، مثل OpenSPP.
connection-database = يُرجى إدخال اسم قاعدة البيانات؛ ويعرض «تحميل» ما يسرده الخادم منها.
connection-login = يُرجى إدخال اسم دخول الحساب الذي يستخدمه Mailgate هناك.
connection-in-use = لا يزال «{ $name }» قيد الاستخدام، فلم يُحذف.
connection-in-use-servers = تغذّيه هذه الخوادم الواردة: { $servers }. يُرجى اختيار اتصال آخر فيها أولًا.
connection-in-use-mail = عدد الرسائل في الطريق إليه أو المحتجزة قبله: { $count }. يُرجى الانتظار حتى تُسلَّم، أو استبعادها تحت «الرسائل».
connection-in-use-archive = لإيقاف التسليم مؤقتًا يُرجى أرشفته بدلًا من ذلك.
connections-held = محتجز قبله
connections-held-count = { $count ->
    [zero] لا رسائل تنتظر قرارًا
    [one] رسالة واحدة تنتظر قرارًا
    [two] رسالتان تنتظران قرارًا
    [few] { $count } رسائل تنتظر قرارًا
    [many] { $count } رسالة تنتظر قرارًا
   *[other] { $count } رسالة تنتظر قرارًا
}
connections-renew = تجديد المفتاح
connections-renew-says = ينشئ النظام هناك مفتاح API جديدًا لأطول مدة يُسمح بها لهذا الحساب، بعد أن تكتب كلمة مرور الحساب. تُستعمل كلمة المرور لهذا الغرض ولا تُحفظ في أي مكان، ويبقى المفتاح القديم صالحًا حتى نهايته.
connections-renew-password = كلمة مرور الحساب هناك
connections-renewed = جُدّد المفتاح. جُرّب المفتاح الجديد وحُفظ.
connection-renew-password = اكتب كلمة المرور التي يسجّل بها شخص الدخول إلى ذلك الحساب هناك.
