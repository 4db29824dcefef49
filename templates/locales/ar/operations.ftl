# Why something was not done, and what to do.
deed-set-a-password = تعيين كلمة مرور
deed-change-a-user = تغيير مستخدم
deed-add-a-user = إضافة مستخدم
deed-see-the-api-keys-of-others = الاطلاع على مفاتيح API للآخرين
deed-read-attachments = قراءة المرفقات
deed-attach-files = إضافة المرفقات
deed-read-the-audit = قراءة سجل التدقيق
deed-check-the-audit = التحقق من سجل التدقيق
deed-check-the-installation = فحص التثبيت
deed-make-contacts = إنشاء جهات اتصال
deed-read-contacts = قراءة جهات الاتصال
deed-name-rows = إعطاء الصفوف معرّفات خارجية
external-id-wrong = يجب ألا يتضمن اسم المعرّف الخارجي مسافات، والحد الأقصى لعدد أحرفه { $most }، وكذلك اسم وحدته.
external-id-gone = حُذف هذا المعرّف الخارجي.
external-id-taken = المعرّف الخارجي { $name } يخص صفًا آخر.
deed-hand-messages-over = تسليم الرسائل
deed-fetch-incoming-servers = الجلب من الخوادم الواردة
deed-see-incoming-servers = الاطلاع على الخوادم الواردة
deed-fetch-an-incoming-server = الجلب من خادم وارد
deed-hand-mail-over = تسليم البريد
deed-make-a-new-secret-key = إنشاء مفتاح سري جديد
deed-rotate-the-secret-key = تدوير المفتاح السري
deed-decide-about-messages = البت في الرسائل
deed-read-mail = قراءة البريد
deed-correct-messages = تصحيح الرسائل
deed-read-the-ledger = قراءة سجل الرسائل
deed-link-senders = ربط المُرسِلين
deed-open-sources = فتح المصادر
deed-sign-somebody-out = تسجيل خروج شخص آخر
deed-change-contacts = تغيير جهات الاتصال
deed-change-records = تغيير الملفات
deed-change-shared-filters = تغيير ما يشاركه الآخرون
deed-share-filters = مشاركة عوامل التصفية
deed-make-records = إنشاء الملفات
deed-join-records = ضم الملفات
deed-read-records = قراءة الملفات
deed-write-notes = كتابة الملاحظات
deed-decide-what-is-a-grievance = تنحية الملفات
deed-use-the-developer-mode = استخدام وضع المطوّر
deed-archive-a-user = أرشفة مستخدم
deed-see-the-users = الاطلاع على المستخدمين
own-password-missing = يُرجى إدخال كلمة مرورك أنت.
alias-record-type = يُرجى اختيار ما تصبحه رسائله.
alias-twice = يوجد عنوان بديل { $address } من قبل، وربما كان مؤرشفًا. يُرجى تغيير ذلك العنوان.
alias-defaults = هذه ليست قيمًا افتراضية: { $error }. تكون على هذا النحو: {"{"}'priority': '2'{"}"}.
alias-record = { $label }: لا يوجد ملف «{ $typed }» للضم إليه.
api-key-twice = لديك مفتاح «{ $name }» من قبل. يُرجى إلغاؤه، أو اختيار اسم آخر.
api-keys-most = بلغ عدد مفاتيحك الحد الأقصى وهو { $most }. يُرجى إلغاء مفتاح لم يعد مستخدمًا.
api-key-gone = لا يوجد مفتاح API كهذا (أو لم يعد موجودًا).
api-key-name = يُرجى ذكر ما يستخدم المفتاح، في 100 حرف على الأكثر: «التقرير الليلي».
api-key-expires = يُرجى إدخال يوم لاحق، مثل {"\u200E"}2026-11-22، أو ترك الحقل فارغًا.
attachment-gone = لم يعد هذا المرفق موجودًا.
attachment-name = اسم المرفق من 1 إلى 255 حرفًا في سطر واحد.
attachment-not-kept = تعذر حفظ «{ $name }»: { $error }.
attachment-missing = لا يوجد مرفق { $id } (أو لم يعد موجودًا).
attachment-elsewhere = المرفق «{ $name }» يخص ملفًا آخر أو رسالة أخرى ويبقى هناك.
attachment-no-record = لا يوجد ملف { $record } من النوع { $model } لإرفاق هذا به.
deliver-not-local = الخادم «{ $server_name }» من النوع { $type }: لا يأخذ الرسائل من أنبوب إلا الخادم المحلي.
fetch-no-server = لا يوجد خادم وارد «{ $name }». الموجود: { $known }.
fetch-no-server-none = لا شيء بعد
fetch-not-confirmed = الخادم «{ $name }» غير مؤكَّد.
    .remedy = يُرجى الضغط على «اختبار وتأكيد» فيه أولًا.
