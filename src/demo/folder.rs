//! The demo's folder: made fresh each time, and never somebody's own data.

use std::path::{Path, PathBuf};

/// Marks a folder as the demo's, which may be emptied.
const MARK: &str = "mailgate-demo";

#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    #[error("{0} exists and is not the demo's. Remove it, or give another folder: mailgate demo --folder FOLDER")]
    NotOurs(PathBuf),
    #[error("the folder {path} can't be made: {source}")]
    Io { path: PathBuf, source: std::io::Error },
}

/// Makes the folder, and removes what an earlier demo left there. A folder that is not the demo's is refused.
pub fn fresh(folder: &Path) -> Result<PathBuf, FolderError> {
    let failed = |source| FolderError::Io { path: folder.to_owned(), source };
    if folder.join(MARK).exists() {
        std::fs::remove_dir_all(folder).map_err(failed)?;
    }
    std::fs::create_dir_all(folder).map_err(failed)?;
    if std::fs::read_dir(folder).map_err(failed)?.next().is_some() {
        return Err(FolderError::NotOurs(folder.to_owned()));
    }
    std::fs::write(folder.join(MARK), "Made by `mailgate demo`, which empties this folder when it runs again.\n")
        .map_err(failed)?;
    folder.canonicalize().map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_its_own_folder_is_emptied() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("demo");
        std::fs::write(fresh(&folder).unwrap().join("mailgate.db"), "old").unwrap();
        assert!(!fresh(&folder).unwrap().join("mailgate.db").exists());
        let own = parent.path().join("own");
        std::fs::create_dir(&own).unwrap();
        std::fs::write(own.join("thesis.txt"), "years").unwrap();
        assert!(matches!(fresh(&own), Err(FolderError::NotOurs(_))));
        assert!(own.join("thesis.txt").exists());
    }
}
