# What ends when: secrets, certificates, sign-ins and keys.
deed-see-what-ends-when = see what ends when
expiries-title = What Ends When
expiries-help = Secrets, certificates, sign-ins and keys end by themselves. What ends within 30 days is on the overview, and from 7 days before every page warns System Admins of it. Dates are in UTC.
expiries-empty = Nothing ends
expiries-empty-help = Client secrets, certificates, sign-ins and API keys that end by themselves are listed here, by their date.
expiries-what = What
expiries-of = Of
expiries-when = Ends
expiries-do = What to do
expiries-nothing-yet = Nothing yet
expiries-kind-client_secret = Client secret
expiries-kind-certificate = Certificate of an application
expiries-kind-sign_in = Sign-in of a person
expiries-kind-server_certificate = Certificate of the mail server
expiries-kind-connection_certificate = Certificate of the connection
expiries-kind-api_key = API key of a person
expiries-kind-connection_key = API key of the connection
expiries-near-ended = { $past ->
    [0] ended
    [one] ended yesterday
   *[other] ended { $past } days ago
}
expiries-near-now = { $days ->
    [0] today
    [one] tomorrow
   *[other] in { $days } days
}
expiries-near-soon = in { $days } days
expiries-near-later = in { $days } days
expiries-near-unknown = date not known
expiries-remedy-client_secret = Make a new client secret at the provider, then type it and its day here. The old one counts until it is removed there, so that nothing stops meanwhile.
expiries-remedy-certificate = Give the application a new certificate at the provider, then paste it with its key here.
expiries-remedy-sign_in = Open it and press Sign In, as who may read this mailbox. Of a Google application in Testing a sign-in ends after 7 days: publish it, or make it internal.
expiries-remedy-server_certificate = Who runs the mail server has to renew it; many do so by themselves in the last weeks. Mailgate sees the new one at the next fetch.
expiries-remedy-server_certificate-pinned = It is trusted by its fingerprint, so a new one is not trusted by itself. Once the mail server has it, press Test & Confirm and trust that one.
expiries-remedy-connection_certificate = Who runs that system has to renew it; many do so by themselves in the last weeks. Mailgate sees the new one at the next delivery.
expiries-remedy-api_key = Its owner makes a new one under Preferences, and gives it to the script that uses it.
expiries-remedy-connection_key = Make a new API key over there as this account, then type it and its day here.
expiries-remedy-unknown = Open it and enter the day on which it ends, as its provider shows it: nothing can warn of it until then.
expiries-banner = What ends by itself
expiries-banner-more = { $count ->
    [one] And 1 more.
   *[other] And { $count } more.
}
expiries-all = See all that ends.
expiries-line-soon = { $count ->
    [0] Nothing ends within 30 days.
    [one] 1 ends within 30 days, or has ended.
   *[other] { $count } end within 30 days, or have ended.
}
expiries-line-next = The next is on { $date }:
expiries-line-ended = The longest ended on { $date }:
expiries-line-unknown = { $count ->
    [one] The date of 1 is not known.
   *[other] The dates of { $count } are not known.
}
connection-key-expires = Enter the day on which the key ends, as 2028-11-22.
