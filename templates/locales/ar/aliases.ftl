# Aliases: addresses that the mail gateway turns into records.
aliases-title = العناوين البديلة
aliases-new = عنوان بديل جديد
aliases-in-use = قيد الاستخدام
aliases-show-all = عرض الكل
aliases-empty-title = لا يوجد عنوان موجَّه بعد
aliases-empty = خادم البريد الذي يسلّم كل رسائله (عبر mailgate deliver أو message_process في API) يحتاج إلى معرفة ما يصبحه كل عنوان. يُرجى الضغط على «جديد» وإدخال الأول.
aliases-empty-search = لا يوجد عنوان بديل يتضمن هذه الكلمات.
aliases-empty-archived = لا شيء مؤرشف.

aliases-column-address = العنوان
aliases-column-becomes = يصبح
aliases-joins = ينضم إلى { $label } { $id }

aliases-group-address = الرسائل إلى
aliases-group-becomes = تصبح
aliases-field-name = العنوان قبل @
aliases-field-domain = النطاق
aliases-field-object_model = إنشاء ملف جديد
aliases-field-contact = من يحق له الكتابة
aliases-field-defaults = القيم الافتراضية
aliases-field-record = ضم دائم إلى
aliases-none-object_model = اختيار…
aliases-placeholder-name = support
aliases-placeholder-domain = example.org
aliases-help-name = لا أهمية لحالة الأحرف ولا لما يلي علامة الزائد: يستقبل support أيضًا support+today.
aliases-help-domain = يُترك فارغًا لأخذ هذا العنوان من كل نطاق. ويُقدَّم العنوان البديل الخاص بنطاق معين.
aliases-help-contact = تُحتجز رسائل غيرهم؛ ولا تُرسَل رسالة مرتدة إلى أحد.
aliases-help-defaults = قيم كل ملف جديد، كما في Odoo: {"{"}'priority': '2', 'channel': 'email'{"}"}
aliases-help-record = رقم ملف تنضم إليه كل هذه الرسائل. يُترك فارغًا لإنشاء ملف جديد من كل رسالة.
aliases-contact-everyone = الجميع
aliases-contact-partners = جهات الاتصال فقط

aliases-conflict = غيّر شخص آخر العنوان البديل أثناء تغييرك له. لم يُحفظ شيء بعد.
aliases-archived-done = تمت الأرشفة: لم تعد الرسائل إليه تُوجَّه. يوجد في القائمة تحت «مؤرشف».
aliases-unarchived = عاد إلى الاستخدام.
aliases-deleted = تم حذف { $address }.
aliases-delete = حذف
aliases-cancel = إلغاء
aliases-delete-title = حذف { $address }
aliases-delete-goes = يُحذف العنوان البديل نهائيًا: لا تُوجَّه الرسائل إلى هذا العنوان بعد ذلك.
aliases-delete-stays = تبقى الملفات التي تحولت إليها رسائله، ويبقى سجل الرسائل.
aliases-audit = ما حدث لهذا العنوان البديل
alias-local-part = يُرجى إدخال ما قبل @ فقط هنا.
alias-name = يُرجى إدخال ما قبل @ من العنوان، مثل support، من دون مسافات أو علامة زائد.
alias-domain = يُرجى إدخال نطاق مثل example.org، أو ترك الحقل فارغًا لكل النطاقات.
alias-contact = يُرجى اختيار من يحق له الكتابة إليه.
