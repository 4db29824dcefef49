//! What the form pages of endpoints (incoming servers and connections) have in common: what was typed is read and
//! saved, and comes back beside what is saved wherever it could not be.

use crate::domain::Invalid;
use crate::operations::OperationError;
use crate::operations::endpoints::{self, Difference, Endpoint, Form, Saved, Target};
use crate::web::errors::Failure;
use crate::web::forms::Fields;
use crate::web::guards::Visitor;
use crate::web::words;

/// A form and what is said about it.
pub struct Sheet<T: Endpoint> {
    /// What is saved; None: a new one.
    pub view: Option<T::View>,
    /// Of what is saved, as the person knows it.
    pub version: Option<i32>,
    pub form: Form<T>,
    pub errors: Vec<Invalid>,
    /// What happened that no field is to blame for.
    pub problem: Option<String>,
    /// What somebody else saved meanwhile.
    pub conflict: Option<Vec<Difference>>,
}

impl<T: Endpoint> Default for Sheet<T> {
    fn default() -> Self {
        Self { view: None, version: None, form: Form::default(), errors: Vec::new(), problem: None, conflict: None }
    }
}

/// How saving ended.
pub enum Outcome<T: Endpoint> {
    Saved(Box<T::View>),
    /// Saved, and not tested: a person has to agree to this first.
    Unagreed(Box<T::View>, Invalid),
    /// Nothing was saved: the form is to be shown again.
    Again(Box<Sheet<T>>),
}

/// The form as it was posted.
pub fn read<T: Endpoint>(posted: &Fields) -> Form<T> {
    let mut form = Form::default();
    for field in T::FIELDS.iter().chain(&["password"]) {
        form.set(field, posted.get(field));
    }
    form
}

/// Saves what was typed; `to_test` as [`endpoints::save_for_test`].
pub async fn save<T: Endpoint>(
    visitor: &Visitor<'_>,
    target: Target<T::Id>,
    form: Form<T>,
    to_test: bool,
) -> Result<Outcome<T>, Failure> {
    let (typed, save) = (form.clone(), if to_test { endpoints::save_for_test } else { endpoints::save });
    let again = match visitor.run(move |app, caller| save(app, caller, target, &typed)).await {
        Ok(Saved::Done(view)) => return Ok(Outcome::Saved(view)),
        Ok(Saved::Unagreed(view, why)) => return Ok(Outcome::Unagreed(view, why)),
        Ok(Saved::Conflict(conflict)) => Sheet {
            view: Some(conflict.current),
            version: Some(conflict.version),
            form,
            conflict: Some(conflict.differences),
            ..Sheet::default()
        },
        Err(OperationError::Invalid(errors)) => Sheet { errors, ..Sheet::typed(visitor, target, form).await },
        Err(OperationError::Conflict(words) | OperationError::Refused(words)) => {
            Sheet { problem: Some(words), ..Sheet::typed(visitor, target, form).await }
        }
        Err(error) => return Err(error.into()),
    };
    Ok(Outcome::Again(Box::new(again)))
}

impl<T: Endpoint> Sheet<T> {
    /// What was typed, beside what is saved.
    pub async fn typed(visitor: &Visitor<'_>, target: Target<T::Id>, form: Form<T>) -> Self {
        let Target::Existing { id, version } = target else { return Self { form, ..Self::default() } };
        let view = visitor.run(move |app, caller| endpoints::get::<T>(app, caller, id)).await.ok();
        // Somebody else's version is not taken over by correcting a field: the conflict is still to be shown.
        Self { version: view.as_ref().map(|_| version), view, form, ..Self::default() }
    }

    /// What stands under *Password*; `group` is the prefix of the words.
    pub fn password_help(&self, group: &str, is_saved: bool, language: &str) -> String {
        let suffix = match (self.form.password.is_empty(), is_saved) {
            (false, _) => "-again",
            (true, true) => "-kept",
            (true, false) => "",
        };
        words::text(language, &format!("{group}-help-password{suffix}"))
    }

    /// `conflict` in the template; `shown` puts the value of a field in words.
    pub fn differences(&self, shown: impl Fn(&str, &str) -> String) -> Option<Vec<Difference>> {
        let row = |one: &Difference| Difference {
            field: one.field,
            theirs: shown(one.field, &one.theirs),
            yours: shown(one.field, &one.yours),
        };
        self.conflict.as_ref().map(|conflict| conflict.iter().map(row).collect())
    }
}
