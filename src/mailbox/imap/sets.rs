//! UID sets (RFC 3501 `sequence-set`), short enough for any server's limit of a command line.

/// Bytes of one set; servers take lines of 8,000 at least (RFC 7162).
const LENGTH: usize = 4_000;

/// Ascending UIDs as sets of ranges, such as `1:3,7`, each of at most `count` messages.
pub(super) fn uid_sets(uids: &[u32], count: usize) -> Vec<String> {
    let mut sets = Vec::new();
    for chunk in uids.chunks(count.max(1)) {
        let mut set = String::new();
        let mut rest = chunk;
        while let [first, ..] = rest {
            let run = rest
                .iter()
                .zip(u64::from(*first)..)
                .take_while(|(uid, expected)| u64::from(**uid) == *expected)
                .count();
            if set.len() > LENGTH {
                sets.push(std::mem::take(&mut set));
            }
            if !set.is_empty() {
                set.push(',');
            }
            set.push_str(&first.to_string());
            if run > 1 {
                set.push_str(&format!(":{}", rest[run - 1]));
            }
            rest = &rest[run..];
        }
        sets.push(set);
    }
    sets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_become_ranges_and_lines_stay_short() {
        assert_eq!(uid_sets(&[1, 2, 3, 7, 9, 10], 100), ["1:3,7,9:10"]);
        assert_eq!(uid_sets(&[1, 2, 3, u32::MAX], 2), ["1:2", "3,4294967295"]);
        assert!(uid_sets(&[], 2).is_empty());
        let odd: Vec<u32> = (0..10_000).map(|n| 2_000_000_001 + n * 2).collect();
        let sets = uid_sets(&odd, 1_000);
        assert!(sets.iter().all(|set| set.len() < LENGTH + 30));
        assert_eq!(sets.iter().map(|set| set.split(',').count()).sum::<usize>(), odd.len());
    }
}