fetch-archived = الخادم «{ $name }» مؤرشف.
    .remedy = يُرجى إعادته إلى الاستخدام وتأكيده أولًا.
gateway-not-kept = { $error }. لم يُخزَّن شيء من الرسالة.
figures-failed = تعذر جمع الأرقام: { $error }.
kept-form-gone = لا يوجد هنا شيء كتبته: أُرسل في هذه الأثناء، أو كتبه شخص آخر.
key-none = لا يوجد مفتاح سري قيد الاستخدام بعد.
key-rotated-elsewhere = يدوّر شخص آخر المفتاح في هذه اللحظة.
    .remedy = يُرجى المحاولة لاحقًا.
key-lock-unusable = يتعذر استخدام { $path }: { $error }.
key-busy = يعمل `mailgate key` آخر في هذه اللحظة.
    .remedy = يُرجى انتظار انتهائه.
key-not-written = تتعذر كتابة المفتاح السري { $file }: { $error }.
    .remedy = إذا كان شيء آخر يحفظه فيُرجى إضافة سطر من 64 رقمًا ست عشريًا تحت الأسطر الموجودة (openssl rand -hex 32)، وتسليمه من جديد، ثم تشغيل `mailgate key rotate` مرة أخرى.
key-without-version = كُتب ملف المفتاح، ولا يتضمن الإصدار الجديد.
    .remedy = يُرجى المحاولة من جديد.
key-not-everywhere = الإصدار { $version } من المفتاح السري موجود في { $file }، وليس لدى هذه بعد: { $nodes }.
    .remedy = يُرجى نسخ الملف إلى هناك (تقرؤه العملية من جديد خلال ثوانٍ؛ وإذا كان مدير الخدمات يسلّمه عند البدء فيُرجى إعادة تشغيل الخدمة)، ثم تشغيل `mailgate key rotate` مرة أخرى. العملية التي انتهت من دون إعلان تُحسب مدة 90 ثانية. وإلى ذلك الحين يستمر كل شيء بالإصدار السابق.
key-right = المفتاح السري { $file } هو الصحيح، فلا يُنسى شيء. يضع `mailgate key rotate` إصدارًا جديدًا مكانه.
key-not-made = يتعذر إنشاء { $file } من جديد: { $error }.
session-ended = انتهت هذه الجلسة من قبل. يُرجى اختيار جلسة أخرى.
contact-changed = غيّر شخص آخر جهة الاتصال هذه في هذه الأثناء، ولم يُحفظ شيء.
    .remedy = ما كتبته معروض هنا. يُرجى مقارنته بما في جهة الاتصال الآن، ثم الحفظ من جديد.
contact-gone = لم تعد جهة الاتصال هذه موجودة.
contact-name = يُرجى إدخال اسم جهة الاتصال.
contact-email = يُرجى إدخال عنوان مثل amina@people.example، أو ترك الحقل فارغًا.
contact-line = سطر واحد من فضلك، والحد الأقصى لعدد الأحرف { $max }.
password-short = الحد الأدنى لعدد أحرف كلمة المرور { $min_length }. ثلاث كلمات أو أربع يسهل تذكرها.
password-long = الحد الأقصى لعدد أحرف كلمة المرور { $max_length }.
password-not-hashed = تعذرت تجزئة كلمة المرور: { $error }.
    .remedy = يُرجى المحاولة من جديد.
sign-in-crowd = عدد كبير جدًا يسجّل الدخول في هذه اللحظة.
    .remedy = يُرجى المحاولة بعد قليل.
own-password-too-many = كلمات مرور خاطئة كثيرة جدًا. يُرجى المحاولة من جديد بعد { $seconds ->
    [zero] لحظات
    [one] ثانية واحدة
    [two] ثانيتين
    [few] { $seconds } ثوانٍ
    [many] { $seconds } ثانية
   *[other] { $seconds } ثانية
}.
own-password-wrong = هذه ليست كلمة مرورك الحالية.
proxy-unknown = ترد الطلبات عبر وكيل عند { $peer } غير معروف هنا، فيبدو الجميع كأنهم عند عنوانه، ومن يخمّن كلمات المرور يبطئ الآخرين كلهم. يُرجى ضبط MAILGATE_TRUSTED_PROXY={ $peer } وجعل الوكيل يرسل X-Real-IP
no-random = لم يعطِ نظام التشغيل أرقامًا عشوائية: { $error }.
    .remedy = يُرجى المحاولة من جديد.
