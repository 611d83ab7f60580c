//! What the coordinator sees with the key.

use super::*;

/// Opens the dialog and gives a passphrase and, where it is asked for, a reason.
fn unseal(window: &mut Window, passphrase: &str, reason: Option<&str>) {
    click(window, "Unseal…");
    check_shows(
        window,
        &[
            "This cannot be taken back.",
            "Not signed: Anna, installment 1",
        ],
    );
    fill(
        window,
        Role::PasswordInput,
        "Passphrase of the key",
        passphrase,
    );
    if let Some(reason) = reason {
        fill(
            window,
            Role::TextInput,
            "Why it is unsealed all the same",
            reason,
        );
    }
}

#[test]
fn unsealing_needs_passphrase_and_reason() {
    let fixture = Fixture::new();
    fixture.grade_all();
    let mut window = fixture.window();
    unseal(&mut window, "wrong", None);
    assert!(
        is_disabled(&window, "Unseal for good"),
        "a reason is needed"
    );
    check_shows(&window, &["Say why it is unsealed before all is signed"]);
    let reason = "Why it is unsealed all the same";
    fill(&mut window, Role::TextInput, reason, "interim look");
    click(&mut window, "Unseal for good");
    wait_until(&mut window, |w| {
        shows(w, "passphrase") && !w.state().is_busy()
    });
    wait_until(&mut window, |w| shows(w, "does not open"));
    assert!(kinds_of_keeper(&fixture).is_empty());
    check_tells_nothing(&window);
    // Enter in a field is not enough for what cannot be taken back.
    fill(
        &mut window,
        Role::PasswordInput,
        "Passphrase of the key",
        PASSPHRASE,
    );
    window.key_press(Key::Enter);
    window.run_steps(3);
    assert!(!window.state().is_busy());
    click(&mut window, "Unseal for good");
    wait_until(&mut window, |w| shows(w, "Transitions"));
    assert_eq!(kinds_of_keeper(&fixture), ["unsealed"]);
    window.key_press(Key::Num1);
    window.run_steps(3);
    check_shows(
        &window,
        &[
            "The key is open in this window.",
            "packages with something new",
        ],
    );
}

/// A window on a study that was unsealed in it.
fn unsealed(fixture: &Fixture) -> Window {
    fixture.grade_all();
    let mut window = fixture.window();
    unseal(&mut window, PASSPHRASE, Some("interim look"));
    click(&mut window, "Unseal for good");
    wait_until(&mut window, |w| {
        shows(w, "Transitions") && !w.state().is_busy()
    });
    window
}

#[test]
fn after_unsealing_everything_is_shown_by_arm() {
    let fixture = Fixture::new();
    let mut window = unsealed(&fixture);
    // The question of the study comes first.
    check_shows(
        &window,
        &[
            "Assumed: \"real\", the first of the protocol's arms, is the reference",
            "Raters gave the predicted image the grade of the real one in",
            "The protocol set no bound, so there is no verdict.",
            "no bound was set",
        ],
    );
    for (view, parts) in [
        (
            "Alpha",
            &[
                "Each rater on real and predicted, Anna",
                "Between raters, one arm, predicted",
                "All readings together, real and predicted",
                "alpha on each predicted arm less that on real",
                "Margin, no verdict",
            ][..],
        ),
        (
            "Transitions",
            &[
                "Anna, n = 5, rows Grade on real scans, columns Grade on predicted scans",
                "All raters, n = 10",
                "Anna, grade 4 on real scans, 4 on predicted scans, no pair",
                "Anna, grade 0 on real scans, 0 on predicted scans, 2 of 2 pairs, 100 %",
            ][..],
        ),
        (
            "Coefficients",
            &["Gwet's AC1", "predicted", "Alpha in Hughes' form, ordinal"],
        ),
        (
            "Findings and shares",
            &[
                "Positive agreement",
                "neither is the truth",
                "Positive is grade 3",
            ],
        ),
        (
            "Two readings",
            &[
                "Anna on real",
                "Limits of agreement",
                "Bowker, p by Holm",
                "Wilcoxon signed rank, p by Holm",
            ],
        ),
        ("Disagreements", &["There are none."]),
    ] {
        click(&mut window, view);
        check_shows(&window, parts);
    }
    click(&mut window, "Coefficients");
    let table = copied(&mut window, "Copy table, Agreement between raters by arm");
    assert!(
        table.starts_with("Coefficient\treal\tpredicted\n") && table.contains("ICC(C,k)"),
        "{table}"
    );
    assert!(!shows(&window, "are programs"));
}

