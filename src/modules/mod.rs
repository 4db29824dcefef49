//! The installed modules: those shipped here, and the TOML files in `DATA_DIR/modules/`. Each brings one record
//! type without code.

mod check;

use std::path::{Path, PathBuf};

use crate::domain::module::Module;

const SHIPPED: [(&str, &str); 2] =
    [("spp_grm.toml", include_str!("spp_grm.toml")), ("helpdesk.toml", include_str!("helpdesk.toml"))];

/// All record types, in the order in which they are offered.
#[derive(Debug, Clone, Default)]
pub struct Modules(Vec<Module>);

#[derive(Debug, thiserror::Error)]
pub enum ModuleError {
    #[error("the module {path} can't be read: {source}")]
    Read { path: PathBuf, source: std::io::Error },
    /// Everything that is wrong, a line each: file, line, words.
    #[error("a module can't be used; mend its file, or take it away:\n{words}")]
    Wrong { words: String },
}

impl Modules {
    /// The shipped ones, then those of `folder` by file name; one of the same model replaces a shipped one.
    pub fn load(folder: &Path) -> Result<Self, ModuleError> {
        let mut modules = Self::default();
        for (name, text) in SHIPPED {
            modules.add(Path::new(name), text)?;
        }
        let mut paths: Vec<PathBuf> = match std::fs::read_dir(folder) {
            Ok(entries) => entries.filter_map(|entry| Some(entry.ok()?.path())).collect(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            Err(source) => return Err(ModuleError::Read { path: folder.to_owned(), source }),
        };
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
        paths.sort();
        let mut own: Vec<(String, PathBuf)> = Vec::new();
        for path in paths {
            let text =
                std::fs::read_to_string(&path).map_err(|source| ModuleError::Read { path: path.clone(), source })?;
            let model = modules.add(&path, &text)?;
            if let Some((_, other)) = own.iter().find(|(known, _)| *known == model) {
                let words =
                    format!("  {}:1: {} brings the record type {model} already", path.display(), other.display());
                return Err(ModuleError::Wrong { words });
            }
            own.push((model, path));
        }
        Ok(modules)
    }

    pub fn all(&self) -> &[Module] {
        &self.0
    }

    pub fn get(&self, model: &str) -> Option<&Module> {
        self.0.iter().find(|module| module.model == model)
    }

    /// Gives the model.
    fn add(&mut self, path: &Path, text: &str) -> Result<String, ModuleError> {
        let known: Vec<String> = self.0.iter().map(|module| module.model.clone()).collect();
        let mut module = check::module(text, &known).map_err(|problems| {
            let lines = problems.iter().map(|one| format!("  {}:{}: {}", path.display(), one.line, one.words));
            ModuleError::Wrong { words: lines.collect::<Vec<_>>().join("\n") }
        })?;
        module.in_every_language();
        let model = module.model.clone();
        self.0.retain(|known| known.model != model);
        self.0.push(module);
        Ok(model)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_record_types_with_one_id_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["x.case6271", "x.case81404"] {
            let text = SHIPPED[1].1.replace("helpdesk.ticket", name);
            std::fs::write(folder.path().join(format!("{name}.toml")), text).unwrap();
        }
        let refused = Modules::load(folder.path()).unwrap_err().to_string();
        assert!(refused.contains("“x.case81404” would have the same id as “x.case6271” in ir.model"), "{refused}");
    }

    #[test]
    fn a_file_adds_a_record_type_and_a_wrong_one_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let text = SHIPPED[1].1.replace("helpdesk.ticket", "x.case").replace("Helpdesk Ticket", "Case");
        std::fs::write(folder.path().join("case.toml"), &text).unwrap();
        let modules = Modules::load(folder.path()).unwrap();
        assert_eq!(modules.all().len(), 3);
        assert_eq!(modules.get("x.case").unwrap().label, "Case");
        std::fs::write(folder.path().join("odd.toml"), "model = 1").unwrap();
        assert!(Modules::load(folder.path()).unwrap_err().to_string().contains("odd.toml:1: "));
        std::fs::write(folder.path().join("odd.toml"), &text).unwrap();
        let twice = Modules::load(folder.path()).unwrap_err().to_string();
        assert!(twice.contains("odd.toml:1: ") && twice.contains("case.toml brings"), "{twice}");
    }
}
