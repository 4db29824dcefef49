//! The page of an object that is a table of fields (an incoming server, a connection, an alias, a user): what was typed is
//! read and saved, and comes back beside what is saved wherever it could not be. Labels, help, choices and the page where
//! two people's changes meet follow from the table and the catalogue: see [`Settings::WORDS`].

use std::collections::BTreeMap;

use fluent_templates::fluent_bundle::FluentValue;
use serde::Serialize;

use super::errors::PageFailure;
use super::forms::TypedFields;
use super::guards::Visitor;
use crate::domain::Invalid;
use crate::domain::setting::{SettingField, SettingKind, SettingsObject};
use crate::domain::stage::{self, StageState};
use crate::domain::words::{self, Sentence};
use crate::operations::OperationError;
use crate::operations::settings::{self, Difference, KeptObject, Saved, SettingForm, SettingTarget};

/// A form and what is said about it.
pub(super) struct FormSheet<T: KeptObject> {
    /// What is saved; None: a new one.
    pub view: Option<T::View>,
    /// Of what is saved, as the person knows it.
    pub version: Option<i32>,
    pub form: SettingForm<T>,
    pub errors: Vec<Invalid>,
    /// What happened that no field is to blame for.
    pub problem: Option<String>,
    /// What somebody else saved meanwhile.
    pub conflict: Option<Vec<Difference>>,
}

impl<T: KeptObject> Default for FormSheet<T> {
    fn default() -> Self {
        Self {
            view: None,
            version: None,
            form: SettingForm::default(),
            errors: Vec::new(),
            problem: None,
            conflict: None,
        }
    }
}

/// How saving ended.
pub(super) enum SaveOutcome<T: KeptObject> {
    Saved(Box<T::View>),
    /// Saved, and not tested: a person has to agree to this first.
    Unagreed(Box<T::View>, Invalid),
    /// Nothing was saved: the form is to be shown again.
    Again(Box<FormSheet<T>>),
}

/// The form as it was posted.
pub(super) fn read<T: SettingsObject>(posted: &TypedFields) -> SettingForm<T> {
    SettingForm::with(T::FIELDS.iter().map(|field| (field.name, posted.get(field.name))))
}

/// Saves what was typed; `to_test` as [`settings::save_for_test`].
pub(super) async fn save<T: KeptObject>(
    visitor: &Visitor<'_>,
    target: SettingTarget<T::Id>,
    form: SettingForm<T>,
    to_test: bool,
) -> Result<SaveOutcome<T>, PageFailure> {
    let (typed, save) = (form.clone(), if to_test { settings::save_for_test } else { settings::save });
    let again = match visitor.run(move |app, caller| save(app, caller, target, &typed)).await {
        Ok(Saved::Done(view)) => return Ok(SaveOutcome::Saved(view)),
        Ok(Saved::Unagreed(view, why)) => return Ok(SaveOutcome::Unagreed(view, why)),
        Ok(Saved::Conflict(conflict)) => FormSheet {
            view: Some(conflict.current),
            version: Some(conflict.version),
            form,
            conflict: Some(conflict.differences),
            ..FormSheet::default()
        },
        Err(OperationError::Invalid(errors)) => FormSheet { errors, ..FormSheet::typed(visitor, target, form).await },
        Err(OperationError::Conflict(words) | OperationError::Refused(words)) => {
            let problem = Some(words.in_language(visitor.language()));
            FormSheet { problem, ..FormSheet::typed(visitor, target, form).await }
        }
        Err(error) => return Err(error.into()),
    };
    Ok(SaveOutcome::Again(Box::new(again)))
}

impl<T: KeptObject> FormSheet<T> {
    /// A new one.
    pub(super) fn fresh() -> Self {
        Self { form: SettingForm::fresh(), ..Self::default() }
    }

    /// As it is saved.
    pub(super) fn of(view: T::View) -> Self {
        let (object, version, _) = T::shown(&view);
        let (form, version) = (SettingForm::of(object), Some(version));
        Self { form, version, view: Some(view), ..Self::default() }
    }

    /// What was typed, beside what is saved.
    pub(super) async fn typed(visitor: &Visitor<'_>, target: SettingTarget<T::Id>, form: SettingForm<T>) -> Self {
        let SettingTarget::Existing { id, version } = target else { return Self { form, ..Self::default() } };
        let view = visitor.run(move |app, caller| settings::get::<T>(app, caller, id)).await.ok();
        // Somebody else's version is not taken over by correcting a field: the conflict is still to be shown.
        Self { version: view.as_ref().map(|_| version), view, form, ..Self::default() }
    }

