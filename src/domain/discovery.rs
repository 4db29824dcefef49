//! From an e-mail address to the settings of its mailbox: a table of well-known providers, and what may be tried for any
//! other domain. Nothing is asked here; `operations::servers` does that.

use super::Invalid;
use super::oauth::Authentication;
use super::protocol::{Protocol, Security};
use super::server::{Host, Port};
use super::words::Sentence;
use crate::say;

/// The address of a mailbox: one `@`, and a domain that can be looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailboxAddress {
    text: String,
    local_length: usize,
    domain: Host,
}

impl MailboxAddress {
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let wrong = || Invalid::new("email", say!("discovery-no-address"));
        let text = text.trim();
        let (local, domain) = text.rsplit_once('@').ok_or_else(wrong)?;
        let plain = |c: char| !c.is_whitespace() && !c.is_control() && !matches!(c, '<' | '>' | '"' | '@' | ',');
        if local.is_empty() || !text.chars().filter(|c| *c != '@').all(plain) || local.contains('@') {
            return Err(wrong());
        }
        // As it is in the name service (RFC 5890).
        let ascii = idna::domain_to_ascii(domain).map_err(|_| wrong())?;
        let domain = Host::parse(&ascii).map_err(|_| wrong())?;
        if domain.as_str().parse::<std::net::IpAddr>().is_ok() {
            return Err(wrong());
        }
        Ok(Self { text: text.to_owned(), local_length: local.len(), domain })
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The part before the `@`.
    pub fn local(&self) -> &str {
        &self.text[..self.local_length]
    }

    /// The part behind it, in lower case and ASCII.
    pub fn domain(&self) -> &str {
        self.domain.as_str()
    }
}

/// An address at which there may be a mail server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailPlace {
    pub protocol: Protocol,
    pub host: Host,
    pub port: Port,
    /// On a port without TLS from the start, the encryption to begin, if the server offers it.
    pub security: Security,
}

/// The user name that a provider expects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Called {
    /// The whole address.
    Address,
    /// The part before the `@`.
    Local,
}

/// How programs can read a provider's mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Offers {
    /// Hosts of IMAP and POP, with TLS on the registered ports; empty: not offered.
    Tls {
        imap: &'static str,
        pop: &'static str,
    },
    /// A program of the provider on the machine that reads, with this port for IMAP and STARTTLS.
    Bridge(u16),
    Nothing,
}

/// What people should know beside the settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advice {
    None,
    /// Two-step sign-in is usual: the account's own password is refused, and one for programs has to be made.
    AppPassword,
    /// IMAP and POP are off until they are switched on in the account's settings.
    SwitchOn,
    /// It accepts no passwords: an application is registered, and a person signs in.
    SignIn,
    /// Mail is encrypted at the provider, and only its own program on this machine can read it.
    Bridge,
    /// Nobody but the provider's own programs can read the mailbox.
    Closed,
}

/// A well-known provider of mailboxes.
#[derive(Debug, Clone, Copy)]
pub struct MailProvider {
    pub name: &'static str,
    /// The domains of its addresses.
    domains: &'static [&'static str],
    /// The ends of the names of the hosts that accept mail for its customers' domains.
    takes_mail_at: &'static [&'static str],
    offers: Offers,
    pub called: Called,
    pub authentication: Authentication,
    pub advice: Advice,
}

const fn provider(
    name: &'static str,
    domains: &'static [&'static str],
    takes_mail_at: &'static [&'static str],
    (imap, pop): (&'static str, &'static str),
    advice: Advice,
) -> MailProvider {
    MailProvider {
        name,
        domains,
        takes_mail_at,
        offers: Offers::Tls { imap, pop },
        called: Called::Address,
        authentication: Authentication::Password,
        advice,
    }
}

use Advice::{AppPassword, SwitchOn};

