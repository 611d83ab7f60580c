//! The fields of a worksheet's JSON, each named where it is wrong.

use super::Seen;
use serde_json::{Map, Value};

/// What is wrong with a worksheet. Whoever opened the file adds its path.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SheetError {
    /// Not JSON, or a field that is missing, unknown or of another kind.
    #[error("not a worksheet of the Bern score: {0}")]
    NotASheet(String),
    /// A field whose value cannot be.
    #[error("{field} is {value}, {why}")]
    Field {
        /// As in the file, with dots.
        field: String,
        /// As it stands there.
        value: String,
        /// What it should be.
        why: &'static str,
    },
}

/// An error about a field.
pub(super) fn refused<T>(field: &str, value: String, why: &'static str) -> Result<T, SheetError> {
    let field = field.to_owned();
    Err(SheetError::Field { field, value, why })
}

/// An object and where it stands.
pub(super) struct Fields<'a> {
    /// With a dot at its end, unless it is the whole.
    path: String,
    fields: &'a Map<String, Value>,
}

/// A value in an error: a whole object or list would say too much.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::Object(_) => "an object".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        other => other.to_string(),
    }
}

impl<'a> Fields<'a> {
    /// An object with no other fields than these.
    pub(super) fn new(path: &str, value: &'a Value, known: &[&str]) -> Result<Self, SheetError> {
        let Value::Object(fields) = value else {
            let path = if path.is_empty() { "the file" } else { path };
            return refused(path, shown(value), "not an object");
        };
        let path = match path {
            "" => String::new(),
            path => format!("{path}."),
        };
        if let Some((name, value)) = fields
            .iter()
            .find(|(name, _)| !known.contains(&name.as_str()))
        {
            let why = "and no worksheet has that field";
            return refused(&format!("{path}{name}"), shown(value), why);
        }
        Ok(Self { path, fields })
    }

    pub(super) fn path_of(&self, name: &str) -> String {
        format!("{}{name}", self.path)
    }

    pub(super) fn get(&self, name: &str) -> Result<&'a Value, SheetError> {
        match self.fields.get(name) {
            Some(value) => Ok(value),
            None => refused(
                &self.path_of(name),
                "missing".to_owned(),
                "and must be there",
            ),
        }
    }

    pub(super) fn object(&self, name: &str, known: &[&str]) -> Result<Fields<'a>, SheetError> {
        Fields::new(&self.path_of(name), self.get(name)?, known)
    }

    pub(super) fn text(&self, name: &str) -> Result<String, SheetError> {
        match self.get(name)? {
            Value::String(text) => Ok(text.clone()),
            other => refused(&self.path_of(name), shown(other), "not a text"),
        }
    }

    pub(super) fn text_or_null(&self, name: &str) -> Result<Option<String>, SheetError> {
        match self.get(name)? {
            Value::Null => Ok(None),
            _ => self.text(name).map(Some),
        }
    }

    pub(super) fn number(&self, name: &str) -> Result<f64, SheetError> {
        let value = self.get(name)?;
        match value.as_f64().filter(|number| number.is_finite()) {
            Some(number) => Ok(number),
            None => refused(&self.path_of(name), shown(value), "not a number"),
        }
    }

    pub(super) fn seen(&self, name: &str) -> Result<Seen, SheetError> {
        let words = [Seen::Present, Seen::Absent, Seen::NotAssessable];
        let value = self.get(name)?;
        match words
            .into_iter()
            .find(|seen| value.as_str() == Some(seen.name()))
        {
            Some(seen) => Ok(seen),
            None => {
                let why = "not \"present\", \"absent\" or \"not_assessable\"";
                refused(&self.path_of(name), shown(value), why)
            }
        }
    }

    pub(super) fn point(&self, name: &str) -> Result<[f64; 3], SheetError> {
        let value = self.get(name)?;
        let numbers: Option<Vec<f64>> = value
            .as_array()
            .map(|list| list.iter().filter_map(Value::as_f64).collect());
        let is_whole = |found: &Vec<f64>| {
            value.as_array().is_some_and(|list| list.len() == 3)
                && found.iter().all(|number| number.is_finite())
        };
        match numbers
            .filter(is_whole)
            .and_then(|found| found.try_into().ok())
        {
            Some(point) => Ok(point),
            None => refused(
                &self.path_of(name),
                shown(value),
                "not a point of three numbers, mm",
            ),
        }
    }
}
