//! What `operations` writes, it audits: a new operation can't forget.

use super::{none, sources};

/// Files that write without a line of audit, and why that is right.
const RIGHT: &[(&str, &str)] = &[
    ("src/operations/client.rs", "one transaction for all rows of a call; each goes to the operation of its page"),
    ("src/operations/indexing.rs", "what searches find is derived from what was done"),
];

/// What writes an entry into the audit, or passes its transaction on to an operation that does.
const AUDITS: [&str; 6] = ["audit::write(", "remember(", "write_audit", "_in(db", "_in(app, db", "_in::<"];

#[test]
fn each_transaction_of_an_operation_has_its_audit() {
    let mut wrong = Vec::new();
    let mut used = vec![false; RIGHT.len()];
    for source in sources("src/operations", ".rs") {
        let code: Vec<&str> = source.code().map(|(_, line)| line).collect();
        let writes = code.iter().any(|line| line.contains("store.write("));
        let audits = code.iter().any(|line| AUDITS.iter().any(|audit| line.contains(audit)));
        if !writes || audits {
            continue;
        }
        match RIGHT.iter().position(|(file, _)| source.path == *file) {
            Some(at) => used[at] = true,
            None => wrong.push(source.path),
        }
    }
    let unused = RIGHT.iter().zip(used).filter(|(_, used)| !used);
    wrong.extend(unused.map(|((file, _), _)| format!("{file} needs no exception any more: shorten the list")));
    none("an operation writes its audit in the transaction of the deed", wrong);
}

#[test]
fn what_the_pipeline_does_for_a_person_takes_the_audit_along() {
    let mut wrong = Vec::new();
    for source in sources("src/operations", ".rs") {
        for (number, line) in source.code() {
            let deed = ["pipeline::redeliver(", "pipeline::dismiss(", "pipeline::download_anyway("]
                .iter()
                .any(|f| line.contains(f));
            if deed && !line.contains("by)") {
                wrong.push(format!("{}:{number} {line}", source.path));
            }
        }
    }
    none("a deed on a message goes to the pipeline with `By`, which carries its audit", wrong);
}
