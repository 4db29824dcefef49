//! The demo's mail is read as its writers meant it, and damaged in any way it is still read.

use std::io::{self, Cursor, Read};

use mailgate::demo::SAMPLES;
use mailgate::domain::message::{Automatic, Mark, Message};
use mailgate::domain::now;
use mailgate::message::{Unreadable, part, read};

fn source(name: &str) -> Cursor<Vec<u8>> {
    let (_, bytes) = SAMPLES.iter().find(|(sample, _)| sample.starts_with(name)).unwrap();
    Cursor::new(bytes.to_vec())
}

fn sample(name: &str) -> Message {
    read(&mut source(name), now(), "00").unwrap()
}

#[test]
fn every_sample_is_complete() {
    assert_eq!(SAMPLES.len(), 12);
    for (name, bytes) in SAMPLES {
        let message = read(&mut Cursor::new(bytes), now(), "00").unwrap();
        let expected: &[&str] = if name.starts_with("04") { &["2 remote images were not loaded."] } else { &[] };
        assert_eq!(message.notes, expected, "{name}");
        assert!(message.has_message_id && message.date.to_string().starts_with("2026-11-"), "{name}");
    }
}

#[test]
fn every_script_is_read() {
    for (name, sender, subject, text) in [
        ("01", "Kofi Mensah", "October payment not received", "household (GH-0418-2291)"),
        ("02", "Amina Diallo", "Erreur d'enregistrement : deux enfants oubliés", "mal écrit : « Dialo »"),
        ("03", "فاطمة السيد", "توقف إعانة الإعاقة منذ أيلول", "رقم الملف: JO-55310"),
        ("04", "Rosa Quispe", "Tarjeta bloqueada: no puedo cobrar", "¿Pueden desbloquearla?"),
        ("05", "Celeste Macuácua", "Mudança de número de telemóvel", "não consigo levantar"),
        ("06", "አበበ ተስፋዬ", "ክፍያ አልደረሰኝም፤ ስሜ ከዝርዝሩ ጠፍቷል", "እባክዎ ምክንያቱን ያጣሩልኝ"),
        ("07", "सरिता देवी", "विधवा पेंशन अगस्त से बंद है", "पेंशन संख्या: IN-90055"),
        ("08", "សុខ ចាន់ធី", "មិនទាន់ទទួលបានប្រាក់ឧបត្ថម្ភ", "សូមជួយពិនិត្យមើលផង"),
        ("09", "Maricel Santos", "Wala pa po ang ayuda, \"duplicate\" daw", "Kaarawan: 4 Marso 1987"),
    ] {
        let message = sample(name);
        assert_eq!((message.from.name.as_str(), message.subject.as_str()), (sender, subject));
        assert!(message.body_text.contains(text), "{}", message.body_text);
        assert!(message.body_html.contains("dir=\"auto\""), "{}", message.body_html);
    }
}

#[test]
fn attachments_have_their_names_and_their_bytes() {
    for (name, file, mimetype, start) in [
        ("01", "payment-slip.jpg", "image/jpeg", b"\xff\xd8\xff".as_slice()),
        ("02", "attestation de résidence.pdf", "application/pdf", b"%PDF-1.4"),
        ("04", "tarjeta.png", "image/png", b"\x89PNG"),
        ("07", "पासबुक.jpg", "image/jpeg", b"\xff\xd8\xff"),
        ("12", "Pay point too far away for older people.eml", "message/rfc822", b"Message-ID: <savelugu"),
    ] {
        let message = sample(name);
        let [attachment] = message.attachments.as_slice() else { panic!("{name}: {:?}", message.attachments) };
        assert_eq!((attachment.name.as_str(), attachment.mimetype.as_str()), (file, mimetype));
        let (mut source, mut bytes) = (source(name), Vec::new());
        part(&mut source, &attachment.part).unwrap().read_to_end(&mut bytes).unwrap();
        assert!(bytes.starts_with(start) && bytes.len() as u64 == attachment.size, "{name}");
    }
    assert_eq!(part(&mut source("01"), "7").err().map(|error| error.kind()), Some(io::ErrorKind::NotFound));
}

