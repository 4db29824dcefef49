//! The signs by which mails belong together, as they are stored and looked up.

use std::fmt;

use super::message::Message;
use super::message_id::MessageIdKey;

/// Ids that a mail cites and that count: the first and the latest.
const CITED: usize = 30;

/// Something that leads to a record. Its text is the key of the store's table of threads.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Sign {
    /// A mail of this id stands on the record, or an automatic answer of this id belongs to one that does.
    Is(MessageIdKey),
    /// A mail on the record answers the mail of this id.
    Answers(MessageIdKey),
    /// Outlook's conversation (Thread-Index).
    Conversation(String),
}

impl fmt::Display for Sign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Sign::Is(id) => write!(f, "is:{id}"),
            Sign::Answers(id) => write!(f, "answers:{id}"),
            Sign::Conversation(index) => write!(f, "conversation:{index}"),
        }
    }
}

impl Message {
    /// What it answers, best first: In-Reply-To, then References from the newest on.
    pub fn cites(&self) -> impl Iterator<Item = &str> {
        self.in_reply_to.iter().chain(self.references.iter().rev()).map(String::as_str)
    }

    /// The same in comparable form, each once, without its own ids and those that mean none; bounded.
    pub fn cited(&self) -> Vec<MessageIdKey> {
        let own = self.own_ids();
        let mut cited: Vec<MessageIdKey> = Vec::new();
        for id in self.cites().filter_map(MessageIdKey::of) {
            if !own.contains(&id) && !cited.contains(&id) {
                // Where there are too many, the oldest names the conversation: it stays.
                if cited.len() == CITED {
                    cited.pop();
                }
                cited.push(id);
            }
        }
        cited
    }

    /// Its Message-ID, and those that it had before somebody on its way gave it another.
    pub fn own_ids(&self) -> Vec<MessageIdKey> {
        let mut own: Vec<MessageIdKey> = Vec::new();
        for id in std::iter::once(&self.message_id).chain(&self.original_ids) {
            if let Some(id) = MessageIdKey::of(id)
                && !own.contains(&id)
            {
                own.push(id);
            }
        }
        own
    }

    /// What leads to the record that it stands on.
    pub fn signs(&self) -> Vec<Sign> {
        let is = self.own_ids().into_iter().map(Sign::Is);
        let answers = self.cited().into_iter().map(Sign::Answers);
        is.chain(answers).chain(self.conversation.clone().map(Sign::Conversation)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_ids_count_and_the_first_of_all() {
        let ids: Vec<String> = (1..=100).map(|n| format!("<m{n}@x>")).collect();
        let message = Message {
            message_id: "<own@x>".into(),
            in_reply_to: vec!["<M100@x>".into(), "<OWN@x>".into(), "<undefined>".into()],
            references: ids,
            ..Message::default()
        };
        let cited = message.cited();
        assert_eq!((cited.len(), cited[0].as_str(), cited[1].as_str()), (CITED, "m100@x", "m99@x"));
        assert_eq!(cited[CITED - 1].as_str(), "m1@x");
    }
}
