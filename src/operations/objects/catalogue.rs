//! All models of this installation under Odoo's names (ARCHITECTURE §6), in the order of their ids in `ir.model`.

mod aliases;
mod connections;
mod mail;
mod people;
mod records;
mod reflection;
mod servers;

use super::error::ObjectError;
use super::model::Model;
use crate::modules::Modules;

/// Built once at start: the models change only with the installed modules.
#[derive(Debug)]
pub struct Catalogue {
    models: Vec<Model>,
}

impl Catalogue {
    pub fn new(modules: &Modules) -> Self {
        let mut models = vec![
            servers::incoming(modules),
            aliases::aliases(),
            aliases::threads(),
            mail::ledger(),
            mail::messages(),
            mail::attachments(),
            people::users(),
            people::partners(),
            connections::connections(),
        ];
        for module in modules.all() {
            models.push(records::records(module));
            models.push(records::stages(module));
        }
        // These two describe all others and themselves.
        let described = reflection::describe(&models);
        models.extend(described);
        Self { models }
    }

    pub fn get(&self, name: &str) -> Result<&Model, ObjectError> {
        self.find(name).ok_or_else(|| ObjectError::UnknownModel(name.to_owned()))
    }

    pub fn find(&self, name: &str) -> Option<&Model> {
        self.models.iter().find(|model| model.name == name)
    }

    pub fn all(&self) -> &[Model] {
        &self.models
    }

    /// The id of a model in `ir.model`.
    pub fn id_of(&self, name: &str) -> Option<i32> {
        reflection::id_of(self.models.iter().map(|model| model.name.as_str()), name)
    }

    pub fn by_id(&self, id: i64) -> Option<&Model> {
        self.models.iter().find(|model| self.id_of(&model.name).map(i64::from) == Some(id))
    }
}
