# What goes wrong between Mailgate and a mail server, and what its administrator is to do. And the stages of its test.

mailbox-name-is = عنوان { $host } هو { $addresses }.
mailbox-connected = المنفذ { $port }: { $outcomes }.
mailbox-address-connected = تم الاتصال بـ { $address }
mailbox-address-silent = لا رد من { $address }
mailbox-encrypted = مشفّر. الشهادة للأسماء { $names }، أصدرها «{ $issuer }»، وصالحة حتى {"\u200E"}{ $until }.
mailbox-encrypted-trusted = مشفّر. الشهادة للأسماء { $names }، أصدرها «{ $issuer }»، وصالحة حتى {"\u200E"}{ $until }، وموثوق بها لهذا الخادم عبر SHA-256.
mailbox-speaks = يستخدم بروتوكول { $protocol }.
mailbox-speaks-offering = يستخدم بروتوكول { $protocol } ويعرض: { $offers }.
mailbox-signed-in = تم تسجيل الدخول باسم «{ $user }».
mailbox-holds = عدد الرسائل في { $place }: { $count }.
mailbox-holds-unread = عدد الرسائل في { $place }: { $count }، غير المقروء منها { $unread }.
mailbox-the-mailbox = صندوق البريد
mailbox-the-maildir = مجلد Maildir

# What a server is asked to do: ends “… while it was asked to”.
mailbox-doing-begin-tls = بدء TLS
mailbox-doing-compare = مقارنة الرسائل
mailbox-doing-count = عدّ الرسائل
mailbox-doing-delete = حذف الرسائل
mailbox-doing-delete-all = حذف كل ما طُلب حذفه
mailbox-doing-go-on = المتابعة
mailbox-doing-greet = إرسال التحية
mailbox-doing-hand-over = تسليم الرسائل
mailbox-doing-hold-still = الثبات على حاله
mailbox-doing-introduce = التعريف بنفسه
mailbox-doing-list = سرد الرسائل
mailbox-doing-list-all = سرد محتويات صندوق البريد
mailbox-doing-list-capabilities = سرد إمكاناته
mailbox-doing-list-folders = سرد مجلداته
mailbox-doing-list-sizes = سرد الأحجام
mailbox-doing-list-uidls = سرد قيم UIDL
mailbox-doing-look-again = النظر من جديد
mailbox-doing-mark = تعليم الرسائل
mailbox-doing-move = نقل الرسائل
mailbox-doing-number = ترقيم رسائله
mailbox-doing-open = فتح المجلد
mailbox-doing-search = البحث في المجلد
mailbox-doing-show-header = عرض ترويسة
mailbox-doing-show-headers = عرض الترويسات
mailbox-doing-show-newest = عرض أحدث رسائله
mailbox-doing-sign-in = تسجيل الدخول
mailbox-doing-sign-out = تسجيل الخروج
mailbox-doing-uid-validity = ذكر UIDVALIDITY
mailbox-doing-wait = الإعلان عن الرسائل الجديدة

mailbox-timeout = لم يرد { $place } في الوقت المحدد حين طُلب منه { $doing }.
mailbox-broke-limit = تجاوز { $place } أحد الحدود حين طُلب منه { $doing }: { $limit }.
mailbox-cut = أنهى { $place } الاتصال حين طُلب منه { $doing }.
mailbox-ended-session = أنهى { $place } الجلسة حين طُلب منه { $doing }: { $said }
mailbox-refused = رفض { $place } { $doing }: { $said }
mailbox-removed-all-the-time = تُزال الرسائل باستمرار
mailbox-limit-line = أرسل سطرًا يزيد على 64 kB
mailbox-limit-parts = في رده أجزاء كثيرة جدًا
mailbox-limit-data = يعلن عن بيانات أكثر مما طُلب
mailbox-limit-announced = يعلن لرسالة عن بايتات أكثر مما يرسل
mailbox-limit-answer = رده أطول مما طُلب
mailbox-limit-completion = أنهى رده من دون OK ولا NO ولا BAD
mailbox-limit-length = ما أرسله ليس بالطول الذي أعلنه
mailbox-limit-listed = إحدى الرسائل أكبر بكثير مما أُدرج