    /// The page of a form that is shown again with what was typed (see [`crate::web::forms::keep_for`]): a button beside the form
    /// brings no fields. `rest` is what follows the list's address; None where there is no such page.
    pub(super) async fn again(
        visitor: &Visitor<'_>,
        rest: &[&str],
        posted: &TypedFields,
        form: SettingForm<T>,
        id: fn(i32) -> T::Id,
    ) -> Option<Result<Self, PageFailure>> {
        let id = match rest {
            ["new"] => return Some(Ok(Self { form, ..Self::default() })),
            [number, ..] => id(number.parse().ok()?),
            _ => return None,
        };
        if posted.has("version") {
            return Some(Ok(Self::typed(visitor, target(posted, id), form).await));
        }
        let view = visitor.run(move |app, caller| settings::get::<T>(app, caller, id)).await;
        Some(view.map(Self::of).map_err(PageFailure::from))
    }

    /// As it is saved; None: a new one.
    pub(super) fn object(&self) -> Option<&T> {
        self.view.as_ref().map(|view| T::shown(view).0)
    }

    /// The fields of which a secret is saved.
    pub(super) fn secrets(&self) -> &[&'static str] {
        self.view.as_ref().map_or(&[], |view| T::shown(view).2)
    }

    /// `fields` in the template.
    pub(super) fn fields(&self, around: &Around<'_>) -> Places {
        fields(&self.form, self.secrets(), around)
    }

    /// `conflict` in the template: values in words.
    pub(super) fn differences(&self, around: &Around<'_>) -> Option<Vec<ConflictRow>> {
        let row = |one: &Difference| {
            let field = T::FIELDS.iter().find(|field| field.name == one.field);
            let shown = |value: &str| field.map_or_else(|| value.to_owned(), |field| around.in_words(field, value));
            ConflictRow { label: around.label::<T>(one.field), theirs: shown(&one.theirs), yours: shown(&one.yours) }
        };
        self.conflict.as_ref().map(|conflict| conflict.iter().map(row).collect())
    }

    /// What saving could not do answers 422; the page is the same.
    pub(super) fn is_wrong(&self) -> bool {
        !self.errors.is_empty() || self.problem.is_some() || self.conflict.is_some()
    }
}

/// What an edit of a saved object is saved to.
pub(super) fn target<Id>(posted: &TypedFields, id: Id) -> SettingTarget<Id> {
    SettingTarget::Existing { id, version: posted.get("version").parse().unwrap_or_default() }
}

/// What a page knows beside the table.
pub(super) struct Around<'a> {
    pub language: &'a str,
    /// Choices that come from elsewhere: field, and value with label of each.
    pub options: Vec<(&'static str, Vec<(String, String)>)>,
    /// Arguments of the words.
    pub arguments: Vec<(&'static str, FluentValue<'static>)>,
    /// Fields that were filled in by themselves, and are marked so.
    pub found: Vec<&'static str>,
}

/// A row of the page where two people's changes meet.
#[derive(Debug, Serialize)]
pub(super) struct ConflictRow {
    label: String,
    theirs: String,
    yours: String,
}

/// A field as `common/settings.html` shows it.
#[derive(Debug, Serialize)]
pub(super) struct FieldShown {
    name: &'static str,
    /// The type of its input, or `select`, `radio`, `area`, `secret` (an area that is typed and not kept).
    kind: &'static str,
    label: String,
    value: String,
    checked: bool,
    help: String,
    placeholder: String,
    /// The words of a first choice without a value.
    none: String,
    options: Vec<(String, String)>,
    class: &'static str,
    required: bool,
}

/// The part of the page where a field stands.
pub(super) fn place<T: SettingsObject>(field: &str) -> Option<&'static str> {
    T::FIELDS.iter().find(|known| known.name == field).map(|known| known.place)
}

/// The fields of each part of a page.
pub(super) type Places = BTreeMap<&'static str, Vec<FieldShown>>;