/// The table. A provider with different hosts in several parts of the world has several lines.
#[rustfmt::skip]
static PROVIDERS: &[MailProvider] = &[
    MailProvider {
        authentication: Authentication::Google,
        ..provider("Google", &["gmail.com", "googlemail.com"], &["google.com", "googlemail.com"],
            ("imap.gmail.com", "pop.gmail.com"), Advice::SignIn)
    },
    MailProvider {
        authentication: Authentication::Microsoft,
        ..provider("Microsoft 365 and Outlook.com",
            &["outlook.com", "hotmail.com", "live.com", "msn.com", "outlook.fr", "outlook.de", "outlook.es", "outlook.it",
              "outlook.be", "outlook.at", "outlook.in", "outlook.ie", "outlook.co.id", "outlook.com.br", "outlook.ph",
              "outlook.co.th", "outlook.sa", "outlook.my", "outlook.sg", "outlook.pt", "hotmail.fr", "hotmail.de",
              "hotmail.co.uk", "hotmail.es", "hotmail.it", "hotmail.com.br", "live.fr", "live.de", "live.co.uk", "live.nl",
              "onmicrosoft.com"],
            &["mail.protection.outlook.com", "outlook.com", "mx.microsoft"],
            ("outlook.office365.com", "outlook.office365.com"), Advice::SignIn)
    },
    provider("Yahoo",
        &["yahoo.com", "ymail.com", "rocketmail.com", "yahoo.co.uk", "yahoo.fr", "yahoo.de", "yahoo.es", "yahoo.it", "yahoo.in",
          "yahoo.co.in", "yahoo.co.id", "yahoo.com.br", "yahoo.com.ph", "yahoo.com.vn", "yahoo.com.mx", "yahoo.com.ar", "yahoo.ca",
          "yahoo.com.au", "yahoo.com.sg"],
        &["yahoodns.net"], ("imap.mail.yahoo.com", "pop.mail.yahoo.com"), AppPassword),
    provider("AOL", &["aol.com", "aol.de", "aol.fr", "aim.com"], &[], ("imap.aol.com", "pop.aol.com"), AppPassword),
    MailProvider {
        called: Called::Local,
        ..provider("iCloud", &["icloud.com", "me.com", "mac.com"], &[], ("imap.mail.me.com", ""), AppPassword)
    },
    // For a customer's own domain, the whole address.
    provider("iCloud", &[], &["mail.icloud.com"], ("imap.mail.me.com", ""), AppPassword),
    provider("GMX", &["gmx.de", "gmx.net", "gmx.at", "gmx.ch", "gmx.eu", "gmx.biz", "gmx.info", "gmx.org"], &["gmx.net"],
        ("imap.gmx.net", "pop.gmx.net"), SwitchOn),
    provider("GMX", &["gmx.com", "gmx.us", "gmx.co.uk", "gmx.fr", "gmx.es", "mail.com", "email.com"], &[],
        ("imap.gmx.com", "pop.gmx.com"), SwitchOn),
    provider("WEB.DE", &["web.de"], &["web.de"], ("imap.web.de", "pop3.web.de"), SwitchOn),
    provider("T-Online", &["t-online.de", "magenta.de"], &[], ("secureimap.t-online.de", "securepop.t-online.de"), AppPassword),
    provider("freenet", &["freenet.de"], &[], ("mx.freenet.de", "mx.freenet.de"), Advice::None),
    provider("Posteo", &["posteo.de", "posteo.net", "posteo.eu", "posteo.org", "posteo.at", "posteo.ch"], &[],
        ("posteo.de", "posteo.de"), Advice::None),
    provider("mailbox.org", &["mailbox.org"], &["mailbox.org"], ("imap.mailbox.org", "pop3.mailbox.org"), Advice::None),
    provider("IONOS", &["online.de"], &["kundenserver.de", "ionos.de", "1and1.com", "ionos.com"],
        ("imap.ionos.de", "pop.ionos.de"), Advice::None),
    provider("Zoho", &["zoho.com", "zohomail.com"], &[], ("imap.zoho.com", "pop.zoho.com"), SwitchOn),
    provider("Zoho", &["zoho.eu", "zohomail.eu"], &[], ("imap.zoho.eu", "pop.zoho.eu"), SwitchOn),
    provider("Zoho", &["zoho.in", "zohomail.in"], &[], ("imap.zoho.in", "pop.zoho.in"), SwitchOn),
    // Organisations have other hosts than private persons.
    provider("Zoho", &[], &["zoho.com"], ("imappro.zoho.com", "poppro.zoho.com"), SwitchOn),
    provider("Zoho", &[], &["zoho.eu"], ("imappro.zoho.eu", "poppro.zoho.eu"), SwitchOn),
    provider("Zoho", &[], &["zoho.in"], ("imappro.zoho.in", "poppro.zoho.in"), SwitchOn),
    provider("Yandex", &["yandex.com", "yandex.ru", "ya.ru", "yandex.by", "yandex.kz", "yandex.ua"], &["yandex.net", "yandex.ru"],
        ("imap.yandex.com", "pop.yandex.com"), AppPassword),
    provider("Mail.ru", &["mail.ru", "inbox.ru", "list.ru", "bk.ru", "internet.ru", "vk.com"], &["mail.ru"],
        ("imap.mail.ru", "pop.mail.ru"), AppPassword),
    provider("Fastmail", &["fastmail.com", "fastmail.fm", "fastmail.net", "sent.com"], &["messagingengine.com"],
        ("imap.fastmail.com", "pop.fastmail.com"), AppPassword),
    MailProvider {
        offers: Offers::Bridge(1143),
        ..provider("Proton", &["proton.me", "protonmail.com", "protonmail.ch", "pm.me"], &["protonmail.ch", "proton.me"], ("", ""),
            Advice::Bridge)
    },
    MailProvider {
        offers: Offers::Nothing,
        ..provider("Tuta", &["tuta.com", "tutanota.com", "tutanota.de", "tutamail.com", "tuta.io", "keemail.me"], &["tutanota.de"],
            ("", ""), Advice::Closed)
    },
    MailProvider {
        offers: Offers::Nothing,
        ..provider("HEY", &["hey.com"], &["hey.com"], ("", ""), Advice::Closed)
    },
    provider("Orange", &["orange.fr", "wanadoo.fr"], &[], ("imap.orange.fr", "pop.orange.fr"), SwitchOn),
    provider("Free", &["free.fr"], &[], ("imap.free.fr", "pop.free.fr"), Advice::None),
    provider("SFR", &["sfr.fr", "neuf.fr"], &[], ("imap.sfr.fr", "pop.sfr.fr"), Advice::None),
    provider("La Poste", &["laposte.net"], &[], ("imap.laposte.net", "pop.laposte.net"), SwitchOn),
    provider("OVHcloud", &[], &["mail.ovh.net", "mail.ovh.ca"], ("ssl0.ovh.net", "ssl0.ovh.net"), Advice::None),
    provider("Gandi", &[], &["mail.gandi.net"], ("mail.gandi.net", "mail.gandi.net"), Advice::None),
    provider("Infomaniak", &["ik.me", "ikmail.com"], &["infomaniak.ch", "infomaniak.com"],
        ("mail.infomaniak.com", "mail.infomaniak.com"), AppPassword),
    provider("Libero", &["libero.it", "inwind.it", "iol.it"], &[], ("imapmail.libero.it", "popmail.libero.it"), AppPassword),
    provider("Seznam", &["seznam.cz", "email.cz", "post.cz"], &["seznam.cz"], ("imap.seznam.cz", "pop3.seznam.cz"), SwitchOn),
    provider("WP", &["wp.pl"], &[], ("imap.wp.pl", "pop3.wp.pl"), SwitchOn),
    provider("Onet", &["onet.pl", "op.pl", "poczta.onet.pl"], &[], ("imap.poczta.onet.pl", "pop3.poczta.onet.pl"), SwitchOn),
    provider("QQ", &["qq.com", "foxmail.com"], &["qq.com"], ("imap.qq.com", "pop.qq.com"), AppPassword),
    provider("NetEase", &["163.com"], &[], ("imap.163.com", "pop.163.com"), AppPassword),
    provider("NetEase", &["126.com"], &[], ("imap.126.com", "pop.126.com"), AppPassword),
    provider("Naver", &["naver.com"], &[], ("imap.naver.com", "pop.naver.com"), SwitchOn),
    provider("Rackspace", &[], &["emailsrvr.com"], ("secure.emailsrvr.com", "secure.emailsrvr.com"), Advice::None),
    provider("GoDaddy", &[], &["secureserver.net"], ("imap.secureserver.net", "pop.secureserver.net"), Advice::None),
    provider("Hostinger", &[], &["hostinger.com"], ("imap.hostinger.com", "pop.hostinger.com"), Advice::None),
    provider("Titan", &[], &["titan.email"], ("imap.titan.email", "pop.titan.email"), SwitchOn),
    provider("Namecheap", &[], &["privateemail.com"], ("mail.privateemail.com", "mail.privateemail.com"), Advice::None),
    provider("Migadu", &[], &["migadu.com"], ("imap.migadu.com", "pop.migadu.com"), Advice::None),
];

