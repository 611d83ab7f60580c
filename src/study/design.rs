//! Who grades what, when, and in which order: the part of a study that a rater may be given.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{
    Example, StudyError,
    digest::{Fields, hex},
};

/// The only name a rater knows a case by. Random, so that it says nothing about patient or arm.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CaseCode(String);

impl CaseCode {
    /// How long a code is.
    pub const LENGTH: usize = 6;

    /// Without characters that look alike (0 O, 1 I L, 2 Z, 5 S, 8 B, U V), without vowels, so
    /// that no code spells a word, and without E, so that no spreadsheet takes `34E679` for a
    /// number.
    pub(super) const ALPHABET: &[u8; 21] = b"CDFGHJKMNPQRTWXY34679";

    /// Takes text for a code.
    ///
    /// # Errors
    /// When it has the wrong length or a character that codes do not have.
    pub fn parse(text: &str) -> Result<Self, StudyError> {
        let fits = text.len() == Self::LENGTH && text.bytes().all(|c| Self::ALPHABET.contains(&c));
        match fits {
            true => Ok(Self(text.to_owned())),
            false => Err(StudyError::NotACode(text.to_owned())),
        }
    }

    /// The text of it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CaseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for CaseCode {
    type Error = StudyError;

    fn try_from(text: String) -> Result<Self, StudyError> {
        Self::parse(&text)
    }
}

impl From<CaseCode> for String {
    fn from(code: CaseCode) -> Self {
        code.0
    }
}

/// One place in a worklist.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Slot {
    /// Counted from 1; 0 is the training before the first.
    pub installment: u32,
    /// Within the installment, counted from 1.
    pub position: u32,
    /// The case to grade there.
    pub code: CaseCode,
}

/// What one rater grades, in the order in which they grade it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Worklist {
    /// Whose it is.
    pub rater: String,
    /// Training cases, installment 0.
    pub training: Vec<CaseCode>,
    /// Codes in order, one list for each installment.
    pub installments: Vec<Vec<CaseCode>>,
}

impl Worklist {
    /// All places, first to last.
    pub fn slots(&self) -> impl Iterator<Item = Slot> + '_ {
        let training = std::iter::once((0, &self.training));
        training
            .chain((1..).zip(&self.installments))
            .flat_map(|(installment, codes)| {
                (1..).zip(codes).map(move |(position, code)| Slot {
                    installment,
                    position,
                    code: code.clone(),
                })
            })
    }

    /// How many cases, over all installments; training cases do not count.
    pub fn n_cases(&self) -> usize {
        self.installments.iter().map(Vec::len).sum()
    }
}

/// A drawn study, without anything that could tell which case is whose. Made by [`Design::draw`],
/// together with the [`super::Key`] that can.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Design {
    /// Every case code, in the alphabet's order.
    pub codes: Vec<CaseCode>,
    /// What raters are trained on, in order.
    pub training: Vec<Example>,
    /// One for each rater.
    pub worklists: Vec<Worklist>,
}

impl Design {
    /// The part of one rater: their worklist, and the codes in it.
    #[must_use]
    pub fn of_rater(&self, rater: &str) -> Option<Self> {
        let worklist = self.worklists.iter().find(|of| of.rater == rater)?;
        let mut codes: Vec<CaseCode> = worklist.slots().map(|slot| slot.code).collect();
        codes.sort();
        codes.dedup();
        Some(Self {
            codes,
            training: self.training.clone(),
            worklists: vec![worklist.clone()],
        })
    }

    /// SHA-256, in hex, of codes, raters and orders. It ties a key to its study.
    pub fn fingerprint(&self) -> String {
        let mut hash = Fields::new("cisterna design 2");
        let mut put = |text: &str| hash.put(text.as_bytes());
        put(&self.codes.len().to_string());
        self.codes.iter().for_each(|code| put(code.as_str()));
        put(&self.training.len().to_string());
        self.training.iter().for_each(|example| {
            put(example.code.as_str());
            put(&example.grade.to_string());
        });
        for worklist in &self.worklists {
            put(&worklist.rater);
            put(&worklist.installments.len().to_string());
            for installment in &worklist.installments {
                put(&installment.len().to_string());
                installment.iter().for_each(|code| put(code.as_str()));
            }
        }
        hex(&hash.finish())
    }
}