mailbox-name-not-looked-up-because = تعذر الاستعلام عن «{ $host }»: { $error }.
mailbox-name-not-looked-up = تعذر الاستعلام عن «{ $host }».
mailbox-name-not-found = تعذر العثور على «{ $host }».
mailbox-name-without-address = ليس لـ «{ $host }» عنوان.
mailbox-name-service-silent = لم ترد خدمة الأسماء في الوقت المحدد عند السؤال عن «{ $host }».
    .remedy = لم ترد خدمة الأسماء (DNS) لهذا الحاسوب، أيًّا كان الاسم. يُرجى التحقق من إعدادات الشبكة وDNS في هذا الحاسوب؛ ويعيد Mailgate المحاولة تلقائيًا.
mailbox-not-connected = لم يقبل { $host } اتصالًا على المنفذ { $port } ({ $outcomes }).

mailbox-strange-preauth = يَعُدّ { $place } الجميع مسجَّلي الدخول من قبل (PREAUTH)؛ ولا يستخدم Mailgate خادمًا كهذا.
mailbox-strange-capabilities = لم يسرد { $place } إمكاناته: { $line }.
mailbox-strange-capabilities-without-end = يسرد { $place } إمكانات لا نهاية لها.
mailbox-strange-plain-text = أرسل { $place } نصًا عاديًا بعد الموافقة على التشفير، كما يفعل مهاجم في الطريق.
mailbox-strange-more-than-password = يطلب { $place } أكثر من اسم وكلمة مرور.
mailbox-strange-sign-in = لم يرد { $place } على تسجيل الدخول بـ OK أو ERR: { $line }.
mailbox-strange-status = لم يرد { $place } بـ OK أو ERR: { $line }.
mailbox-strange-million = يسرد { $place } أكثر من مليون رسالة.
mailbox-no-list-now = لا يستطيع { $place } سرد رسائله الآن: { $said }.
mailbox-no-uidl = ليس في { $place } أمر UIDL، فلا يمكن التمييز بين الرسائل هناك: { $said }.
    .remedy = يُرجى استخدام IMAP بدلًا منه، أو طلب السماح بـ UIDL من مسؤول البريد.
mailbox-asks-to-wait = يطلب { $place } من Mailgate الانتظار: { $said }
    .remedy = يفعل Mailgate ذلك ويعيد المحاولة تلقائيًا. إذا استمر الأمر فيُرجى الجلب على فترات أطول، أو سؤال مسؤول البريد عما يسمح به هذا الخادم.
mailbox-turns-away = يرفض { $place } الاتصالات: { $said }
mailbox-speaks-other = يستخدم { $place } بروتوكول { $speaks } لا { $wanted }: { $said }
mailbox-speaks-something-else = يستخدم { $place } شيئًا آخر لا { $wanted }: { $said }
mailbox-speaks-tls = يستخدم { $place } بروتوكول SSL/TLS من البداية.

mailbox-no-starttls = لا يعرض { $place } إمكانية { $capability }؛ ولا يُرسَل شيء من دون تشفير.
mailbox-starttls-refused = رفض { $place } إمكانية { $capability }: { $said }
mailbox-no-plain-sign-in = لا يقبل { $place } كلمة مرور من دون تشفير (LOGINDISABLED).
mailbox-no-plain-sign-in-saying = لا يقبل { $place } كلمة مرور من دون تشفير: { $said }
mailbox-no-sign-in = لا يعرض { $place } طريقة لتسجيل الدخول بكلمة مرور (LOGINDISABLED).
mailbox-no-sign-in-saying = لا يقبل { $place } أي طريقة لتسجيل الدخول بكلمة مرور: { $said }
mailbox-zero-bytes = لا يجوز أن يتضمن اسم المستخدم أو كلمة المرور بايتات صفرية
mailbox-sign-in-refused = رفض { $host } تسجيل دخول «{ $user }».
mailbox-sign-in-refused-saying = رفض { $host } تسجيل دخول «{ $user }»: { $said }
mailbox-not-now = لا يستطيع { $host } فتح صندوق بريد «{ $user }» الآن.
mailbox-not-now-saying = لا يستطيع { $host } فتح صندوق بريد «{ $user }» الآن: { $said }

mailbox-certificate-unreadable = يعرض { $place } شهادة تتعذر قراءتها.
mailbox-certificate-unseen = لم تُقبل شهادة { $place }.
    .remedy = تعذر النظر فيها من جديد. يُرجى الاختبار مرة أخرى.
