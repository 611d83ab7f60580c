//! Choosing a passphrase: typed twice and judged, or drawn, shown once and asked for.

use super::widgets::{labelled, told};
use crate::study::{Passphrase, StudyError};
use eframe::egui::{self, RichText, TextEdit};

/// What is typed of a new passphrase, or drawn.
#[derive(Default)]
pub(crate) struct NewPassphrase {
    typed: String,
    again: String,
    drawn: Option<DrawnWords>,
    /// What was judged last, in which context, and the verdict.
    judged: Option<(String, Vec<String>, Result<Passphrase, String>)>,
    /// Why no words could be drawn.
    trouble: Option<String>,
}

/// Words that were drawn, to be written down.
struct DrawnWords {
    words: [&'static str; 6],
    is_hidden: bool,
    /// Which words are asked back, counted from 0, and what was typed for them.
    asked: [(usize, String); 2],
}

impl DrawnWords {
    fn new() -> Result<Self, StudyError> {
        let words = Passphrase::draw_words()?;
        let places = Passphrase::draw_places(words.len())?;
        Ok(Self {
            words,
            is_hidden: false,
            asked: places.map(|place| (place, String::new())),
        })
    }
}

impl NewPassphrase {
    /// The fields. `context` is what somebody who guesses would try first.
    pub(crate) fn ui(&mut self, ui: &mut egui::Ui, context: &[&str]) {
        match &mut self.drawn {
            None => self.typed_ui(ui),
            Some(drawn) if !drawn.is_hidden => {
                ui.label("Your passphrase, which is shown once");
                ui.label(RichText::new(drawn.words.join(" ")).monospace().strong());
                ui.weak("Write it down and keep it: nobody can find it again.");
                let done = ui.button("I have written it down");
                drawn.is_hidden = told(done, "Hide the words and ask for two of them").clicked();
            }
            Some(drawn) => {
                for (place, typed) in &mut drawn.asked {
                    let name = format!("Word {} of your passphrase", *place + 1);
                    let field = labelled(ui, name, TextEdit::singleline(typed));
                    told(field, "As you wrote it down");
                }
            }
        }
        let again = match self.drawn {
            None => "Draw six words",
            Some(_) => "Draw six other words",
        };
        let draw = ui.button(again);
        if told(
            draw,
            "A passphrase that nobody guesses, drawn for you and shown once",
        )
        .clicked()
        {
            match DrawnWords::new() {
                Ok(drawn) => self.drawn = Some(drawn),
                Err(error) => self.trouble = Some(error.to_string()),
            }
        }
        self.judge(context);
    }

    fn typed_ui(&mut self, ui: &mut egui::Ui) {
        let least = Passphrase::LEAST_CHARACTERS;
        let rule = format!("At least {least} characters that are hard to guess");
        egui::Grid::new("new passphrase")
            .num_columns(2)
            .show(ui, |ui| {
                let fields = [
                    ("A passphrase of your own", &mut self.typed),
                    ("The same again", &mut self.again),
                ];
                for (name, text) in fields {
                    let field = labelled(ui, name, TextEdit::singleline(text).password(true));
                    told(field, &rule);
                    ui.end_row();
                }
            });
    }

    /// The estimate takes a moment, so that it is made once for each text.
    fn judge(&mut self, context: &[&str]) {
        let text = match &self.drawn {
            Some(drawn) => drawn.words.join(" "),
            None => self.typed.clone(),
        };
        let is_judged = |judged: &(String, Vec<String>, _)| judged.0 == text && judged.1 == context;
        if !self.judged.as_ref().is_some_and(is_judged) {
            let context_then = context.iter().map(|&word| word.to_owned()).collect();
            let verdict = Passphrase::new(&text, context).map_err(|error| error.to_string());
            self.judged = Some((text, context_then, verdict));
        }
    }

    /// The passphrase, or what is still to be done, in words; none where nothing was begun.
    pub(crate) fn chosen(&self) -> Result<&Passphrase, Option<&str>> {
        if let Some(trouble) = &self.trouble {
            return Err(Some(trouble));
        }
        match &self.drawn {
            None if self.typed.is_empty() => return Err(None),
            None => {}
            Some(drawn) if !drawn.is_hidden => return Err(Some("Write the words down first")),
            Some(drawn) => {
                let is_right = |(place, typed): &(usize, String)| {
                    drawn.words.get(*place) == Some(&typed.trim())
                };
                if drawn.asked.iter().any(|(_, typed)| typed.is_empty()) {
                    return Err(None);
                }
                if !drawn.asked.iter().all(is_right) {
                    return Err(Some("That is not what was drawn"));
                }
            }
        }
        match &self.judged {
            None => Err(None),
            Some((_, _, Err(weak))) => Err(Some(weak)),
            Some(_) if self.drawn.is_none() && self.again.is_empty() => Err(None),
            Some(_) if self.drawn.is_none() && self.typed != self.again => {
                Err(Some("The two passphrases differ"))
            }
            Some((_, _, Ok(passphrase))) => Ok(passphrase),
        }
    }
}
