//! A JSON object whose members stand in the order in which they were named: some clients go by it.

use serde::ser::{Serialize, Serializer};
use serde_json::Value;

#[derive(Debug, Default)]
pub(crate) struct Ordered(Vec<(String, Member)>);

#[derive(Debug)]
enum Member {
    Value(Value),
    Object(Ordered),
}

impl Ordered {
    pub(crate) fn with(self, name: &str, value: impl Into<Value>) -> Self {
        self.and(name, Member::Value(value.into()))
    }

    pub(crate) fn with_members(self, name: &str, members: Vec<(String, Ordered)>) -> Self {
        let members = members.into_iter().map(|(name, member)| (name, Member::Object(member)));
        self.and(name, Member::Object(Ordered(members.collect())))
    }

    fn and(mut self, name: &str, member: Member) -> Self {
        self.0.push((name.to_owned(), member));
        self
    }
}

impl Serialize for Ordered {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, member)| (name, member)))
    }
}

impl Serialize for Member {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Member::Value(value) => value.serialize(serializer),
            Member::Object(object) => object.serialize(serializer),
        }
    }
}