settings-changed = غيّر شخص آخر «{ $name }» في هذه اللحظة نفسها.
    .remedy = يُرجى مراجعته، ثم المحاولة من جديد.
settings-changed-while-tested = غُيِّر «{ $name }» أثناء اختباره، فلم يُؤكَّد.
    .remedy = يُرجى مراجعته، ثم الاختبار من جديد.
settings-unencrypted = لا شيء مشفّر في الطريق إلى { $host }: يستطيع كل من هناك قراءة كلمة المرور والرسائل. يُرجى استخدام SSL/TLS، أو تحديد هذا الخيار إن كان ذلك مقصودًا، ثم الاختبار من جديد. ما كتبته محفوظ.
setup-token-wrong = هذا ليس الرمز الذي طبعه `mailgate serve` عند آخر تشغيل. يُرجى نسخه من الطرفية.
setup-done = تم إعداد Mailgate من قبل.
    .remedy = يُرجى تسجيل الدخول بدلًا من ذلك.
password-row = كلمة المرور هذه تسلسل أو تكرار، وهو أول ما يُجرَّب. يُرجى اختيار ثلاث كلمات أو أربع.
password-usual = كلمة المرور هذه من أول ما يُجرَّب. يُرجى اختيار ثلاث كلمات أو أربع.
password-ours = كلمة المرور التي تتضمن «{ $word }» من أول ما يُجرَّب. يُرجى اختيار ثلاث كلمات أو أربع غيرها.
password-login = كلمة المرور التي تتضمن اسم الدخول من أول ما يُجرَّب. يُرجى اختيار ثلاث كلمات أو أربع غيرها.
password-name = كلمة المرور التي تتضمن اسم صاحبها من أول ما يُجرَّب. يُرجى اختيار ثلاث كلمات أو أربع غيرها.

operation-denied = لا تتيح لك صلاحياتك { $deed }: يلزم لذلك دور { $needed }.
role-or = { $one } أو { $other }
deed-settings = الاطلاع على { $names } أو تغييرها
deed-read-table = قراءة { $table }
operation-too-long = استغرق هذا أكثر من { $seconds ->
    [zero] لحظات
    [one] ثانية واحدة
    [two] ثانيتين
    [few] { $seconds } ثوانٍ
    [many] { $seconds } ثانية
   *[other] { $seconds } ثانية
}، فأُوقف، ويستمر العمل للجميع.
    .remedy = يُرجى طلب أقل: تضييق البحث، أو أخذ عدد أقل في كل مرة.
operation-busy = عمليات البحث الجارية في هذه اللحظة كثيرة جدًا.
    .remedy = يُرجى الانتظار قليلًا، ثم المحاولة من جديد.
operation-store = تعذر على Mailgate الوصول إلى قاعدة بياناته.
    .remedy = يُرجى المحاولة من جديد؛ وإذا استمر الأمر فيُرجى إبلاغ المسؤول.
settings-missing = لا يوجد { $name } { $id } (أو لم يعد موجودًا).
    .remedy = يُرجى العودة إلى القائمة.
name-server = خادم وارد
names-servers = الخوادم الواردة
name-connection = اتصال
names-connections = الاتصالات
name-alias = عنوان بديل
names-aliases = العناوين البديلة
name-user = مستخدم
names-users = المستخدمين

chain-anchor = أحد القيود حتى { $id } ليس كما كان عند بدء السلسلة
chain-changed = غُيِّر القيد { $id }، أو ما كان بينه وبين القيد السابق
chain-foreign = لم يكتب Mailgate القيد { $id }، أو كتبه إصدار أقدم من السلسلة
chain-signature = القيود حتى { $id } ليست القيود التي وُقِّعت بمفتاح هذا التثبيت
chain-missing = القيود بعد { $last } مفقودة، حتى { $id }
fetch-shutting-down = جارٍ إيقاف Mailgate؛ وتستمر الدورة عند التشغيل التالي.
deed-read-stages = قراءة المراحل
deed-split-records = فصل الرسائل
attachment-unnamed = ملف
attachment-damaged = تتعذّر قراءة «{ $name }»: { $error }.
deed-name-readers = تحديد من يرى سجلًا سرّيًا
deed-keep-teams = إدارة الفرق
readers-raised = { $number } سرّي بسبب حساسيته. أعد الحساسية إلى قيمتها المعتادة أولًا.
teams-name-wrong = اسم الفريق سطر من 1 إلى { $max } من الأحرف.
teams-name-taken = يوجد فريق باسم { $name } من قبل. اختر اسمًا آخر.
teams-gone = لم يعد هذا الفريق موجودًا.
