//! Sessions of earlier versions, in the form of this one.

use crate::text::from_json;
use serde_json::{Map, Value, json};

/// A session of version 1, which had one region of interest and no angle, with the name of a later format.
///
/// # Errors
/// For the first field that is not there or is another kind of thing.
pub(super) fn from_1(text: &str, format: String) -> Result<String, String> {
    let mut session: Map<String, Value> = from_json(text).map_err(|fault| fault.to_string())?;
    session.insert("format".to_owned(), Value::String(format));
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
    let view = session.get_mut("view").and_then(Value::as_object_mut);
    let view = view.ok_or("missing field `view`")?;
    view.insert("measures_open".to_owned(), Value::Bool(false));
    serde_json::to_string(&session).map_err(|error| error.to_string())
}