mailbox-certificate-changed = يعرض { $place } شهادة غير الشهادة الموثوق بها. الموثوق بها: SHA-256 { $trusted }. المعروضة الآن: SHA-256 { $seen }، أصدرها «{ $issuer }».
    .remedy = يُرجى سؤال مسؤول البريد عما إذا جُدِّدت الشهادة. إن جُدِّدت وكان SHA-256 لها هو المعروض الآن فيُرجى الوثوق بالجديدة؛ وإلا فقد يكون هناك من يتنصّت بين هنا والخادم.
mailbox-certificate-nameless = لا تسمّي شهادة { $host } صاحبها إلا بطريقة قديمة: بالاسم الشائع (common name) لا ضمن الأسماء البديلة (subjectAltName). أصدرها «{ $issuer }»، SHA-256 { $sha256 }.
    .remedy = يُرجى طلب شهادة من مسؤول البريد يكون { $host } ضمن أسمائها البديلة (subjectAltName)؛ وكل سلطة مصدِّقة تصدر مثلها اليوم. لا يوثق بهذه الشهادة وحدها إلا إذا أكّد مسؤول البريد SHA-256 لها؛ ويلزم ذلك من جديد عند التجديد التالي.
mailbox-certificate-date = شهادة { $host } صالحة من {"\u200E"}{ $from } حتى {"\u200E"}{ $until } فقط (SHA-256 { $sha256 }).
mailbox-certificate-other-server = شهادة { $host } لخادم آخر (SHA-256 { $sha256 }).
mailbox-certificate-chain-date = شهادة { $host } نفسها صالحة، لكن إحدى الشهادات الضامنة لها (شهادة مصدرها أو مصدر مصدرها) غير صالحة في هذا الوقت. أصدرها «{ $issuer }»، SHA-256 { $sha256 }.
    .remedy = يُرجى طلب تجديد الشهادات التي يرسلها الخادم معها من مسؤول البريد، وإبقاء قائمة السلطات المصدِّقة في هذا الحاسوب محدَّثة.
mailbox-certificate-weak = مفتاح شهادة { $host } أو توقيعها، أو مفتاح شهادة ضامنة لها أو توقيعها، أضعف من أن يكون آمنًا. أصدرها «{ $issuer }»، SHA-256 { $sha256 }.
mailbox-certificate-revoked = ألغى «{ $issuer }» شهادة { $host } (SHA-256 { $sha256 }).
    .remedy = يُرجى طلب شهادة جديدة من مسؤول البريد: سحبت السلطة المصدِّقة هذه الشهادة.
mailbox-certificate-purpose = شهادة { $host } ليست مخصصة للخوادم. أصدرها «{ $issuer }»، SHA-256 { $sha256 }.
    .remedy = يُرجى طلب شهادة مخصصة للخوادم من مسؤول البريد.
mailbox-certificate-untrusted = لا تضمن شهادةَ { $host } أيُّ سلطة مصدِّقة معروفة هنا: أصدرها «{ $issuer }»، SHA-256 { $sha256 }.

mailbox-authorities-unreadable = تتعذر قراءة السلطات المصدِّقة الإضافية في { $path } (CA_FILE): { $why }.
    .remedy = الملف CA_FILE بصيغة PEM ويتضمن شهادة واحدة أو أكثر.
mailbox-authorities-empty = تتعذر قراءة السلطات المصدِّقة الإضافية في { $path } (CA_FILE): لا توجد فيه شهادة بصيغة PEM.
    .remedy = الملف CA_FILE بصيغة PEM ويتضمن شهادة واحدة أو أكثر.
mailbox-tls-starttls-plain = وافق { $place } على التشفير، ثم تابع من دونه.
mailbox-tls-plain = لا يبدأ { $place } بـ TLS بل بنص عادي.
mailbox-tls-outdated = لا يشفّر { $place } إلا بطرق قديمة (أقدم من TLS 1.2).
mailbox-tls-short-key = يشفّر { $place } بمفتاح Diffie-Hellman أقصر من أن يكون آمنًا.
mailbox-tls-weak-certificate = لدى { $place } شهادة مفتاحها أو توقيعها أضعف من أن يكون آمنًا.
mailbox-tls-broke-off = قطع { $place } الاتصال عند الاتفاق على طريقة التشفير.
    .remedy = غالبًا لا يعرف خادم كهذا إلا تشفيرًا لم يعد آمنًا، أو يطلب شهادة عميل. يُرجى طلب تحديثه من مسؤول البريد، أو طلب طريقة دخول باسم مستخدم وكلمة مرور.