#[test]
fn report_and_figure_are_saved() {
    let fixture = Fixture::new();
    let mut window = unsealed(&fixture);
    click(&mut window, "Save report…");
    let folder = fixture.path("a report");
    let typed = folder.display().to_string();
    fill(&mut window, Role::TextInput, "Folder of the report", &typed);
    click(&mut window, "Save");
    wait_until(&mut window, |w| shows(w, "The report is written"));
    assert!(folder.join("report.html").exists());
    // A second time it is refused, and the path is kept.
    click(&mut window, "Save report…");
    fill(&mut window, Role::TextInput, "Folder of the report", &typed);
    click(&mut window, "Save");
    wait_until(&mut window, |w| shows(w, "already exists"));
    window.key_press(Key::Escape);
    window.run_steps(3);

    click(&mut window, "Transitions");
    click(&mut window, "Save figure…");
    for (name, said) in [
        ("figure.gif", "A figure is saved as .svg or .png"),
        ("figure.png", "The figure is written"),
    ] {
        let typed = fixture.path(name).display().to_string();
        fill(&mut window, Role::TextInput, "Path of the figure", &typed);
        click(&mut window, "Save");
        wait_until(&mut window, |w| shows(w, said));
    }
    let saved = std::fs::read(fixture.path("figure.png")).unwrap();
    let in_report = std::fs::read(folder.join("figures/transitions_1.png")).unwrap();
    assert_eq!(saved, in_report);
}

/// Once the key is open, what is exported names patients and arms.
#[test]
fn an_export_with_the_key_has_everything() {
    let fixture = Fixture::new();
    let mut window = unsealed(&fixture);
    window.key_press(Key::Num1);
    window.run_steps(3);
    click(&mut window, "Export…");
    click(&mut window, "Export");
    wait_until(&mut window, |w| shows(w, "Exported with patients and arms"));
    let folder = fixture.path("export");
    for (name, part) in [
        ("grades.csv", "Nordmann 1,predicted"),
        ("imrmc.csv", "readerID"),
        ("protocol.toml", "arms"),
        ("audit.csv", "exported"),
    ] {
        let text = std::fs::read_to_string(folder.join(name)).unwrap();
        assert!(text.contains(part), "{part} in {name}: {text}");
    }
    assert_eq!(kinds_of_keeper(&fixture), ["unsealed", "exported"]);
}

/// The theme changes by key, and not while something is typed.
#[test]
fn t_changes_the_theme() {
    let fixture = Fixture::new();
    let mut window = fixture.window();
    let is_dark = |window: &Window| window.ctx.theme() == eframe::egui::Theme::Dark;
    assert!(is_dark(&window));
    window.key_press(Key::T);
    window.run_steps(3);
    assert!(!is_dark(&window));
    click(&mut window, "Export…");
    window.key_press(Key::T);
    window.run_steps(3);
    assert!(!is_dark(&window));
}

/// Another window of a study that was unsealed before asks for the key again; programs are named.
#[test]
fn an_unsealed_study_is_opened_again_with_its_key() {
    let fixture = Fixture::of(true);
    drop(unsealed(&fixture));
    let mut window = fixture.window();
    check_shows(&window, &["Unsealed on"]);
    check_tells_nothing(&window);
    show_statistics(&mut window);
    click(&mut window, "Open the key…");
    let field = "Passphrase of the key";
    fill(&mut window, Role::PasswordInput, field, PASSPHRASE);
    window.key_press(Key::Enter);
    wait_until(&mut window, |w| shows(w, "Raters gave the predicted image"));
    check_shows(&window, &["The raters of this study are programs."]);
    assert_eq!(kinds_of_keeper(&fixture), ["unsealed"], "only once");
}
