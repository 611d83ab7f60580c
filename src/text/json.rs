//! JSON that somebody may have changed by hand, with the field of a mistake.

use serde::de::DeserializeOwned;

/// What is wrong with a JSON text, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {why}")]
pub struct JsonFault {
    /// The field, as `scans[1].style.opacity`; the line where no field was begun.
    pub place: String,
    /// In words.
    pub why: String,
}

/// A value from JSON.
///
/// # Errors
/// What is wrong first, with the field.
pub fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, JsonFault> {
    serde_json::from_str(text).map_err(|error| {
        let said = error.to_string();
        // The place comes last, in the parser's own way.
        let end = said.rfind(" at line ").unwrap_or(said.len());
        let lines = text.split_inclusive('\n');
        let before: usize = lines.take(error.line().max(1) - 1).map(str::len).sum();
        let until = text.floor_char_boundary(before + error.column());
        let field = field_at_end(&text[..until]);
        JsonFault {
            place: match field.is_empty() {
                true => format!("line {}", error.line().max(1)),
                false => field,
            },
            why: said[..end].to_owned(),
        }
    })
}

/// What the end of a JSON text that was cut off lies in.
enum Inside {
    /// An object, at this field.
    Object(Option<String>),
    /// A list, at this place.
    List(usize),
}

/// The field that the end of a JSON text which was cut off belongs to; nothing where that is the whole.
fn field_at_end(text: &str) -> String {
    let mut inside: Vec<Inside> = Vec::new();
    let mut is_name = false;
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match c {
            '{' => {
                inside.push(Inside::Object(None));
                is_name = true;
            }
            '[' => {
                inside.push(Inside::List(0));
                is_name = false;
            }
            '}' | ']' => {
                inside.pop();
                is_name = false;
            }
            ':' => is_name = false,
            ',' => match inside.last_mut() {
                Some(Inside::List(place)) => *place += 1,
                Some(Inside::Object(name)) => {
                    *name = None;
                    is_name = true;
                }
                None => {}
            },
            '"' => {
                let said = string(&mut rest);
                if let (true, Some(Inside::Object(name))) = (is_name, inside.last_mut()) {
                    *name = Some(said);
                }
            }
            _ => {}
        }
    }
    let mut field = String::new();
    for part in &inside {
        match part {
            Inside::List(place) => field += &format!("[{place}]"),
            Inside::Object(None) => {}
            Inside::Object(Some(name)) => {
                if !field.is_empty() {
                    field.push('.');
                }
                field += name;
            }
        }
    }
    field
}

/// A string up to its closing quote; what is escaped stays so.
fn string(rest: &mut std::str::Chars<'_>) -> String {
    let mut said = String::new();
    while let Some(c) = rest.next() {
        match c {
            '"' => break,
            '\\' => said.extend(rest.next()),
            c => said.push(c),
        }
    }
    said
}

#[cfg(test)]
mod tests {
    use super::from_json;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Whole {
        name: String,
        parts: Vec<Part>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Part {
        at: [f64; 2],
        open: bool,
    }

    #[track_caller]
    fn check(text: &str, place: &str, why: &str) {
        let fault = from_json::<Whole>(text).unwrap_err();
        assert_eq!(fault.place, place, "{fault}");
        assert!(fault.why.contains(why), "{fault}");
    }

    #[test]
    fn a_mistake_is_named_by_its_field() {
        let part = r#"{"at": [1, 2], "open": true}"#;
        let whole = |part: &str| format!("{{\"name\": \"a {{[\", \"parts\": [{part}]}}");
        let opened: Whole = from_json(&whole(part)).unwrap();
        assert_eq!(opened.name, "a {[");
        assert!(opened.parts[0].open && opened.parts[0].at == [1.0, 2.0]);
        let second = |other: &str| whole(&format!("{part},\n {other}"));
        let wrong = second(r#"{"at": [1, 2], "open": "yes"}"#);
        check(&wrong, "parts[1].open", "expected a boolean");
        let wrong = second(r#"{"at": [1, "b"], "open": true}"#);
        check(&wrong, "parts[1].at[1]", "expected f64");
        let wrong = second(r#"{"at": [1, 2]}"#);
        check(&wrong, "parts[1]", "missing field `open`");
        let wrong = second(r#"{"at": [1, 2], "opne": true}"#);
        check(&wrong, "parts[1].opne", "unknown field `opne`");
        check(r#"{"name": 3, "parts": []}"#, "name", "expected a string");
        check("", "line 1", "EOF");
        check("[]\n", "line 1", "invalid");
        check("{\"name\": \"a\"", "name", "EOF");
    }
}
