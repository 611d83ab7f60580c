//! Choosing the passphrase of the first signature.

use super::{at_the_end, fill, fill_role, give, sign_what_can_be, small_study, wait_until};
use crate::PASSPHRASE;
use crate::app::layout::{check_layout, check_told};
use cisterna::app::ReadingApp;
use cisterna::ledger::Ledger;
use cisterna::study::{Passphrase, SecretKey, StudyError};
use eframe::egui::{Key, accesskit::Role};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use std::path::Path;

/// The window at the end of the first installment, with a name typed.
fn about_to_sign(study: &Path) -> Harness<'static, ReadingApp> {
    let mut window = at_the_end(study);
    fill(&mut window, "Your name", "A. Rater");
    window
}

fn sign_button(window: &Harness<'static, ReadingApp>) -> (bool, Option<String>) {
    let button = window.get_by_role_and_label(Role::Button, "Sign installment 1");
    let why = window.query_by_label_contains("the passphrase is too weak");
    let why = why.and_then(|node| node.accesskit_node().value());
    (!button.accesskit_node().is_disabled(), why)
}

#[test]
fn a_weak_passphrase_is_told_and_signs_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let study = small_study(folder.path());
    for weak in ["a", " ", "1234", "reflux2026", "ventricularreflux"] {
        let mut window = about_to_sign(&study);
        for name in ["A passphrase of your own", "The same again"] {
            fill_role(&mut window, Role::PasswordInput, name, weak);
        }
        let (is_enabled, why) = sign_button(&window);
        assert!(!is_enabled && why.is_some(), "{weak:?}: {why:?}");
    }
    let mut window = about_to_sign(&study);
    let field = "A passphrase of your own";
    fill_role(&mut window, Role::PasswordInput, field, PASSPHRASE);
    assert!(!sign_button(&window).0, "typed once");
    fill_role(&mut window, Role::PasswordInput, "The same again", "other");
    window.get_by_label("The two passphrases differ");
    assert!(!sign_button(&window).0);
}

/// Six words, shown once; two of them are asked back, and with all six the rater signs again.
#[test]
fn drawn_words_sign() {
    let folder = tempfile::tempdir().unwrap();
    let study = small_study(folder.path());
    let mut window = about_to_sign(&study);
    window.get_by_label("Draw six words").click();
    window.run_steps(3);
    let shown = window.get_by(|node| {
        let text = node.value().unwrap_or_default();
        node.role() == Role::Label
            && text.split(' ').count() == 6
            && text.chars().all(|c| c.is_lowercase() || " -".contains(c))
    });
    let shown = shown.accesskit_node().value().unwrap();
    let words: Vec<&str> = shown.split(' ').collect();
    assert!(!sign_button(&window).0);
    window.get_by_label("I have written it down").click();
    window.run_steps(3);
    assert!(window.query_by_label(&shown).is_none(), "shown once");
    let asked: Vec<usize> = (0..6)
        .filter(|at| {
            let name = format!("Word {} of your passphrase", at + 1);
            window
                .query_by_role_and_label(Role::TextInput, &name)
                .is_some()
        })
        .collect();
    assert_eq!(asked.len(), 2);
    let name = |at: usize| format!("Word {} of your passphrase", at + 1);
    fill(&mut window, &name(asked[0]), words[asked[0]]);
    fill(&mut window, &name(asked[1]), "x");
    window.get_by_label("That is not what was drawn");
    assert!(!sign_button(&window).0);
    window.key_press(Key::Backspace);
    window.run_steps(2);
    fill(&mut window, &name(asked[1]), words[asked[1]]);
    assert!(sign_button(&window).0);
    window
        .get_by_role_and_label(Role::Button, "Sign installment 1")
        .click();
    wait_until(&mut window, |window| {
        window.query_by_label_contains("is signed.").is_some()
    });
    while window.query_by_label("Begin installment 2").is_some() {
        window.get_by_label("Begin installment 2").click();
        window.run_steps(3);
    }
    while window.state().case_code().is_some() {
        give(&mut window, Key::Num3);
    }
    drop(window);
    let ledger = Ledger::open(&study).unwrap();
    let known = ledger.rater_key("a").unwrap();
    let keys = study.with_file_name("keys");
    let open = |text: &str| SecretKey::of_rater(known.as_ref(), &keys, &Passphrase::known(text));
    let refused = open(PASSPHRASE).unwrap_err();
    assert!(
        matches!(refused, StudyError::WrongPassphrase(_)),
        "{refused}"
    );
    assert_eq!(Some(open(&shown).unwrap().public()), known);
    // The key is the rater's own: nothing of it is in the study.
    let sealed = std::fs::read(cisterna::study::key_file(&keys, &known.unwrap())).unwrap();
    let bytes = std::fs::read(&study).unwrap();
    assert!(
        !bytes
            .windows(32)
            .any(|window| window == &sealed[sealed.len() - 32..])
    );
}

