teams-title = الفرق
teams-keep = إدارة الفرق
teams-about = ترى الفرق السجلات السرّية معًا.
teams-new = فريق جديد
teams-help = يرى أعضاء الفريق السجلات السرّية التي تخص صناديقه وأنواع سجلاته، والتي سُمّي لها الفريق. أما السجلات غير السرّية فيراها كل من يعمل على السجلات.
teams-name = الاسم
teams-members = الأعضاء
teams-mailboxes = صناديق البريد
teams-mailboxes-help = يرى الفريق السجلات السرّية التي تصل عبرها، والبريد المحتجز للسرّي منها.
teams-types = أنواع السجلات
teams-types-help = يرى الفريق كل السجلات السرّية من هذه الأنواع.
teams-nothing = لا يوجد شيء.
teams-none = لا توجد فرق بعد
teams-none-help = أنشئ فريقًا لتسمية عدة أشخاص للسجلات السرّية دفعة واحدة.
teams-delete = حذف هذا الفريق
teams-deleted = حُذف الفريق.
confidential-title = السجلات السرّية
confidential-help = لا يراها إلا من سُمّي لها. هنا أرقامها ومن سُمّي لكل منها.
confidential-none = لا شيء سرّي
confidential-none-help = يكون السجل سرّيًا إذا رُفعت حساسيته، أو قال أحد ذلك في صفحته، أو وصل عبر صندوق بريد سرّي.
readers-title = من يراه
readers-who = من يراه
readers-named = المسمّون
readers-nobody = لا أحد
readers-everybody = كل من يقرأ السجلات
readers-hidden = لم تُسمَّ لهذا السجل. سمِّ نفسك لتفتحه: يُدوَّن ذلك في سجل التدقيق.
readers-me = سمّني
readers-people = الأشخاص
readers-teams-help = الفرق التي لديها صندوقه أو نوعه تراه على أي حال.
readers-raised-help = هو سرّي بسبب حساسيته: أعدها إلى قيمتها المعتادة ليراه الجميع.
readers-show = إظهاره للجميع
readers-conceal-help = لا يرى السجل السرّي إلا من سُمّي له: في القوائم والبحث والأعداد وواجهة البرمجة. ويُسمّى له من جعله سرّيًا ومن أُسند إليه.
readers-conceal = جعله سرّيًا
confidential-unnamed = { $count ->
    [zero] لا شيء لا يراه أحد
    [one] سجل واحد لا يراه أحد
    [two] سجلان لا يراهما أحد
    [few] { $count } سجلات لا يراها أحد
    [many] { $count } سجلًا لا يراه أحد
   *[other] { $count } سجل لا يراه أحد
}
