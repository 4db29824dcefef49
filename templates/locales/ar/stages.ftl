# What the stages of a test saw of an incoming server's target, and of other servers.

target-no-record-type = لم يُختر نوع ملف.
    .remedy = يُرجى اختيار ما تصبحه الرسالة تحت «إنشاء ملف جديد»، مثل الشكوى.
target-no-module = لا توجد وحدة مثبَّتة توفّر نوع الملف { $model }.
    .remedy = يُرجى اختيار نوع آخر تحت «إنشاء ملف جديد»، أو تثبيت وحدته.
target-here = تصبح الرسالة ملفًا من نوع { $label }.
target-there = تصبح الرسالة ملفًا من نوع { $label } هناك؛ ويحق للحساب إنشاء هذه الملفات.
target-connection = يرد «{ $name }»، الإصدار { $version }.
target-connection-archived = الاتصال «{ $name }» مؤرشف.
    .remedy = يُرجى إعادته إلى الاستخدام تحت تقني › الاتصالات، أو اختيار اتصال آخر.
target-connection-draft = الاتصال «{ $name }» غير مؤكَّد.
    .remedy = يُرجى فتحه تحت تقني › الاتصالات والضغط على «اختبار» هناك أولًا.
target-fetchers-none = لا يجلب «{ $name }» بنفسه من صندوق البريد هذا.
target-fetchers = يجلب OpenSPP من صندوق البريد هذا من قبل («{ $names }»).
    .remedy = يُرجى أرشفة ذلك الخادم هناك أولًا، وإلا تنافس الاثنان على الرسائل نفسها.
target-fetchers-said = ذكرت أن لا شيء آخر يجلب من صندوق البريد هذا.
target-fetchers-unknown = لا يحق لـ «{ $login }» قراءة صناديق البريد التي يجلب منها «{ $name }» بنفسه.
    .remedy = يُرجى النظر هناك تحت Incoming Mail Servers. إذا لم يكن صندوق البريد هذا بينها فيُرجى تحديد «لا شيء آخر يجلب من صندوق البريد هذا» والاختبار من جديد.
twins-none = لا يجلب خادم آخر هنا من صندوق البريد هذا.
twins-rivals = يُجلب من صندوق البريد هذا من قبل عبر { $names }.
    .remedy = يتقاسم الخادمان رسائله. يُرجى أرشفة أحدهما، ثم الاختبار من جديد.
twins-others = يُجلب من صندوق البريد هذا أيضًا عبر { $names }، وتصبح كل رسالة فيه: { $makes }. يحصل كلاهما على كل رسالة ما لم يحذفها أحدهما أو ينقلها قبل أن يجلبها الآخر.
twins-rival-meanwhile = يجلب «{ $name }» من صندوق البريد هذا من قبل.
    .remedy = يُرجى أرشفة أحدهما، ثم الاختبار من جديد.
test-broke-off = انقطع الاختبار.
    .remedy = في سجل التشغيل تفاصيل أكثر.

# What mailgate check found.
check-audit-broken = { $why }.
    .remedy = كتب شخص في قاعدة البيانات من خارج Mailgate. يُرجى الاحتفاظ بنسخة منها، ومقارنتها بنسخة احتياطية وبما سبق نقله منها إلى مكان آخر.
stage-said = قال: { $said }
