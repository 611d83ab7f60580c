//! What a study is drawn from.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{
    StudyError,
    digest::{hex, unhex},
    keys::random_bytes,
};

/// Where codes, installments and orders come from. As secret as the key: with the case list it gives
/// the key again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seed {
    /// A number that somebody chose. Small ones that people like to type can be tried out.
    Typed(u64),
    /// 256 bits from the operating system's randomness.
    Drawn([u8; 32]),
}

impl Seed {
    /// A seed that nobody can guess.
    ///
    /// # Errors
    /// [`StudyError::NoRandomness`].
    pub fn draw() -> Result<Self, StudyError> {
        random_bytes().map(Self::Drawn)
    }

    /// What goes into the draw.
    pub(super) fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Typed(number) => number.to_le_bytes().to_vec(),
            Self::Drawn(bytes) => bytes.to_vec(),
        }
    }
}

/// The number, or 64 hexadecimal digits.
impl fmt::Display for Seed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Typed(number) => number.fmt(out),
            Self::Drawn(bytes) => out.write_str(&hex(bytes)),
        }
    }
}

impl FromStr for Seed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let no_seed =
            || format!("{text:?} is neither a number below 2^64 nor 64 hexadecimal digits");
        match unhex(text) {
            Some(bytes) => Ok(Self::Drawn(bytes)),
            None => text.parse().map(Self::Typed).map_err(|_| no_seed()),
        }
    }
}

impl Serialize for Seed {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Seed {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?
            .parse()
            .map_err(de::Error::custom)
    }
}
