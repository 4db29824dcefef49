# What the stages of a test saw of an incoming server's target, and of other servers.

target-no-record-type = Aucun type de dossier n’est choisi.
    .remedy = Choisissez sous « Créer un nouveau dossier » ce que devient un courrier, par exemple une réclamation.
target-no-module = Aucun module installé n’apporte le type de dossier { $model }.
    .remedy = Choisissez-en un autre sous « Créer un nouveau dossier », ou installez son module.
target-here = Le courrier devient un dossier « { $label } ».
target-there = Le courrier devient là-bas un dossier « { $label } » ; le compte peut en créer.
target-connection = « { $name } » répond, version { $version }.
target-connection-archived = La connexion « { $name } » est archivée.
    .remedy = Remettez-la en service sous Technique › Connexions, ou choisissez-en une autre.
target-connection-draft = La connexion « { $name } » n’est pas confirmée.
    .remedy = Ouvrez-la sous Technique › Connexions et cliquez-y d’abord sur « Tester ».
target-fetchers-none = « { $name } » ne relève pas cette boîte lui-même.
target-fetchers = OpenSPP relève déjà cette boîte (« { $names } »).
    .remedy = Archivez d’abord ce serveur là-bas, sinon les deux se disputeront le même courrier.
target-fetchers-said = Vous avez indiqué que rien d’autre ne relève cette boîte.
target-fetchers-unknown = « { $login } » ne peut pas lire quelles boîtes « { $name } » relève lui-même.
    .remedy = Vérifiez là-bas sous Serveurs de courrier entrant (Incoming Mail Servers). Si cette boîte n’y est pas, cochez « Rien d’autre ne relève cette boîte » et testez à nouveau.
twins-none = Aucun autre serveur ne relève cette boîte ici.
twins-rivals = Cette boîte est déjà relevée par : { $names }.
    .remedy = Deux serveurs se partageraient son courrier. Archivez l’un d’eux, puis testez à nouveau.
twins-others = Cette boîte est aussi relevée par { $names }, et chaque courrier y devient : { $makes }. Les deux reçoivent chaque courrier tant qu’aucun ne le supprime ni ne le déplace avant que l’autre l’ait relevé.
twins-rival-meanwhile = « { $name } » relève déjà cette boîte.
    .remedy = Archivez l’un d’eux, puis testez à nouveau.
test-broke-off = Le test s’est interrompu.
    .remedy = Le journal en dit plus.

# What mailgate check found.
check-audit-broken = { $why }.
    .remedy = Quelqu’un a écrit dans la base de données sans passer par Mailgate. Gardez-en une copie, et comparez-la à une sauvegarde et à ce qui a été expédié.
check-texts-damaged = { $count ->
        [one] Le texte d’un message est illisible : ce qui en est conservé est abîmé.
       *[other] Les textes de { $count } messages sont illisibles : ce qui en est conservé est abîmé.
    }
    .remedy = Le journal indique pourquoi. Restaurez la base de données depuis une sauvegarde ; les messages eux-mêmes sont peut-être encore sur leur serveur de messagerie.
stage-said = Réponse : { $said }