/// What was left unsigned when the next installment began is signed from a case on, with the pictures
/// hidden; its grades do not come up again.
#[test]
fn an_installment_left_unsigned_is_signed_later() {
    let folder = tempfile::tempdir().unwrap();
    let study = small_study(folder.path());
    let mut window = at_the_end(&study);
    window.get_by_label("Begin installment 2").click();
    wait_until(&mut window, |window| window.state().case_code().is_some());
    check_told(&window);
    window.get_by_label("Sign installment 1…").click();
    window.run_steps(3);
    window.get_by_label("Reading is paused");
    window.get_by_label("Installment 1 was left unsigned");
    assert!(window.query_by_label("Your grades").is_none());
    assert!(window.query_by_label_contains("Axial picture").is_none());
    check_layout(&window, [1280.0, 800.0]);
    fill(&mut window, "Your name", "A. Rater");
    for name in ["A passphrase of your own", "The same again"] {
        fill_role(&mut window, Role::PasswordInput, name, PASSPHRASE);
    }
    assert!(sign_button(&window).0);
    window
        .get_by_role_and_label(Role::Button, "Sign installment 1")
        .click();
    wait_until(&mut window, |window| {
        window.query_by_label("Installment 1 signed").is_some()
    });
    assert!(window.query_by_label("Your name").is_none());
    window.get_by_label("Continue (Enter)").click();
    wait_until(&mut window, |window| {
        window.query_by_label_contains("Axial picture").is_some()
    });
    assert!(window.query_by_label("Sign installment 1…").is_none());
    while window.state().case_code().is_some() {
        give(&mut window, Key::Num3);
    }
    window.get_by_role_and_label(Role::Button, "Sign installment 2");
    assert!(window.query_by_label_contains("left unsigned").is_none());
    drop(window);
    let ledger = Ledger::open(&study).unwrap();
    let signed = ledger.signatures("a").unwrap();
    let signed: Vec<u32> = signed.iter().map(|of| of.installment).collect();
    assert_eq!(signed, [1]);
    ledger.verify().unwrap();
}

/// Where two are unsigned at the end, the last one, whose grades are shown, comes first.
#[test]
fn all_that_was_left_unsigned_can_be_signed_at_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let study = small_study(folder.path());
    let mut window = at_the_end(&study);
    window.get_by_label("Begin installment 2").click();
    wait_until(&mut window, |window| window.state().case_code().is_some());
    while window.state().case_code().is_some() {
        give(&mut window, Key::Num3);
    }
    sign_what_can_be(&mut window);
    window.get_by_label("Installment 2 is signed.");
    window.get_by_label("Installment 1 was left unsigned");
    fill_role(
        &mut window,
        Role::PasswordInput,
        "Your passphrase",
        PASSPHRASE,
    );
    window
        .get_by_role_and_label(Role::Button, "Sign installment 1")
        .click();
    wait_until(&mut window, |window| {
        window.query_by_label("Installment 1 signed").is_some()
    });
    assert!(window.query_by_label("Your name").is_none());
    drop(window);
    let verified = Ledger::open(&study).unwrap().verify().unwrap();
    assert_eq!(verified.n_signatures, 2);
}
