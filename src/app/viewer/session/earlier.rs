//! Sessions of earlier versions, in the form of this one.

use crate::text::from_json;
use serde_json::{Map, Value, json};

/// The fields of something by their names.
type Fields = Map<String, Value>;

/// A session of an earlier version, which has a number, with the name of this one's format.
///
/// # Errors
/// For the first field that is not there or is another kind of thing.
pub(super) fn upgraded((text, version): (&str, u32), format: String) -> Result<String, String> {
    let mut session: Fields = from_json(text).map_err(|fault| fault.to_string())?;
    session.insert("format".to_owned(), Value::String(format));
    if version == 1 {
        from_1(&mut session)?;
    }
    from_2(&mut session)?;
    serde_json::to_string(&session).map_err(|error| error.to_string())
}

/// Version 1 had one region of interest and no angle.
fn from_1(session: &mut Fields) -> Result<(), String> {
    let roi = session.remove("roi").ok_or("missing field `roi`")?;
    let (region, last_number) = (&roi["region"], &roi["last_number"]);
    let (regions, chosen) = match region {
        Value::Null => (Vec::new(), &Value::Null),
        // It was the last one that was drawn.
        region => {
            let one = json!({ "number": last_number, "name": "", "region": region });
            (vec![one], last_number)
        }
    };
    let rois = json!({ "regions": regions, "chosen": chosen, "last_number": last_number });
    session.insert("rois".to_owned(), rois);
    let angles = json!({ "angles": [], "chosen": null, "last_number": 0 });
    session.insert("angles".to_owned(), angles);
    set(session, "view", ("measures_open", false))
}

/// Up to version 2 all scans were zoomed and moved together. What a scan has of its own may be missing.
fn from_2(session: &mut Fields) -> Result<(), String> {
    set(session, "compare", ("same_zoom", true))
}

/// Sets a field of a part.
fn set(session: &mut Fields, part: &str, (field, value): (&str, bool)) -> Result<(), String> {
    let of = session.get_mut(part).and_then(Value::as_object_mut);
    let of = of.ok_or_else(|| format!("missing field `{part}`"))?;
    of.insert(field.to_owned(), Value::Bool(value));
    Ok(())
}
