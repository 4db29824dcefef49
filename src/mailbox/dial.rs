//! The way to a server up to the sign-in, the same for IMAP and POP: name, connection, TLS, greeting, capabilities,
//! and STARTTLS or STLS. No credential is sent here.

use std::io::ErrorKind;
use std::time::Duration;

use crate::domain::server::{Protocol, Security};

use super::account::Account;
use super::certificate::CertificateSeen;
use super::connect::{Clock, Socket, connect, resolve};
use super::probe::StageName;
use super::tls::{self, Refused, Trust};
use super::wire::{Stream, Wire};
use super::{MailboxError, Problem, remedy};

/// Is told of each stage that passed, for the report of a probe.
pub(super) trait Watch {
    /// `words` are ours, `said` the server's.
    fn passed(&mut self, stage: StageName, words: String, said: &str);
    /// The certificate that the server showed, accepted or not.
    fn certificate(&mut self, seen: &CertificateSeen);
}

/// Nobody looks.
pub(super) struct Unwatched;

impl Watch for Unwatched {
    fn passed(&mut self, _: StageName, _: String, _: &str) {}
    fn certificate(&mut self, _: &CertificateSeen) {}
}

/// A connection that is ready for the sign-in.
pub(super) struct Dialled {
    pub wire: Wire,
    /// In upper case, those of the encrypted connection where there is one.
    pub capabilities: Vec<String>,
}

impl Dialled {
    pub fn offers(&self, capability: &str) -> bool {
        self.capabilities.iter().any(|have| have == capability)
    }
}

/// Goes all the way, or says why not.
pub(super) fn dial(account: &Account, watch: &mut dyn Watch) -> Result<Dialled, MailboxError> {
    let trust = account.trusted.as_ref().map_or(Trust::Authorities, Trust::Only);
    match dial_trusting(account, &trust, watch) {
        Ok(dialled) => Ok(dialled),
        Err(Refused::Error(error)) => {
            if let Some(seen) = &error.certificate {
                watch.certificate(seen);
            }
            Err(error)
        }
        Err(Refused::Unverified(reason)) => match look_at_certificate(account) {
            Some(seen) => {
                watch.certificate(&seen);
                Err(tls::unverified(&account.host, &reason, seen))
            }
            None => {
                let words =
                    format!("The certificate of {} was not accepted: {}.", account.place(), account.said(&reason));
                Err(MailboxError::new(Problem::UntrustedCertificate, words))
            }
        },
    }
}

fn dial_trusting(account: &Account, trust: &Trust<'_>, watch: &mut dyn Watch) -> Result<Dialled, Refused> {
    let clock = Clock::new(account.env.limits);
    let addresses = resolve(&account.host, account.port, &clock)?;
    let listed = addresses.iter().map(|address| address.ip().to_string()).collect::<Vec<_>>().join(", ");
    watch.passed(StageName::Name, format!("{} is {listed}.", account.host.as_str()), "");

    let (socket, words) = connect(&account.host, account.port, &addresses, &clock)?;
    watch.passed(StageName::Connect, words, "");
    clock.begin();

    if account.security == Security::Tls {
        let stream = encrypt(socket, account, trust, watch)?;
        let mut wire = Wire::new(stream, clock);
        let capabilities = greet(account, &mut wire, watch)?;
        return Ok(Dialled { wire, capabilities });
    }
    let mut wire = Wire::new(Stream::Plain(socket), clock.clone());
    let capabilities = greet(account, &mut wire, watch)?;
    if account.security == Security::None {
        return Ok(Dialled { wire, capabilities });
    }
    let socket = start_tls(account, wire, &capabilities)?;
    let mut wire = Wire::new(encrypt(socket, account, trust, watch)?, clock);
    // RFC 3501 6.2.1, RFC 2595 4: what was offered in plain text doesn't count.
    let capabilities = ask_capabilities(account, &mut wire)?;
    Ok(Dialled { wire, capabilities })
}

