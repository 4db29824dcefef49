# Nodes: the processes that serve this installation.
deed-see-nodes = الاطلاع على البرامج التي تشغّل هذا النظام
nodes-title = العُقد
nodes-help = كل برنامج يشغّل هذا النظام. ما يعمل عليه أحدها لا يعمل عليه غيره في الوقت نفسه؛ وإذا توقف أحدها دون إشعار تولّت البرامج الأخرى عمله خلال 30 ثانية. الأوقات بالتوقيت العالمي UTC.
nodes-help-one = يحفظ هذا النظام بياناته في SQLite ويشغّله برنامج واحد. مع PostgreSQL يمكن أن تتقاسم عدة برامج العمل. الأوقات بالتوقيت العالمي UTC.
nodes-node = العقدة
nodes-state = الحالة
nodes-since = تعمل منذ
nodes-version = الإصدار
nodes-works-on = تعمل الآن على
nodes-here = (هذه)
nodes-seen = { $seconds ->
    [zero] ظهرت الآن
    [one] ظهرت قبل ثانية واحدة
    [two] ظهرت قبل ثانيتين
    [few] ظهرت قبل { $seconds } ثوانٍ
    [many] ظهرت قبل { $seconds } ثانية
   *[other] ظهرت قبل { $seconds } ثانية
}
nodes-silent = لم تعلن أنها تعمل
nodes-fetches = تجلب
nodes-delivers = تسلّم إلى
nodes-listens = تستمع إلى إعلانات خوادم البريد
nodes-places = { $count ->
    [zero] لا أماكن لدى خوادم البريد
    [one] مكان واحد لدى خوادم البريد
    [two] مكانان لدى خوادم البريد
    [few] { $count } أماكن لدى خوادم البريد
    [many] { $count } مكانًا لدى خوادم البريد
   *[other] { $count } مكان لدى خوادم البريد
}
nodes-idle = لا شيء في هذه اللحظة
nodes-alone = كل شيء
nodes-empty = لا يعمل أي برنامج
nodes-empty-help = يظهر هنا كل برنامج يشغّل هذا النظام بعد ثوانٍ من بدئه.