mailbox-tls-nothing-in-common = لا يوجد تشفير آمن مشترك بين { $place } وMailgate.
mailbox-tls-renegotiation = يشفّر { $place } بطريقة قديمة يمكن للآخرين اختراقها (من دون RFC 5746).
mailbox-tls-client-certificate = يطلب { $place } شهادة من هذا الحاسوب.
    .remedy = لا يسمح هذا الخادم بالدخول إلا لمن يعرض شهادة، وليس لدى Mailgate شهادة. يُرجى طلب طريقة دخول باسم مستخدم وكلمة مرور من مسؤول البريد.
mailbox-tls-unknown-name = لا يعرف { $place } خادمًا بهذا الاسم.
    .remedy = يُرجى التحقق من «اسم الخادم»: يجب أن يكون اسمًا يعرف به الخادم نفسه.
mailbox-tls-not-agreed = لم يتمكن { $place } وMailgate من الاتفاق على طريقة التشفير.

mailbox-announces-nothing = لا يعلن صندوق البريد هذا عن رسائل.
mailbox-speaks-too-much = يقول { $place } أكثر مما يلزم خادمًا يعلن عن الرسائل.
mailbox-ends-waiting = ينهي { $place } فورًا في كل مرة ما طُلب منه انتظاره.
mailbox-at-once = يعلن خادم البريد عن كل رسالة.
mailbox-at-once-all = يعلن خادم البريد عن كل رسالة، في كل مجلد من هذه المجلدات.
mailbox-at-once-first = يعلن خادم البريد عن كل رسالة في «{ $folder }»؛ أما المجلدات الأخرى فيُنظر فيها كل { $seconds ->
    [zero] بضع لحظات
    [one] ثانية واحدة
    [two] ثانيتين
    [few] { $seconds } ثوانٍ
    [many] { $seconds } ثانية
   *[other] { $seconds } ثانية
}.
mailbox-folder-read-only = المجلد «{ $folder }» للقراءة فقط.
    .remedy = يُرجى اختيار «إبقاؤها كما هي» تحت «بعد الجلب»، أو طلب حق تغيير هذا المجلد من مسؤول البريد.
mailbox-folder-closed = يتعذر فتح المجلد «{ $folder }»: { $said }.
mailbox-folder-not-moved-to = تعذر نقل الرسائل إلى المجلد «{ $folder }»: { $said }
mailbox-numbered-anew = أعاد { $place } ترقيم رسائله في هذه الأثناء.

# Of one message, on its row of the ledger.
mailbox-message-gone = لم تعد على خادم البريد.
mailbox-message-not-told-of = يرفض { $place } تبليغه بشأن هذه الرسالة: { $why }
mailbox-message-not-compared = تعذرت مقارنة ترويستها قبل إزالتها: { $why }
mailbox-message-not-mentioned = لا يذكر { $place } شيئًا عنها
mailbox-message-not-listed = لم يسرد { $place } هذه الرسالة: { $why }
mailbox-message-refused = لم يسلّم { $place } هذه الرسالة: { $said }
mailbox-message-refused-by-server = لم يسلّم الخادم هذه الرسالة: { $why }
mailbox-message-broken = لم تصل هذه الرسالة إلى نهايتها: { $why }
mailbox-message-short = أعلن { $place } عن { $announced } من بايتاتها، وأرسل { $came }، ولم يسلّمها مرة أخرى.
mailbox-message-unlike = أعلن خادم البريد عن { $announced } من بايتاتها وأرسل { $one }، ثم { $other } غيرها.
mailbox-message-missing = يرد { $place } من دون الرسالة، مع أنه يعرضها.
mailbox-message-not-deleted = رفض الخادم حذفها: { $said }
mailbox-message-cut = وصلت مبتورة: جاء السطر الذي ينهي الرسالة في وسطها، وبعده بقية منها. لم يُحذف شيء هناك ولم يُعلَّم؛ يُرجى فتحها في بريد الويب للاطلاع عليها كاملة.
mailbox-message-cut-sizes = وصلت مبتورة: جاء السطر الذي ينهي الرسالة في وسطها، وبعده بقية منها. أعلن خادم البريد عن { $announced } من البايتات وأرسل { $received }. لم يُحذف شيء هناك ولم يُعلَّم؛ يُرجى فتحها في بريد الويب للاطلاع عليها كاملة.
mailbox-message-file-unreadable = تتعذر قراءة أحد ملفات Maildir في { $maildir }: { $error }.