fn encrypt(socket: Socket, account: &Account, trust: &Trust<'_>, watch: &mut dyn Watch) -> Result<Stream, Refused> {
    let (stream, seen) = tls::secure(socket, account, trust)?;
    watch.certificate(&seen);
    let how = if matches!(trust, Trust::Only(_)) { ", trusted for this server by its SHA-256" } else { "" };
    let words = format!(
        "Encrypted. Certificate for {}, issued by “{}”, valid until {}{how}.",
        seen.names.join(", "),
        seen.issuer,
        seen.not_after.date(),
    );
    watch.passed(StageName::Tls, words, "");
    Ok(Stream::Tls(Box::new(stream)))
}

/// Dials again, only to see the certificate that was not accepted.
fn look_at_certificate(account: &Account) -> Option<CertificateSeen> {
    struct Look(Option<CertificateSeen>);
    impl Watch for Look {
        fn passed(&mut self, _: StageName, _: String, _: &str) {}
        fn certificate(&mut self, seen: &CertificateSeen) {
            self.0 = Some(seen.clone());
        }
    }
    let mut look = Look(None);
    // How it goes on after TLS doesn't matter.
    let _ = dial_trusting(account, &Trust::Anything, &mut look);
    look.0
}

fn greet(account: &Account, wire: &mut Wire, watch: &mut dyn Watch) -> Result<Vec<String>, MailboxError> {
    let greeting = match wire.line() {
        Ok(greeting) => greeting,
        Err(error) => {
            let quiet = matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::UnexpectedEof);
            if quiet && account.security != Security::Tls && speaks_tls(account) {
                return Err(expects_tls(account));
            }
            return Err(account.broken(&error, "greet"));
        }
    };
    let (ours, speaks) = match account.protocol {
        Protocol::Imap => ("* OK", "IMAP"),
        Protocol::Pop => ("+OK", "POP"),
    };
    let start = greeting.split_ascii_whitespace().take(2).collect::<Vec<_>>().join(" ");
    if !start.get(..ours.len()).is_some_and(|start| start.eq_ignore_ascii_case(ours)) {
        return Err(strange_greeting(account, &greeting));
    }
    let capabilities = ask_capabilities(account, wire)?;
    let offers = capabilities.iter().take(40).map(String::as_str).collect::<Vec<_>>().join(" ");
    watch.passed(
        StageName::Greeting,
        format!("It speaks {speaks} and offers: {}.", account.said(&offers)),
        &account.said(&greeting),
    );
    Ok(capabilities)
}

fn strange_greeting(account: &Account, greeting: &str) -> MailboxError {
    let upper = greeting.to_ascii_uppercase();
    let place = account.place();
    if greeting.starts_with('\u{15}') || greeting.starts_with('\u{16}') {
        return expects_tls(account);
    }
    if upper.starts_with("* BYE") || upper.starts_with("-ERR") {
        let words = format!("{place} turns connections away: {}", account.said(greeting));
        return MailboxError::new(Problem::Connect, words);
    }
    let speaks = match &upper {
        text if text.starts_with("+OK") => "POP",
        text if text.starts_with("* ") => "IMAP",
        text if text.starts_with("220") => "SMTP",
        _ => "something else",
    };
    if upper.starts_with("* PREAUTH") {
        return account.strange("takes everybody for signed in already (PREAUTH); Mailgate does not use such a server");
    }
    let wanted = if account.protocol == Protocol::Imap { "IMAP" } else { "POP" };
    let words = format!("{place} speaks {speaks}, not {wanted}: {}", account.said(greeting));
    MailboxError::new(Problem::Protocol, words).with_remedy(remedy::other_protocol(speaks))
}

fn expects_tls(account: &Account) -> MailboxError {
    MailboxError::new(Problem::Tls, format!("{} speaks SSL/TLS from the start.", account.place()))
        .with_remedy(remedy::is_tls(account.port))
}

