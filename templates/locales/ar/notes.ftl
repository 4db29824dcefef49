# What had to be assumed to read a mail, said on its message.
note-images = { $count ->
    [zero] لا توجد صور بعيدة لم تُحمَّل.
    [one] لم تُحمَّل صورة بعيدة واحدة.
    [two] لم تُحمَّل صورتان بعيدتان.
    [few] لم تُحمَّل { $count } صور بعيدة.
    [many] لم تُحمَّل { $count } صورة بعيدة.
   *[other] لم تُحمَّل { $count } صورة بعيدة.
}
note-other-mail = وردت رسالة أخرى تحمل Message-ID نفسه؛ ومُيِّز بين الرسالتين بنصهما وبما تحملانه.
note-date-assumed = التاريخ «{ $date }» { $assumed }.
note-date-no-zone = لا يذكر منطقة زمنية معروفة؛ فقُرئ بتوقيت UTC
note-date-day-first = قد يقدّم اليوم أو الشهر؛ فقُرئ على أن اليوم أولًا
note-date-no-time = لا يذكر وقتًا من اليوم؛ فقُرئ على أنه منتصف الليل
note-date-seconds = مجرد رقم؛ فقُرئ على أنه ثوانٍ منذ 1970
note-text = النص
note-subject = الموضوع
note-charset-not = يُذكر أن ترميز { $what } هو «{ $label }»؛ وقُرئ على أنه { $charset }.
note-charset-unknown = ترميز { $what } المذكور «{ $label }» غير معروف؛ وقُرئ على أنه { $charset }.
note-charset-unlabelled = لم يُذكر ترميز { $what }؛ وقُرئ على أنه { $charset }.
note-text-form-html = صيغة أخرى من النص نفسه (HTML) غير معروضة.
note-text-form-plain = صيغة أخرى من النص نفسه (نص عادي) غير معروضة.
note-encrypted = الرسالة مشفّرة وتتعذر قراءتها هنا؛ وهي مرفقة أو معروضة كما وردت.
note-part-encrypted = جزء مشفّر تتعذر قراءته هنا: { $what }؛ وهو مرفق أو معروض كما ورد.
note-file-without-name = مرفق بلا اسم
note-more-files = في الرسالة مرفقات أكثر مما هو مدرج؛ وهي في المصدر فقط.
note-signature = الرسالة موقّعة؛ ولم يُتحقق من توقيعها المنفصل ({ $name }) ولم يُدرج.
note-amp = صيغة النص الخاصة بـ AMP (text/x-amp-html) غير معروضة؛ وتُعرض صيغة أخرى.
note-forms = نص الرسالة موجود بصيغ عدة تقول أشياء مختلفة؛ وكلها معروضة.
note-binhex-in-text = في النص مرفق بصيغة BinHex؛ ويتعذر فتحه هنا.
note-long-text = أحد النصوص أطول مما يُعرض؛ وهو مرفق كاملًا.
note-hidden = يخفي HTML جزءًا من نصه؛ ويظهر عبر «عرض النص المخفي».
note-all-hidden = يخفي HTML نصه كله؛ ومع ذلك فهو معروض.
note-uuencode = ما كان داخل النص من مرفقات (uuencode) أُرفق.
note-signed = تُعرض المحتويات الموقّعة لـ { $what }؛ ولم يُتحقق من التوقيع.
note-unopened = تعذر هنا فتح { $what }؛ وهو مرفق كما هو.
note-opened = تم فتح { $what }؛ ويُعرض نصه ومرفقاته مكانه.
note-damaged = مرفق تالف: { $what }؛ ويُعرض ما أمكنت قراءته منه، وهو مرفق.
note-type = قُرئ النوع «{ $stated }» لأحد الأجزاء على أنه { $type }.
note-elsewhere = جزء من الرسالة موجود في مكان آخر؛ ولم يُجلب.
note-piece = الرسالة قطعة من رسالة أطول؛ ولا تُجمع القطع هنا.
note-binhex = مرفق بصيغة BinHex أُرفق كما هو؛ ويتعذر فتحه هنا.
note-text-of-mail = ليس للرسالة نص خاص بها؛ والنص هو نص الرسالة المرفقة.
note-text-of-file = ليس للرسالة نص خاص بها؛ والنص هو نص المرفق { $name }.
note-outside = توجد كلمات خارج أجزاء الرسالة.
note-no-message-id = ليس للرسالة Message-ID؛ فاشتُق واحد من محتوياتها.
note-no-date = ليس للرسالة تاريخ؛ ويحل محله وقت الاستلام.
note-wrong-date = لا يمكن أن يكون التاريخ «{ $value }» صحيحًا؛ ويحل محله وقت الاستلام.
note-no-subject = ليس للرسالة موضوع.
note-no-text = ليس للرسالة نص.
note-long-header = الترويسة أطول مما يقرؤه Mailgate؛ ونهايتها في المصدر فقط.
note-parts = أجزاء أخرى غير مدرجة، وهي في المصدر فقط. عددها: { $count }.
note-deep = الأجزاء متداخلة بعمق يتعذر معه فتحها؛ وأعمقها مرفق كما هو.
note-group = وردت الرسالة عبر المجموعة { $address }؛ ومُرسِلها هو من كتب إليها.
note-reply-to = عنوان From هو { $address }، وهو لا يستقبل رسائل؛ والمُرسِل هو من يذكره Reply-To.
note-stand-in = لا تذكر الرسالة عنوان مُرسِل؛ ويحل محله { $title }.
note-no-sender = لا تذكر الرسالة عنوان مُرسِل.
