//! Single members of a zip file, for other rooms whose files come in one.

use super::error::FormatError;
use super::zip::{Zip, is_zip};
use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;

/// Whether a file is a zip with a member whose name ends so.
#[must_use]
pub fn has_zip_members(path: &Path, ending: &str) -> bool {
    let mut head = [0; 4];
    let begins = File::open(path).and_then(|mut file| file.read_exact(&mut head));
    begins.is_ok()
        && is_zip(&head)
        && Zip::open(path).is_ok_and(|zip| {
            let mut members = zip.members.iter();
            members.any(|member| member.name.ends_with(ending))
        })
}

/// Writes the one member of a zip whose name ends so, at most `limit` bytes of it. Its name in the
/// zip, or none where there is no such member.
///
/// # Errors
/// When the zip or the member is damaged or too large, and when several members end so.
pub fn unpacked_member(
    path: &Path,
    ending: &str,
    limit: u64,
    to: &mut impl Write,
) -> Result<Option<String>, FormatError> {
    let zip = Zip::open(path)?;
    let is_it = |name: &str| name == ending || name.ends_with(&format!("/{ending}"));
    let found: Vec<_> = zip.members.iter().filter(|m| is_it(&m.name)).collect();
    let io = |source| FormatError::Io {
        source,
        path: path.to_owned(),
    };
    let field = |value: String, why: &str| FormatError::Field {
        field: ending.to_owned(),
        value,
        why: why.to_owned(),
        path: path.to_owned(),
    };
    match found[..] {
        [] => Ok(None),
        [member] if member.size > limit => Err(field(
            format!("{} bytes", member.size),
            "larger than such a file can be",
        )),
        [member] => {
            let mut bytes = zip.member(member).map_err(io)?;
            std::io::copy(&mut bytes, to).map_err(io)?;
            Ok(Some(member.name.clone()))
        }
        _ => Err(field(
            found.len().to_string(),
            "the zip has several of them",
        )),
    }
}
