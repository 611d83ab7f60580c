//! Names of scans.

use std::path::{Path, PathBuf};

/// The name of a scan, built from entities as BIDS orders them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScanName<'a> {
    /// `sub-`
    pub subject: &'a str,
    /// `ses-`
    pub session: Option<&'a str>,
    /// `acq-`
    pub acquisition: Option<&'a str>,
    /// `ce-`, the contrast agent.
    pub contrast: Option<&'a str>,
    /// `rec-`
    pub reconstruction: Option<&'a str>,
    /// `run-`, a number.
    pub run: Option<&'a str>,
    /// `echo-`, a number.
    pub echo: Option<&'a str>,
    /// `part-`: `mag`, `phase`, `real` or `imag`.
    pub part: Option<&'a str>,
    /// `desc-`, for derivatives.
    pub description: Option<&'a str>,
    /// `T1w`, `dseg`, ...
    pub suffix: &'a str,
}

/// What is wrong with the name of a scan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}, at character {at} of {name:?}")]
pub struct NameError {
    what: String,
    /// Counted from 1.
    at: usize,
    name: String,
}

/// The entities of a raw scan in `anat`, in the order of the standard; `task-` is not among them,
/// as it wants a name of the task in the sidecar.
const KEYS: [&str; 8] = ["sub", "ses", "acq", "ce", "rec", "run", "echo", "part"];

/// Suffixes of `anat` that may have every one of [`KEYS`].
const WEIGHTED: [&str; 10] = [
    "T1w",
    "T2w",
    "PDw",
    "T2starw",
    "FLAIR",
    "inplaneT1",
    "inplaneT2",
    "PDT2",
    "angio",
    "T2star",
];

/// Suffixes of maps, which are made of several echoes and parts and have neither.
const MAPS: [&str; 16] = [
    "T1map",
    "T2map",
    "T2starmap",
    "R1map",
    "R2map",
    "R2starmap",
    "PDmap",
    "MTRmap",
    "MTsat",
    "UNIT1",
    "T1rho",
    "MWFmap",
    "MTVmap",
    "Chimap",
    "S0map",
    "M0map",
];

impl<'a> ScanName<'a> {
    /// The name of a raw scan in `anat`, such as `sub-01_ses-02_acq-sag_run-1_T1w`: without a
    /// folder and without an ending.
    ///
    /// # Errors
    /// For an entity that `anat` does not have, that is there twice or in another order than the
    /// standard's; for a label that is not of letters and digits, an index that is not a number,
    /// and a suffix that `anat` does not have.
    pub fn parse(text: &'a str) -> Result<Self, NameError> {
        let error = |at: usize, what: String| NameError {
            what,
            at,
            name: text.to_owned(),
        };
        let (entities, suffix) = match text.rsplit_once('_') {
            Some((entities, suffix)) => (Some(entities), suffix),
            None if text.contains('-') => (Some(text), ""),
            None => (None, text),
        };
        let mut values = [None; KEYS.len()];
        let mut at = 1;
        for entity in entities.into_iter().flat_map(|e| e.split('_')) {
            let (idx, value) = parse_entity(entity).map_err(|what| error(at, what))?;
            check_order(&values, idx).map_err(|what| error(at, what))?;
            values[idx] = Some(value);
            at += entity.chars().count() + 1;
        }
        let [subject, rest @ ..] = values;
        let subject =
            subject.ok_or_else(|| error(1, "a name begins with sub- and a label".to_owned()))?;
        let [
            session,
            acquisition,
            contrast,
            reconstruction,
            run,
            echo,
            part,
        ] = rest;
        check_suffix(suffix, echo.is_some() || part.is_some()).map_err(|what| error(at, what))?;
        Ok(Self {
            subject,
            session,
            acquisition,
            contrast,
            reconstruction,
            run,
            echo,
            part,
            description: None,
            suffix,
        })
    }

    /// The file under a data set's root, with an extension such as `.nii.gz`.
    #[must_use]
    pub fn path(&self, root: &Path, extension: &str) -> PathBuf {
        let mut folder = root.join(format!("sub-{}", self.subject));
        if let Some(session) = self.session {
            folder.push(format!("ses-{session}"));
        }
        let mut name = format!("sub-{}", self.subject);
        for (key, value) in [
            ("ses", self.session),
            ("acq", self.acquisition),
            ("ce", self.contrast),
            ("rec", self.reconstruction),
            ("run", self.run),
            ("echo", self.echo),
            ("part", self.part),
            ("desc", self.description),
        ] {
            if let Some(value) = value {
                name += &format!("_{key}-{value}");
            }
        }
        folder
            .join("anat")
            .join(format!("{name}_{}{extension}", self.suffix))
    }
}

/// The place of an entity in [`KEYS`], and its value.
fn parse_entity(entity: &str) -> Result<(usize, &str), String> {
    let Some((key, value)) = entity.split_once('-') else {
        return Err(format!("{entity:?} is no entity such as run-1"));
    };
    let Some(idx) = KEYS.iter().position(|known| *known == key) else {
        return Err(match key {
            "desc" => "desc- is for derivatives, not for raw scans".to_owned(),
            _ => format!("the entity {key}- is none of {}-", KEYS.join("-, ")),
        });
    };
    let holds = |allowed: fn(&u8) -> bool| !value.is_empty() && value.bytes().all(|b| allowed(&b));
    let (is_right, wanted) = match key {
        "run" | "echo" => (holds(u8::is_ascii_digit), "a number"),
        "part" => (
            ["mag", "phase", "real", "imag"].contains(&value),
            "mag, phase, real or imag",
        ),
        _ => (
            holds(u8::is_ascii_alphanumeric),
            "a label of letters and digits",
        ),
    };
    match is_right {
        true => Ok((idx, value)),
        false => Err(format!("{key}- has {value:?}, which is not {wanted}")),
    }
}

/// That no entity from this one on was there before it.
fn check_order(values: &[Option<&str>; KEYS.len()], idx: usize) -> Result<(), String> {
    if values[idx].is_some() {
        return Err(format!("the entity {}- is there twice", KEYS[idx]));
    }
    match (idx..KEYS.len()).find(|&later| values[later].is_some()) {
        Some(later) => Err(format!("{}- comes before {}-", KEYS[idx], KEYS[later])),
        None => Ok(()),
    }
}

fn check_suffix(suffix: &str, has_echo_or_part: bool) -> Result<(), String> {
    if WEIGHTED.contains(&suffix) {
        return Ok(());
    }
    if MAPS.contains(&suffix) {
        return match has_echo_or_part {
            true => Err(format!("a {suffix} has neither echo- nor part-")),
            false => Ok(()),
        };
    }
    let all = [&WEIGHTED[..], &MAPS[..]].concat().join(", ");
    Err(format!("the suffix {suffix:?} is none of {all}"))
}