impl MailProvider {
    /// The provider of this domain's addresses.
    pub fn of_domain(domain: &str) -> Option<&'static Self> {
        PROVIDERS.iter().find(|known| known.domains.iter().any(|end| ends_with(domain, end)))
    }

    /// The provider that accepts mail at this host for other domains.
    pub fn of_mail_host(host: &Host) -> Option<&'static Self> {
        PROVIDERS.iter().find(|known| known.takes_mail_at.iter().any(|end| ends_with(host.as_str(), end)))
    }

    /// The provider that serves mailboxes at this host.
    pub fn of_host(host: &Host) -> Option<&'static Self> {
        PROVIDERS.iter().find(|known| match known.offers {
            Offers::Tls { imap, pop } => host.as_str() == imap || host.as_str() == pop,
            Offers::Bridge(_) | Offers::Nothing => false,
        })
    }

    /// Where its mailboxes are, by this protocol if it has that; None if programs can't reach them.
    pub fn door(&self, wanted: Protocol) -> Option<MailPlace> {
        let (protocol, host, port, security) = match (self.offers, wanted) {
            (Offers::Tls { pop, .. }, Protocol::Pop) if !pop.is_empty() => (Protocol::Pop, pop, 995, Security::Tls),
            (Offers::Tls { imap, .. }, _) => (Protocol::Imap, imap, 993, Security::Tls),
            (Offers::Bridge(port), _) => (Protocol::Imap, "127.0.0.1", port, Security::StartTls),
            (Offers::Nothing, _) => return None,
        };
        Some(MailPlace { protocol, host: Host::parse(host).ok()?, port: Port(port), security })
    }

    /// The user name for this address.
    pub fn username<'a>(&self, address: &'a MailboxAddress) -> &'a str {
        match self.called {
            Called::Address => address.as_str(),
            Called::Local => address.local(),
        }
    }

    pub fn advice(&self) -> Option<Sentence> {
        let provider = self.name;
        match self.advice {
            Advice::None => None,
            Advice::AppPassword => Some(say!("discovery-app-password", provider)),
            Advice::SwitchOn => Some(say!("discovery-switch-on", provider)),
            Advice::SignIn => Some(say!("discovery-sign-in", provider)),
            Advice::Bridge => Some(say!("discovery-bridge", provider)),
            Advice::Closed => Some(say!("discovery-closed")),
        }
    }
}

