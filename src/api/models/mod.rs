//! The models of this installation under Odoo's names (ARCHITECTURE §6), a file for each subject, and here the list of them.

mod ledger;
mod people;
mod records;
mod reference;
mod servers;
mod threads;

use super::fault::ObjectError;
use super::model::{Model, ServedModel};
use crate::modules::Modules;

/// All that are there whatever modules are installed; [`crate::domain::id::BUILT_IN_MODELS`] has their ids.
fn built_in() -> Vec<Box<dyn Model>> {
    vec![
        Box::new(servers::ServerModel),
        Box::new(servers::Aliases),
        Box::new(threads::Threads),
        Box::new(ledger::Ledger),
        Box::new(threads::Posts),
        Box::new(threads::AttachmentModel),
        Box::new(people::Users),
        Box::new(people::Contacts),
        Box::new(servers::Connections),
        Box::new(servers::Providers),
        Box::new(reference::IrModel),
        Box::new(reference::IrModelFields),
        Box::new(reference::Companies),
        Box::new(reference::Countries),
        Box::new(reference::CountryStates),
        Box::new(reference::ModelAccess),
        Box::new(reference::ExternalIds),
        Box::new(reference::Groups),
    ]
}

/// Built once at start: the models change only with the installed modules.
#[derive(Debug)]
pub(super) struct Models(Vec<ServedModel>);

impl Models {
    pub(super) fn new(modules: &Modules) -> Self {
        let of_modules = modules.all().iter().flat_map(|module| {
            let kept = [records::of_categories(module), records::of_tags(module)];
            [records::of(module), records::stages_of(module)].into_iter().chain(kept.into_iter().flatten())
        });
        let mut models: Vec<ServedModel> = built_in().into_iter().chain(of_modules).map(ServedModel::new).collect();
        models.sort_by_key(|model| model.id);
        reference::describe_models(&mut models);
        reference::describe(&mut models);
        Self(models)
    }

    pub(super) fn get(&self, name: &str) -> Result<&ServedModel, ObjectError> {
        self.find(name).ok_or_else(|| ObjectError::UnknownModel(name.to_owned()))
    }

    pub(super) fn find(&self, name: &str) -> Option<&ServedModel> {
        self.0.iter().find(|model| model.name == name)
    }

    /// The one with this id in `ir.model`.
    pub(super) fn by_id(&self, id: i64) -> Option<&ServedModel> {
        self.0.iter().find(|model| i64::from(model.id) == id)
    }

    /// In the order of their ids.
    pub(super) fn all(&self) -> &[ServedModel] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::BUILT_IN_MODELS;

    /// Modules may refer to these by name, and may not take their names.
    #[test]
    fn what_is_built_in_is_offered_and_nothing_else() {
        let models = Models::new(&Modules::default());
        let offered: Vec<(&str, i32)> = models.all().iter().map(|model| (model.name.as_str(), model.id)).collect();
        assert_eq!(offered, BUILT_IN_MODELS);
    }
}
