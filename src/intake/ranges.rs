//! UIDs that are out of scope, as ranges: a mailbox may hold hundreds of thousands.

/// Inclusive ranges in ascending order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Ranges(Vec<(u32, u32)>);

impl Ranges {
    /// Those of ascending UIDs that were not chosen. What lies between two of them is left out too, which is right:
    /// such a UID belongs to a message that is gone.
    pub fn left_out(uids: impl Iterator<Item = (u32, bool)>) -> Self {
        let mut ranges: Vec<(u32, u32)> = Vec::new();
        let mut open = false;
        for (uid, chosen) in uids {
            match (chosen, ranges.last_mut()) {
                (false, Some(last)) if open => last.1 = uid,
                (false, _) => ranges.push((uid, uid)),
                (true, _) => {}
            }
            open = !chosen;
        }
        Self(ranges)
    }

    pub fn contain(&self, uid: u32) -> bool {
        let after = self.0.partition_point(|(first, _)| *first <= uid);
        after > 0 && uid <= self.0[after - 1].1
    }

    /// As the database has them: `imap:7:1-250`.
    pub fn to_keys(&self, uid_validity: u32) -> Vec<String> {
        self.0.iter().map(|(first, last)| format!("imap:{uid_validity}:{first}-{last}")).collect()
    }

    /// Those of this numbering.
    pub fn from_keys(keys: &[String], uid_validity: u32) -> Self {
        let prefix = format!("imap:{uid_validity}:");
        let parse = |key: &String| {
            let (first, last) = key.strip_prefix(&prefix)?.split_once('-')?;
            Some((first.parse().ok()?, last.parse().ok()?))
        };
        let mut ranges: Vec<(u32, u32)> = keys.iter().filter_map(parse).collect();
        ranges.sort_unstable();
        Self(ranges)
    }
}

#[cfg(test)]
mod tests {
    use super::Ranges;

    #[test]
    fn what_was_not_chosen_stays_out_and_the_rest_does_not() {
        let ranges = Ranges::left_out([(2, false), (5, false), (7, true), (9, false)].into_iter());
        assert_eq!(ranges.to_keys(3), ["imap:3:2-5", "imap:3:9-9"]);
        let out: Vec<u32> = (1..12).filter(|uid| ranges.contain(*uid)).collect();
        assert_eq!(out, [2, 3, 4, 5, 9]);
        assert_eq!(Ranges::from_keys(&ranges.to_keys(3), 3), ranges);
        assert_eq!(Ranges::from_keys(&ranges.to_keys(3), 4), Ranges::default());
    }
}