mailbox-no-room = تعذر حفظ رسالة كبيرة في ملف مؤقت: { $error }.
    .remedy = يُرجى إفساح المجال في مجلد الملفات المؤقتة، أو ضبط TMPDIR على مجلد فيه متسع.
mailbox-maildir-unusable = يتعذر استخدام Maildir في { $path }: { $why }.
    .remedy = يقع Maildir للخادم المحلي تحت { $root } وفيه المجلدات new وcur وtmp.
mailbox-maildir-elsewhere = يقع في مكان آخر
mailbox-maildir-no-folder = المسار { $part } فيه ليس مجلدًا
mailbox-maildir-folder = مجلده { $part }: { $error }
mailbox-maildir-broken = المسار { $path }: { $error }.
    .remedy = يُرجى منح المستخدم الذي يعمل Mailgate باسمه حق القراءة والكتابة في Maildir هذا.
mailbox-no-maildir = ليس لـ «{ $name }» مجلد Maildir: لا تصل إليه الرسائل إلا عبر mailgate deliver.

# What to do.
remedy-name = لم يُعثر على خادم باسم «{ $host }». يُرجى التحقق من الكتابة. إذا كانت شبكتك الداخلية وحدها تعرفه فيجب أن يستخدم هذا الحاسوب DNS تلك الشبكة.
remedy-connect = لم يقبل { $host } اتصالًا على المنفذ { $port }. المنافذ المعتادة: IMAP 993 (143 من دون SSL/TLS)، POP 995 (110). إذا كان المنفذ صحيحًا فيُرجى طلب السماح لهذا الحاسوب بالمرور عبر الجدار الناري من فريق الشبكة.
remedy-unreachable = ليس لهذا الحاسوب طريق إلى ذلك العنوان. يُرجى التحقق من اتصاله بالشبكة، أو سؤال فريق الشبكة.
remedy-not-tls = لا يبدأ المنفذ { $port } بـ SSL/TLS. يُرجى استخدام المنفذ { $tls }، أو إلغاء تحديد SSL/TLS واختيار STARTTLS تحت «خيارات متقدمة».
remedy-not-tls-on-its-port = لا يبدأ المنفذ { $port } بـ SSL/TLS. يُرجى إلغاء تحديد SSL/TLS واختيار STARTTLS تحت «خيارات متقدمة» (غالبًا مع المنفذ { $plain }).
remedy-starttls-broken = لا يعمل STARTTLS على هذا الخادم. يُرجى تحديد SSL/TLS واستخدام المنفذ { $tls }، أو سؤال مسؤول البريد.
remedy-is-tls = يبدأ المنفذ { $port } بـ SSL/TLS فورًا. يُرجى تحديد SSL/TLS، أو استخدام المنفذ { $plain } مع STARTTLS.
remedy-is-tls-on-plain-port = يبدأ المنفذ { $port } بـ SSL/TLS فورًا. يُرجى تحديد SSL/TLS.
remedy-weak-tls = يحتاج Mailgate إلى TLS 1.2 أو أحدث. يُرجى طلب تحديث تشفير هذا الخادم من مسؤول البريد.
remedy-weak-tls-key = يحتاج Mailgate إلى مفتاح Diffie-Hellman بطول 2,048 بت أو أكثر، أو إلى المنحنيات الإهليلجية (ECDHE). يُرجى طلب تحديث تشفير هذا الخادم من مسؤول البريد.
remedy-weak-tls-renegotiation = يحتاج Mailgate إلى RFC 5746. يُرجى طلب تحديث تشفير هذا الخادم من مسؤول البريد.
remedy-handshake-port = يُرجى التحقق من المنفذ: مع SSL/TLS يكون غالبًا { $tls }. إذا كان صحيحًا فقد لا يعرف الخادم إلا تشفيرًا أقدم من TLS 1.2، أو لا يسمح بالدخول إلا لحواسيب معينة. يُرجى سؤال مسؤول البريد.
remedy-handshake = قد تكون الإعدادات صحيحة: ربما لا يعرف الخادم إلا تشفيرًا أقدم من TLS 1.2، أو لا يسمح بالدخول إلا لحواسيب معينة. يُرجى سؤال مسؤول البريد.
remedy-authority = أصدر الشهادة «{ $issuer }»، وهو غير معروف لهذا الحاسوب. إذا كان السلطة المصدِّقة الخاصة بمؤسستك فيُرجى تثبيت شهادته الجذرية. لا يوثق بهذه الشهادة وحدها إلا إذا أكّد مسؤول البريد SHA-256 لها؛ ويلزم ذلك من جديد عند التجديد التالي.
remedy-self-signed = تضمن الشهادة نفسها: أصدرها «{ $issuer }»، وهو غير معروف لهذا الحاسوب. يُرجى طلب شهادة من سلطة مصدِّقة معروفة من مسؤول البريد. لا يوثق بهذه الشهادة وحدها إلا إذا أكّد مسؤول البريد SHA-256 لها؛ ويلزم ذلك من جديد عند التجديد التالي.
remedy-incomplete-chain = أصدر الشهادة «{ $issuer }»، وهو غير معروف لهذا الحاسوب. إذا كان السلطة المصدِّقة الخاصة بمؤسستك فيُرجى تثبيت شهادته الجذرية؛ وإلا فقد يكون الخادم لا يرسل شهادة مصدرها، ويمكن لمسؤول البريد إصلاح ذلك. لا يوثق بهذه الشهادة وحدها إلا إذا أكّد مسؤول البريد SHA-256 لها؛ ويلزم ذلك من جديد عند التجديد التالي.
remedy-certificate-without-names = لا تسمّي هذه الشهادة أي خادم، ولا { $host } كذلك. يُرجى طلب شهادة أخرى من مسؤول البريد.
remedy-certificate-names = هذه الشهادة للأسماء { $names } لا لـ { $host }. يُرجى إدخال أحد هذه الأسماء في «اسم الخادم».
remedy-certificate-expired = يُرجى طلب تجديد شهادة الخادم من مسؤول البريد، والتحقق من ساعة هذا الحاسوب.
remedy-certificate-too-early = يُرجى التحقق من ساعة هذا الحاسوب. إذا كانت صحيحة فيُرجى طلب شهادة بدأت صلاحيتها من مسؤول البريد.
remedy-certificate-weak = يُرجى طلب شهادة جديدة من مسؤول البريد، بمفتاح لا يقل طوله عن 2,048 بت وتواقيع SHA-256.
remedy-no-starttls = يُرجى تحديد SSL/TLS واستخدام المنفذ { $tls }. من دون تشفير تنتقل كلمة المرور مقروءة.
remedy-sign-in = رفض { $host } اسم المستخدم أو كلمة المرور. يُرجى تجربتهما في بريد الويب. تطلب بعض الخوادم العنوان الكامل، وأخرى الجزء الذي قبل @ فقط. قد تؤدي المحاولات الفاشلة المتكررة إلى قفل الحساب.
remedy-sign-in-google = ترفض Google هنا كلمة مرور الحساب نفسها. يُرجى تشغيل 2-Step Verification، وإنشاء كلمة مرور تطبيق في myaccount.google.com/apppasswords ولصق أحرفها الستة عشر من دون مسافات. تغيير كلمة مرور Google يلغيها.
remedy-sign-in-microsoft = لم تعد Microsoft تقبل كلمات المرور لـ IMAP أو POP، ومنها كلمات مرور التطبيقات. يُرجى تحويل (redirect، لا forward) صندوق البريد هذا إلى صندوق يقبل كلمة مرور.
remedy-sign-in-netease = تطلب NetEase رمز تفويض بدلًا من كلمة المرور: webmail › Settings › POP3/SMTP/IMAP.
remedy-sign-in-app-password = يطلب هذا الموفّر كلمة مرور تطبيق بدلًا من كلمة مرور الحساب نفسها. يُرجى إنشاء واحدة في إعدادات أمان الحساب ولصقها هنا.
remedy-passing = كلمة المرور ليست السبب: يعيد Mailgate المحاولة تلقائيًا. إذا استمر الأمر فيُرجى إغلاق البرامج الأخرى التي تجلب من صندوق البريد هذا، أو سؤال مسؤول البريد.
remedy-expired = انتهت صلاحية كلمة المرور. يُرجى تعيين كلمة جديدة، في بريد الويب مثلًا، وإدخالها هنا.
remedy-account = يوجد خلل في هذا الحساب لدى خادم البريد. يُرجى سؤال مسؤول البريد.
remedy-no-way-plain = لا تقبل خوادم كثيرة كلمات المرور إلا عبر اتصالات مشفّرة: يُرجى تحديد SSL/TLS، أو STARTTLS تحت «خيارات متقدمة». وإلا فيُرجى طلب السماح بتسجيل الدخول بكلمة مرور من مسؤول البريد.
remedy-no-way = الاتصال مشفّر، فليس هذا هو السبب. يُرجى طلب السماح بتسجيل الدخول باسم مستخدم وكلمة مرور لهذا البروتوكول من مسؤول البريد.
remedy-folder-unknown = يُرجى التحقق من اسم المجلد في بريد الويب.
remedy-folder-closed = المجلد «{ $folder }» موجود، لكن الخادم لا يفتحه لهذا المستخدم. يُرجى النظر فيه في بريد الويب، أو سؤال مسؤول البريد.
remedy-folder-missing = لا يوجد مجلد «{ $folder }». في صندوق البريد هذا: { $folders }.
remedy-no-greeting-tls = الاتصال مشفّر، لكن لا أحد يتكلم عليه. يُرجى التحقق من «نوع الخادم» و«المنفذ»؛ إذا كانا صحيحين فالخادم مثقل، ويعيد Mailgate المحاولة تلقائيًا.
remedy-no-greeting = يقبل الخادم الاتصالات لكنه لا يقول شيئًا. يُرجى التحقق من المنفذ وSSL/TLS؛ إذا كانا صحيحين فالخادم أو جدار ناري أمامه مثقل، ويعيد Mailgate المحاولة تلقائيًا.
remedy-hung-up = أنهى الخادم الاتصال من دون كلمة. قد يكون مثقلًا، أو لا يسمح لهذا الحاسوب بالدخول: يُرجى سؤال مسؤول البريد. يعيد Mailgate المحاولة تلقائيًا.
remedy-silent = قد يكون الخادم أو جدار ناري أمامه مثقلًا. يعيد Mailgate المحاولة تلقائيًا.
remedy-other-pop = يُرجى اختيار «خادم POP» في «نوع الخادم».
remedy-other-pop-or-port = يُرجى اختيار «خادم POP» في «نوع الخادم»، أو استخدام منفذ IMAP: { $tls }، أو { $plain } من دون SSL/TLS.
remedy-other-imap = يُرجى اختيار «خادم IMAP» في «نوع الخادم».
remedy-other-imap-or-port = يُرجى اختيار «خادم IMAP» في «نوع الخادم»، أو استخدام منفذ POP: { $tls }، أو { $plain } من دون SSL/TLS.
remedy-other = المنافذ المعتادة: IMAP 993 (143 من دون SSL/TLS)، POP 995 (110). يُرجى التحقق من «اسم الخادم» و«المنفذ».

