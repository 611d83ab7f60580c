//! Passphrases: what seals something new, what opens, and what a seed is.

use crate::{PASSPHRASE, cheap, passphrase};
use cisterna::study::{CaseRow, Design, Key, Passphrase, Protocol, Seed, StudyError};
use std::path::Path;

#[test]
fn a_new_passphrase_must_be_strong() {
    #[track_caller]
    fn weak(text: &str, said: &str) {
        let context = ["Ventricular reflux at 24 hours", "Dr. Kristoffersen"];
        let error = Passphrase::new(text, &context).unwrap_err().to_string();
        let whole = format!("the passphrase is too weak: {said}");
        assert!(error.starts_with(&whole), "{text:?}: {error}");
    }
    weak("", "it has 0 characters, and 15 are the least");
    weak("a", "it has 1 characters");
    weak(" ", "it has 1 characters");
    weak("1234", "it has 4 characters");
    weak("reflux2026", "it has 10 characters");
    // Known only where the estimate knows German; the length stands against it.
    weak("Krankenhaus7!", "it has 13 characters");
    weak("Tr0ub4dor&3", "it has 11 characters");
    weak("               ", "some 10^");
    weak("aaaaaaaaaaaaaaaaaaaaaaaa", "some 10^");
    weak("12345678901234567890", "some 10^");
    weak("passwordpassword", "some 10^");
    weak("qwertyuiopasdfgh", "some 10^");
    // What whoever guesses knows: the study, the raters, the field.
    weak("Kristoffersen2026", "some 10^");
    weak("ventricularreflux", "some 10^");
    weak("glymphaticradiologist", "some 10^");
    weak("Ventricular reflux at 24 hours", "some 10^");
    weak("walnut orbit\u{7} lantern sleet", "it holds \\u{7}");

    let strong = |text: &str| Passphrase::new(text, &[]).unwrap();
    strong(PASSPHRASE);
    strong("thistle magnet above ferry");
    strong("Ich sah 3 Igel im Laub");
    strong("ünnötig größe Kühe fliegen");
    // Longer than what is judged.
    strong(&"walnut orbit lantern sleet ".repeat(40));
    assert!(!format!("{:?}", strong(PASSPHRASE)).contains("walnut"));
}

#[test]
fn drawn_words_are_strong_and_never_the_same() {
    let drawn: Vec<String> = (0..20)
        .map(|_| Passphrase::draw_words().unwrap().join(" "))
        .collect();
    for text in &drawn {
        Passphrase::new(text, &[]).unwrap();
        assert_eq!(drawn.iter().filter(|other| *other == text).count(), 1);
    }
}

fn draw(seed: Option<u64>) -> (Protocol, Vec<CaseRow>, Design, Key) {
    let case = |patient: &str, arm: &str| CaseRow {
        patient: patient.into(),
        arm: arm.into(),
        image: "scan.nii".into(),
        sagittal_image: None,
        axial_mm: None,
        sagittal_mm: None,
        training: None,
    };
    let cases: Vec<CaseRow> = (0..20)
        .flat_map(|n| ["real", "predicted"].map(|arm| case(&format!("p{n}"), arm)))
        .collect();
    let protocol = Protocol {
        seed,
        ..Protocol::reflux(&["Anna".into()])
    };
    let (design, key) = Design::draw(&protocol, &cases).unwrap();
    (protocol, cases, design, key)
}