/// Every field that has a place, in the order of the table. `saved`: those of which a secret is saved.
pub(super) fn fields<T: SettingsObject>(form: &SettingForm<T>, saved: &[&'static str], around: &Around<'_>) -> Places {
    let mut places = Places::new();
    for field in T::FIELDS.iter().filter(|field| !field.place.is_empty()) {
        let choices = T::offered(form, field);
        let help = match (field.is_secret(), form.secret(field.name), saved.contains(&field.name)) {
            (true, Some(_), _) => format!("help-{}-again", field.name),
            (true, None, true) => format!("help-{}-kept", field.name),
            _ => format!("help-{}", field.name),
        };
        let shown = FieldShown {
            name: field.name,
            kind: match field.kind {
                SettingKind::Line(_) => "text",
                SettingKind::Url(_) => "url",
                SettingKind::Text => "area",
                SettingKind::SecretText => "secret",
                SettingKind::Number { .. } => "number",
                SettingKind::Flag => "checkbox",
                SettingKind::Choice(_) | SettingKind::Reference(_) => "select",
                SettingKind::Radio(_) => "radio",
                SettingKind::Date => "date",
                SettingKind::Secret => "password",
                SettingKind::Carried => "hidden",
            },
            label: around.label::<T>(field.name),
            value: form.typed(field.name).to_owned(),
            checked: form.flag(field.name),
            help: around.help::<T>(field.name, &help),
            placeholder: around.maybe::<T>(&format!("placeholder-{}", field.name)),
            none: around.maybe::<T>(&format!("none-{}", field.name)),
            options: around.choices(field, choices),
            class: field.shown,
            required: field.required,
        };
        places.entry(field.place).or_default().push(shown);
    }
    places
}

impl<'a> Around<'a> {
    pub(super) fn new(language: &'a str) -> Self {
        Self { language, options: Vec::new(), arguments: Vec::new(), found: Vec::new() }
    }

    fn label<T: SettingsObject>(&self, field: &str) -> String {
        words::text(self.language, &format!("{}-field-{field}", T::WORDS))
    }

    /// Empty where the catalogue has no such words.
    fn maybe<T: SettingsObject>(&self, key: &str) -> String {
        words::maybe(self.language, &format!("{}-{key}", T::WORDS), &self.arguments).unwrap_or_default()
    }

    fn help<T: SettingsObject>(&self, field: &str, key: &str) -> String {
        let help = self.maybe::<T>(key);
        match self.found.contains(&field) {
            true => format!("{} {help}", words::text(self.language, "setting-found")).trim_end().to_owned(),
            false => help,
        }
    }

    fn choices<T: SettingsObject>(
        &self,
        field: &SettingField<T>,
        known: Vec<(&str, Sentence)>,
    ) -> Vec<(String, String)> {
        if let Some((_, options)) = self.options.iter().find(|(name, _)| *name == field.name) {
            return options.clone();
        }
        let said =
            |code: &str| Some(self.maybe::<T>(&format!("{}-{code}", field.name))).filter(|words| !words.is_empty());
        known
            .into_iter()
            .map(|(code, label)| (code.to_owned(), said(code).unwrap_or_else(|| label.in_language(self.language))))
            .collect()
    }

    /// A value, for somebody who compares two of them.
    pub(super) fn in_words<T: SettingsObject>(&self, field: &SettingField<T>, value: &str) -> String {
        let flag = matches!(field.kind, SettingKind::Flag);
        match value {
            "" if flag => words::text(self.language, "conflict-no"),
            _ if flag => words::text(self.language, "conflict-yes"),
            "" => match self.maybe::<T>(&format!("none-{}", field.name)) {
                none if none.is_empty() => words::text(self.language, "conflict-nothing"),
                none => none,
            },
            value => {
                let choices = self.choices(field, field.choices());
                let chosen = choices.into_iter().find(|(code, _)| code == value);
                chosen.map_or_else(|| value.to_owned(), |(_, label)| label)
            }
        }
    }
}

// The stages of a test as the pages show them.

/// One stage: see `common/stages.html`.
#[derive(Debug, Serialize)]
pub(super) struct StageShown {
    code: &'static str,
    state: &'static str,
    tone: &'static str,
    tried: bool,
    elapsed_ms: u64,
    words: Sentence,
    said: String,
    remedy: Sentence,
}

impl StageShown {
    pub(super) fn of(stage: &stage::TestStage) -> Self {
        let tone = match stage.state {
            StageState::Passed => "good",
            StageState::Failed => "bad",
            StageState::Skipped | StageState::NotApplicable => "quiet",
        };
        Self {
            code: stage.name.code(),
            state: stage.state.code(),
            tone,
            tried: matches!(stage.state, StageState::Passed | StageState::Failed),
            elapsed_ms: stage.elapsed_ms,
            words: stage.words().clone(),
            said: stage.said.clone(),
            remedy: stage.complaint.remedy.clone(),
        }
    }
}