# Of mailboxes and connections alike.
tls-unusable = يتعذر استخدام TLS على هذا الحاسوب.
    .remedy = يُرجى البحث عن السبب في سجل تشغيل Mailgate، ومراجعة إعدادات OpenSSL في الحاسوب.
descriptors-exhausted = فتحت هذه العملية من الملفات والاتصالات كل ما يسمح به النظام (file descriptors).
    .remedy = يُرجى السماح لها بالمزيد: LimitNOFILE=65536 في وحدة الخدمة، أو «ulimit -Hn 65536» في الصدفة التي تشغّلها، ثم تشغيلها من جديد. لم يُفقد شيء؛ وتُعاد المحاولة كل دقيقة.
reach-refused = لا يتصل Mailgate بـ { $address }: { $why }.
    .remedy = يُرجى إدخال الاسم أو العنوان الذي تصل به حواسيب شبكتك الأخرى إلى هذا الخادم. العناوين الخاصة، مثل 10.0.0.25 أو 192.168.1.10، وهذا الجهاز نفسه مقبولة.
reach-refused-name = لا يتصل Mailgate بـ «{ $host }»، وعنوانه { $address }: { $why }.
    .remedy = يُرجى إدخال الاسم أو العنوان الذي تصل به حواسيب شبكتك الأخرى إلى هذا الخادم. العناوين الخاصة، مثل 10.0.0.25 أو 192.168.1.10، وهذا الجهاز نفسه مقبولة.
reach-unspecified = لا يدل على أي جهاز
reach-link-local = عنوان محلي للوصلة (link-local): لأجهزة على كبل واحد، ولبيانات metadata في السحابة
reach-metadata = هو المكان الذي تحفظ فيه السحابة بيانات metadata لهذا الجهاز
reach-many = مخصص لأجهزة كثيرة في وقت واحد، أو محجوز