/// What somebody with a slow machine, or with an old one, sealed: 10 to 20 are opened.
#[test]
fn what_is_opened_costs_what_is_paid() {
    let folder = tempfile::tempdir().unwrap();
    let (_, _, _, key) = draw(Some(1));
    let sealed_at = |factor: u8, passphrase: &Passphrase| {
        let path = folder.path().join(format!("{factor}.age"));
        let as_asked = passphrase.clone().with_work_factor(factor);
        key.seal(&path, &as_asked).unwrap();
        path
    };
    let said_factor = |path: &Path| {
        let bytes = std::fs::read(path).unwrap();
        let line = bytes.split(|&byte| byte == b'\n').nth(1).unwrap();
        String::from_utf8_lossy(line)
            .split(' ')
            .nth(3)
            .unwrap()
            .to_owned()
    };
    let light = sealed_at(10, &passphrase());
    assert_eq!(said_factor(&light), "10");
    assert_eq!(Key::unseal(&light, PASSPHRASE).unwrap(), key);
    // What the program writes where nobody says otherwise.
    let path = folder.path().join("usual.age");
    key.seal(&path, &Passphrase::new(PASSPHRASE, &[]).unwrap())
        .unwrap();
    assert_eq!(said_factor(&path), "18");
    assert_eq!(Key::unseal(&path, PASSPHRASE).unwrap(), key);
    // Below and above it is the nearest, for writing.
    assert_eq!(said_factor(&sealed_at(3, &passphrase())), "10");

    let with_factor = |factor: &str| {
        let path = folder.path().join("forged.age");
        let bytes = std::fs::read(&light).unwrap();
        let mut lines = bytes.splitn(3, |&byte| byte == b'\n');
        let (first, second, rest) = (
            lines.next().unwrap(),
            String::from_utf8(lines.next().unwrap().to_vec()).unwrap(),
            lines.next().unwrap(),
        );
        let salt = second.split(' ').nth(2).unwrap().to_owned();
        let forged = format!("-> scrypt {salt} {factor}");
        std::fs::write(&path, [first, forged.as_bytes(), rest].join(&b'\n')).unwrap();
        Key::unseal(&path, PASSPHRASE).unwrap_err().to_string()
    };
    let said = with_factor("21");
    assert!(
        said.contains("its scrypt work factor is 21, and one try"),
        "{said}"
    );
    assert!(said.contains("10 to 20 are opened"), "{said}");
    let said = with_factor("60");
    assert!(said.contains("its scrypt work factor is 60"), "{said}");
    let said = with_factor("1");
    assert!(
        said.contains("its scrypt work factor is 1, which seals nothing"),
        "{said}"
    );
}

/// A weak passphrase seals nothing, whoever calls; one that opens is not judged.
#[test]
fn only_sealing_judges() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key.age");
    let (_, _, _, key) = draw(Some(1));
    for weak in ["", "a", " ", "1234", "reflux reflux reflux"] {
        let refused = key.seal(&path, &cheap(weak)).unwrap_err();
        assert!(
            matches!(refused, StudyError::WeakPassphrase(_)),
            "{refused}"
        );
        assert!(!path.exists(), "nothing is written");
    }
    key.seal(&path, &passphrase()).unwrap();
    for other in ["", "a", "1234"] {
        let refused = Key::unseal(&path, other).unwrap_err();
        assert!(
            matches!(refused, StudyError::WrongPassphrase(_)),
            "{refused}"
        );
    }
}

/// Drawn from 256 bits of the operating system's, and given again by the seed that the key holds.
#[test]
fn a_drawn_seed_is_long_and_gives_the_same_study() {
    let (protocol, cases, design, key) = draw(None);
    let Seed::Drawn(bytes) = key.seed() else {
        panic!("{} was not drawn", key.seed());
    };
    assert!(bytes.iter().any(|&byte| byte != bytes[0]), "{bytes:?}");
    let (_, _, _, other) = draw(None);
    assert_ne!(key.seed(), other.seed());
    let again = Design::draw_from(key.seed(), &protocol, &cases).unwrap();
    assert_eq!(again, (design, key.clone()));
    // Through the file.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key.age");
    key.seal(&path, &passphrase()).unwrap();
    assert_eq!(Key::unseal(&path, PASSPHRASE).unwrap(), key);
    // A typed one is told apart, and is the same number as ever.
    for seed in [*key.seed(), Seed::Typed(0), Seed::Typed(u64::MAX)] {
        assert_eq!(seed.to_string().parse(), Ok(seed));
    }
    let (_, _, _, typed) = draw(Some(7));
    assert_eq!(typed.seed().to_string(), "7");
    for wrong in [
        "",
        "-1",
        "18446744073709551616",
        &"g".repeat(64),
        &"+f".repeat(32),
        "é",
    ] {
        assert!(wrong.parse::<Seed>().is_err(), "{wrong}");
    }
}