/// A server that says nothing may wait for TLS to begin.
fn speaks_tls(account: &Account) -> bool {
    let mut account = account.clone();
    let limits = &mut account.env.limits;
    limits.connect = limits.connect.min(Duration::from_secs(3));
    limits.read = limits.read.min(Duration::from_secs(3));
    limits.command = limits.command.min(Duration::from_secs(3));
    let clock = Clock::new(account.env.limits);
    let Ok(addresses) = resolve(&account.host, account.port, &clock) else { return false };
    let Ok((socket, _)) = connect(&account.host, account.port, &addresses, &clock) else { return false };
    tls::secure(socket, &account, &Trust::Anything).is_ok()
}

/// CAPABILITY (RFC 3501 6.1.1) or CAPA (RFC 2449), in upper case; empty where a POP server knows no CAPA.
fn ask_capabilities(account: &Account, wire: &mut Wire) -> Result<Vec<String>, MailboxError> {
    let broken = |error| account.broken(&error, "list its capabilities");
    let mut capabilities = Vec::new();
    let command = if account.protocol == Protocol::Imap { "c CAPABILITY" } else { "CAPA" };
    wire.send(command).map_err(broken)?;
    for number in 0..200 {
        let line = wire.line().map_err(broken)?.to_ascii_uppercase();
        match account.protocol {
            Protocol::Imap => {
                let mut words = line.split_ascii_whitespace();
                match (words.next(), words.next()) {
                    (Some("*"), Some("CAPABILITY")) => capabilities.extend(words.map(str::to_owned)),
                    (Some("*"), Some("BYE")) => {
                        let words = format!("{} turns connections away: {}", account.place(), account.said(&line));
                        return Err(MailboxError::new(Problem::Connect, words));
                    }
                    // One that does not list them has what every server has.
                    (Some("C"), Some("OK" | "NO" | "BAD")) => return Ok(capabilities),
                    (Some("*" | "+") | None, _) => {}
                    _ => return Err(account.strange(&format!("did not list its capabilities: {line}"))),
                }
            }
            Protocol::Pop if number == 0 => {
                if !line.starts_with("+OK") {
                    return Ok(capabilities);
                }
            }
            Protocol::Pop if line == "." => return Ok(capabilities),
            Protocol::Pop => capabilities.push(line),
        }
    }
    Err(account.strange("lists capabilities without end"))
}

/// Asks for TLS on a plain connection. A server that does not offer it, or talks on before the handshake, is refused.
fn start_tls(account: &Account, mut wire: Wire, capabilities: &[String]) -> Result<Socket, MailboxError> {
    let (command, capability, accepted) = match account.protocol {
        Protocol::Imap => ("s STARTTLS", "STARTTLS", "S OK"),
        Protocol::Pop => ("STLS", "STLS", "+OK"),
    };
    let refused = |words: String| {
        MailboxError::new(Problem::NoStartTls, words).with_remedy(remedy::no_starttls(account.protocol))
    };
    if !capabilities.iter().any(|have| have == capability) {
        return Err(refused(format!(
            "{} does not offer {capability}; nothing is sent without encryption.",
            account.place()
        )));
    }
    let broken = |error| account.broken(&error, "begin TLS");
    wire.send(command).map_err(broken)?;
    let mut line = wire.line().map_err(broken)?;
    while account.protocol == Protocol::Imap && line.starts_with('*') && wire.clock.left() > Duration::ZERO {
        line = wire.line().map_err(broken)?;
    }
    if !line.to_ascii_uppercase().starts_with(accepted) {
        return Err(refused(format!("{} refused {capability}: {}", account.place(), account.said(&line))));
    }
    wire.into_plain()
        .ok_or_else(|| account.strange("sent plain text after agreeing to encrypt, as an attacker on the way would do"))
}