/// Whether a name is that name, or below it.
fn ends_with(name: &str, end: &str) -> bool {
    name.strip_suffix(end).is_some_and(|before| before.is_empty() || before.ends_with('.'))
}

/// The services of RFC 6186: those of the wanted protocol first, and of each the encrypted one first.
pub fn services(wanted: Protocol) -> impl Iterator<Item = (&'static str, Protocol, Security)> {
    wanted.first().flat_map(|protocol| {
        let [tls, plain] = protocol.facts().services;
        [(tls, protocol, Security::Tls), (plain, protocol, Security::StartTls)]
    })
}

/// What is tried for a domain that publishes nothing: the usual names and the registered ports, and the host that accepts
/// its mail, if that is known. The likeliest first.
pub fn usual_doors(domain: &str, mail_host: Option<&Host>, wanted: Protocol) -> Vec<MailPlace> {
    let usual = |prefixes: [&str; 2]| {
        let names = prefixes.into_iter().filter_map(|prefix| Host::parse(&format!("{prefix}.{domain}")).ok());
        names.chain(mail_host.cloned()).collect::<Vec<_>>()
    };
    let doors = |protocol: Protocol| {
        let facts = protocol.facts();
        let ports = [(facts.tls_port, Security::Tls), (facts.plain_port, Security::StartTls)];
        let hosts = usual([facts.usual_host, "mail"]);
        let door = |host: &Host, (port, security)| MailPlace { protocol, host: host.clone(), port, security };
        let doors = ports.into_iter().flat_map(|port| hosts.iter().map(move |host| door(host, port)));
        doors.collect::<Vec<_>>()
    };
    let mut all: Vec<MailPlace> = wanted.first().flat_map(doors).collect();
    let mut seen: Vec<MailPlace> = Vec::with_capacity(all.len());
    all.retain(|door| {
        let new = !seen.contains(door);
        seen.push(door.clone());
        new
    });
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_domain_that_can_be_looked_up() {
        let parsed = |text: &str| MailboxAddress::parse(text).unwrap();
        let address = parsed(" Support@Example.ORG ");
        assert_eq!(
            (address.as_str(), address.local(), address.domain()),
            ("Support@Example.ORG", "Support", "example.org")
        );
        assert_eq!(parsed("plaintes@résidence.example").domain(), "xn--rsidence-b1a.example");
        for wrong in
            ["", "support", "@example.org", "a@", "a b@example.org", "a@b@c", "<a@example.org>", "a@-/x", "a@127.0.0.1"]
        {
            assert!(MailboxAddress::parse(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn every_known_provider_has_a_door_or_says_why_not() {
        for known in PROVIDERS {
            let doors = [Protocol::Imap, Protocol::Pop].map(|wanted| known.door(wanted));
            assert_eq!(doors[0].is_none(), known.advice == Advice::Closed, "{}", known.name);
            assert!(known.advice == Advice::None || known.advice().is_some(), "{}", known.name);
            assert_eq!(known.authentication.is_oauth(), known.advice == Advice::SignIn, "{}", known.name);
            for domain in known.domains {
                let found = MailProvider::of_domain(domain).unwrap();
                assert!(std::ptr::eq(found, known), "{domain} stands twice");
            }
        }
        let host = |text: &str| Host::parse(text).unwrap();
        assert_eq!(MailProvider::of_mail_host(&host("aspmx.l.google.com")).unwrap().name, "Google");
        assert!(MailProvider::of_mail_host(&host("contoso-org.mail.protection.outlook.com")).is_some());
        assert!(MailProvider::of_mail_host(&host("notgoogle.com")).is_none());
        assert_eq!(
            MailProvider::of_domain("contoso.onmicrosoft.com").unwrap().authentication,
            Authentication::Microsoft
        );
    }

    #[test]
    fn what_is_tried_is_bounded_and_begins_with_what_was_wanted() {
        let host = Host::parse("mx.example.org").unwrap();
        let doors = usual_doors("example.org", Some(&host), Protocol::Pop);
        assert_eq!(doors.len(), 12);
        assert_eq!(
            (doors[0].protocol, doors[0].host.as_str(), doors[0].port),
            (Protocol::Pop, "pop.example.org", Port(995))
        );
        let mail = Host::parse("mail.example.org").unwrap();
        assert_eq!(usual_doors("example.org", Some(&mail), Protocol::Imap).len(), 8, "nothing twice");
    }
}
