# What ends when: secrets, certificates, sign-ins and keys.
deed-see-what-ends-when = الاطلاع على مواعيد الانتهاء
expiries-title = مواعيد الانتهاء
expiries-help = تنتهي الأسرار والشهادات وعمليات تسجيل الدخول والمفاتيح من تلقاء نفسها. ما ينتهي خلال 30 يومًا يظهر في النظرة العامة، وقبل 7 أيام تنبّه كل صفحة مسؤولي النظام إليه. التواريخ بتوقيت UTC.
expiries-empty = لا شيء ينتهي
expiries-empty-help = تُدرج هنا بحسب تاريخها أسرار العملاء والشهادات وعمليات تسجيل الدخول ومفاتيح API التي تنتهي من تلقاء نفسها.
expiries-what = العنصر
expiries-of = التابع لـ
expiries-when = تاريخ الانتهاء
expiries-do = ما العمل
expiries-nothing-yet = لا شيء بعد
expiries-kind-client_secret = سر العميل
expiries-kind-certificate = شهادة تطبيق
expiries-kind-sign_in = تسجيل دخول شخص
expiries-kind-server_certificate = شهادة خادم البريد
expiries-kind-connection_certificate = شهادة الاتصال
expiries-kind-api_key = مفتاح API لشخص
expiries-kind-connection_key = مفتاح API للاتصال
expiries-near-ended = { $past ->
    [zero] منتهٍ
    [one] انتهى أمس
    [two] انتهى قبل يومين
    [few] انتهى قبل { $past } أيام
    [many] انتهى قبل { $past } يومًا
   *[other] انتهى قبل { $past } يوم
}
expiries-near-now = { $days ->
    [zero] اليوم
    [one] غدًا
    [two] خلال يومين
    [few] خلال { $days } أيام
    [many] خلال { $days } يومًا
   *[other] خلال { $days } يوم
}
expiries-near-soon = { $days ->
    [zero] اليوم
    [one] خلال يوم واحد
    [two] خلال يومين
    [few] خلال { $days } أيام
    [many] خلال { $days } يومًا
   *[other] خلال { $days } يوم
}
expiries-near-later = { $days ->
    [zero] اليوم
    [one] خلال يوم واحد
    [two] خلال يومين
    [few] خلال { $days } أيام
    [many] خلال { $days } يومًا
   *[other] خلال { $days } يوم
}
expiries-near-unknown = تاريخ غير معروف
expiries-remedy-client_secret = يُرجى إنشاء سر عميل جديد لدى الموفّر، ثم كتابته مع تاريخ انتهائه هنا. يبقى القديم صالحًا إلى أن يُزال هناك، فلا يتوقف شيء في هذه الأثناء.
expiries-remedy-certificate = يُرجى إعطاء التطبيق شهادة جديدة لدى الموفّر، ثم لصقها مع مفتاحها هنا.
expiries-remedy-sign_in = يُرجى فتحه والضغط على «تسجيل الدخول»، باسم من يحق له قراءة صندوق البريد هذا. إذا كان تطبيق Google في حالة Testing انتهى تسجيل الدخول بعد 7 أيام: يُرجى نشره أو جعله داخليًا.
expiries-remedy-server_certificate = على القائم على خادم البريد تجديدها؛ ويُجدَّد كثير منها تلقائيًا في الأسابيع الأخيرة. يرى Mailgate الجديدة في الجلب التالي.
expiries-remedy-server_certificate-pinned = موثوق بها عبر بصمتها، فلا يوثق بالجديدة تلقائيًا. بعد أن تصبح لدى خادم البريد يُرجى الضغط على «اختبار وتأكيد» والوثوق بها.
expiries-remedy-connection_certificate = على القائم على ذلك النظام تجديدها؛ ويُجدَّد كثير منها تلقائيًا في الأسابيع الأخيرة. يرى Mailgate الجديدة في التسليم التالي.
expiries-remedy-api_key = ينشئ صاحبه مفتاحًا جديدًا تحت «التفضيلات»، ويعطيه للبرنامج النصي الذي يستخدمه.
expiries-remedy-connection_key = يُرجى إنشاء مفتاح API جديد هناك بهذا الحساب، ثم كتابته مع تاريخ انتهائه هنا.
expiries-remedy-unknown = يُرجى فتحه وإدخال يوم انتهائه كما يعرضه الموفّر: لا يمكن التنبيه إليه قبل ذلك.
expiries-banner = ما ينتهي من تلقاء نفسه
expiries-banner-more = { $count ->
    [zero] ولا شيء غير ذلك.
    [one] وعنصر واحد آخر.
    [two] وعنصران آخران.
    [few] و{ $count } عناصر أخرى.
    [many] و{ $count } عنصرًا آخر.
   *[other] و{ $count } عنصر آخر.
}
expiries-all = عرض كل ما ينتهي.
expiries-line-soon = { $count ->
    [zero] لا شيء ينتهي خلال 30 يومًا.
    [one] عنصر واحد ينتهي خلال 30 يومًا أو انتهى.
    [two] عنصران ينتهيان خلال 30 يومًا أو انتهيا.
    [few] { $count } عناصر تنتهي خلال 30 يومًا أو انتهت.
    [many] { $count } عنصرًا ينتهي خلال 30 يومًا أو انتهى.
   *[other] { $count } عنصر ينتهي خلال 30 يومًا أو انتهى.
}
expiries-line-next = التالي في {"\u200E"}{ $date }:
expiries-line-ended = أقدمها انتهى في {"\u200E"}{ $date }:
expiries-line-unknown = { $count ->
    [zero] كل التواريخ معروفة.
    [one] تاريخ عنصر واحد غير معروف.
    [two] تاريخا عنصرين غير معروفين.
    [few] تواريخ { $count } عناصر غير معروفة.
    [many] تواريخ { $count } عنصرًا غير معروفة.
   *[other] تواريخ { $count } عنصر غير معروفة.
}
connection-key-expires = يُرجى إدخال اليوم الذي ينتهي فيه المفتاح، مثل {"\u200E"}2028-11-22.