#[test]
fn images_within_the_text_are_shown_and_remote_ones_are_not() {
    let message = sample("04");
    assert!(message.attachments[0].inline);
    assert_eq!(message.attachments[0].content_id.as_deref(), Some("tarjeta@correo.example"));
    assert!(message.body_html.contains("src=\"cid:tarjeta@correo.example\""), "{}", message.body_html);
    assert!(!message.body_html.contains("https://") && message.body_html.contains("alt=\"Correo Libre\""));
}

#[test]
fn the_reply_the_bounce_and_the_forward_are_told() {
    let reply = sample("10");
    assert_eq!(reply.in_reply_to, [sample("01").message_id]);
    assert_eq!((reply.automatic, reply.marks), (Automatic::No, vec![]));
    let Automatic::Bounce { original_message_id, .. } = sample("11").automatic else { panic!("no bounce") };
    assert_eq!(original_message_id.as_deref(), Some("<ack-2026-000002@programme.example>"));
    assert_eq!(sample("12").marks, [Mark::Forwarded]);
}

/// A small generator (xorshift), so that a failure comes back with its seed.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end.max(1) as u64) as usize
    }
}

/// What breaks parsers, when it stands where it should not.
const SHARDS: &[&[u8]] = &[
    b"\r",
    b"\n",
    b"\r\n\r\n",
    b"\0",
    b"=?",
    b"?=",
    b"=?utf-8?Q?=C3",
    b"--",
    b"\xff\xfe",
    b"\xe1\x88",
    b"<",
    b">",
    b"\"",
    b"'",
    b"&#",
    b"=",
    b"=3",
    b";",
    b"*0*=",
    b"Content-Type: multipart/mixed; boundary=x\n\n--x\n",
    b"Content-Type: text/html; charset=utf-7\n\n+",
    b"Content-Transfer-Encoding: base64\n",
    b"<img src=\"data:image/png;base64,",
    b"<table><td><p><b>",
    b"<!--",
    b"</",
    b"\xe2\x80\xae",
];

fn damaged(bytes: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    // Most of a sample is a picture; what matters stands before it.
    bytes.truncate(4_000);
    for _ in 0..=random.below(6) {
        let at = random.below(bytes.len());
        let end = (at + random.below(40)).min(bytes.len());
        match random.below(5) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..end)),
            2 => bytes.extend_from_within(at..end),
            3 => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1 << random.below(8)),
            _ => drop(bytes.splice(at..end.min(at + 1), SHARDS[random.below(SHARDS.len())].iter().copied())),
        }
    }
    bytes
}

#[test]
fn damaged_mail_is_read_as_far_as_it_goes() {
    for seed in 1..=3_000u64 {
        let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let (name, bytes) = SAMPLES[random.below(SAMPLES.len())];
        let mail = damaged(bytes, &mut random);
        let context = || format!("seed {seed}, {name}");
        let message = match read(&mut Cursor::new(&mail), now(), "00") {
            Ok(message) => message,
            Err(Unreadable::Empty) => continue,
            Err(error) => panic!("{}: {error}", context()),
        };
        assert!(
            !message.subject.is_empty() && !message.body_text.is_empty() && !message.message_id.is_empty(),
            "{}",
            context()
        );
        let plain = |text: &str| !text.contains(|c: char| c.is_control() && c != '\n' && c != '\t');
        assert!(
            plain(&message.subject) && plain(&message.body_text) && plain(&message.from.display()),
            "{}",
            context()
        );
        let html = message.body_html.to_lowercase();
        assert!(!html.contains("<script") && !html.contains("src=\"http") && !html.contains("style="), "{}", context());
        for attachment in &message.attachments {
            let mut source = Cursor::new(&mail);
            let mut opened =
                part(&mut source, &attachment.part).unwrap_or_else(|error| panic!("{}: {error}", context()));
            assert_eq!(io::copy(&mut opened, &mut io::sink()).unwrap(), attachment.size, "{}", context());
        }
    }
}
