//! Passphrases that seal something new: strong enough that nobody tries them all at leisure, since a
//! file can be copied and knows no limit of tries.

use age::secrecy::{ExposeSecret, SecretString};
use gen_passphrase::dictionary::EFF_LARGE;

use super::StudyError;

/// What a passphrase is sealed with, and the last thing between a file and who holds a copy of it.
///
/// Two things are asked of a new one. The estimate of `zxcvbn` knows English only, so that a German
/// word counts as random letters; the length stands against that. With scrypt at
/// [`Passphrase::WORK_FACTOR`], 1000 cores try about 1e8 a day, so 1e12 guesses are decades.
#[derive(Clone, Debug)]
pub struct Passphrase {
    text: SecretString,
    /// log2 of how often scrypt goes round for one try.
    work_factor: u8,
    is_judged: bool,
}

impl Passphrase {
    /// The least number of characters of a new one.
    pub const LEAST_CHARACTERS: usize = 15;
    /// log10 of how many guesses it must take to find a new one.
    pub const LEAST_GUESSES_LOG10: f64 = 12.0;
    /// log2 of scrypt's rounds when something is sealed: 0.7 s and 256 MiB for each try.
    pub const WORK_FACTOR: u8 = 18;
    /// The work factors that are opened: less hardly seals, more takes minutes and gigabytes.
    pub(super) const WORK_FACTORS: std::ops::RangeInclusive<u8> = 10..=20;

    /// A new passphrase. `context` is what somebody who guesses would try first: the study's title,
    /// the raters' names.
    ///
    /// # Errors
    /// [`StudyError::WeakPassphrase`], with what is too little.
    pub fn new(text: &str, context: &[&str]) -> Result<Self, StudyError> {
        judge(text, context)?;
        Ok(Self {
            is_judged: true,
            ..Self::known(text)
        })
    }

    /// One that was chosen before, whatever it is. It opens; if it is to seal, it is judged then.
    #[must_use]
    pub fn known(text: &str) -> Self {
        Self {
            text: SecretString::from(text),
            work_factor: Self::WORK_FACTOR,
            is_judged: false,
        }
    }

    /// Another cost of each try, for what is no secret: from 10 to 20, the nearest where it is not.
    #[must_use]
    pub fn with_work_factor(self, work_factor: u8) -> Self {
        let (least, most) = Self::WORK_FACTORS.into_inner();
        Self {
            work_factor: work_factor.clamp(least, most),
            ..self
        }
    }

    /// Six words of EFF's list of 7776, drawn from the operating system's randomness: 77 bits.
    ///
    /// # Errors
    /// [`StudyError::NoRandomness`].
    pub fn draw_words() -> Result<[&'static str; 6], StudyError> {
        let mut words = [""; 6];
        for word in &mut words {
            *word = EFF_LARGE[below(EFF_LARGE.len())?];
        }
        Ok(words)
    }

    /// Two different places among drawn words, counted from 0 and in order, at which a person is
    /// asked whether the words were written down.
    ///
    /// # Errors
    /// [`StudyError::NoRandomness`].
    pub fn draw_places(n_words: usize) -> Result<[usize; 2], StudyError> {
        let first = below(n_words)?;
        let second = (first + 1 + below(n_words - 1)?) % n_words;
        Ok([first.min(second), first.max(second)])
    }

    pub(super) fn text(&self) -> &str {
        self.text.expose_secret()
    }

    /// What age seals with.
    pub(super) fn recipient(&self) -> Result<age::scrypt::Recipient, StudyError> {
        if !self.is_judged {
            judge(self.text(), &[])?;
        }
        let mut recipient = age::scrypt::Recipient::new(self.text.clone());
        recipient.set_work_factor(self.work_factor);
        Ok(recipient)
    }
}

/// What people in this field think of when they are asked for a passphrase.
const FIELD_WORDS: [&str; 30] = [
    "cisterna",
    "cistern",
    "cisterns",
    "reflux",
    "ventricle",
    "ventricular",
    "tracer",
    "glymphatic",
    "gadobutrol",
    "intrathecal",
    "contrast",
    "cerebrospinal",
    "fluid",
    "liquor",
    "mri",
    "csf",
    "radiology",
    "radiologist",
    "neuroradiology",
    "neuroradiologist",
    "hospital",
    "patient",
    "rater",
    "reading",
    "study",
    "grade",
    "installment",
    "coordinator",
    "passphrase",
    "signature",
];

/// Long ones take the estimate seconds, and are not made weaker by what comes after.
const JUDGED_CHARACTERS: usize = 100;

fn judge(text: &str, context: &[&str]) -> Result<(), StudyError> {
    let weak = |reason: String| Err(StudyError::WeakPassphrase(reason));
    if let Some(c) = text.chars().find(|c| c.is_control()) {
        return weak(format!(
            "it holds {}, which cannot be typed everywhere",
            c.escape_unicode()
        ));
    }
    let n = text.chars().count();
    if n < Passphrase::LEAST_CHARACTERS {
        let least = Passphrase::LEAST_CHARACTERS;
        return weak(format!("it has {n} characters, and {least} are the least"));
    }
    let of_context = context.iter().flat_map(|text| {
        let words = text.split(|c: char| !c.is_alphanumeric());
        std::iter::once(*text).chain(words)
    });
    let known: Vec<&str> = of_context
        .filter(|word| word.chars().count() > 2)
        .chain(FIELD_WORDS)
        .collect();
    let judged: String = text.chars().take(JUDGED_CHARACTERS).collect();
    let found = zxcvbn::zxcvbn(&judged, &known).guesses_log10();
    if found < Passphrase::LEAST_GUESSES_LOG10 {
        let least = Passphrase::LEAST_GUESSES_LOG10;
        return weak(format!(
            "some 10^{found:.0} guesses find it, and it should take 10^{least:.0}"
        ));
    }
    Ok(())
}

/// A number below `n`, each equally likely: draws from the uneven end of the range are thrown away.
fn below(n: usize) -> Result<usize, StudyError> {
    let n = n as u64;
    loop {
        let drawn =
            getrandom::u64().map_err(|error| StudyError::NoRandomness(error.to_string()))?;
        if drawn < u64::MAX - u64::MAX % n {
            return Ok((drawn % n) as usize);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The list is whole, so that six words are 77 bits.
    #[test]
    fn drawn_words_come_from_the_whole_list() {
        assert_eq!(EFF_LARGE.len(), 7776);
        let words: std::collections::BTreeSet<&str> = EFF_LARGE.iter().copied().collect();
        assert_eq!(words.len(), 7776);
        assert!(EFF_LARGE.iter().all(|word| word.len() >= 3));
        assert_eq!((EFF_LARGE[0], EFF_LARGE[7775]), ("abacus", "zoom"));
        // Each third of the list is drawn from about as often: 3000 draws, within 5 sigma.
        let mut n_of = [0; 3];
        for _ in 0..3000 {
            n_of[below(7776).unwrap() / 2592] += 1;
        }
        assert!(n_of.iter().all(|n| (870..1130).contains(n)), "{n_of:?}");
        for _ in 0..100 {
            let [first, second] = Passphrase::draw_places(6).unwrap();
            assert!(first < second && second < 6);
        }
    }
}
