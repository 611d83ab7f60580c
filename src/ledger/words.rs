//! What a verification says, and what it cannot say.

use super::Verified;
use crate::study::Receipt;

/// What no check of files can promise, whatever their state: each needs somebody else.
pub const FILES_CANNOT_PROMISE: &str = "\
No check of a file can promise that it is the newest state of the study, when something happened \
(clocks can be set), who sat there, that a rater read alone, once and in no other program, that \
the trail was not begun anew in a copy, that the key was not opened in a copy, or that nothing was \
deleted whole. Receipts kept by somebody else show what was cut off or rewritten since they were \
made; two people who compare the words of a key know whose it is.";

impl Verified {
    /// For people: what was found, whose keys, what the clocks say, and what is excluded with the
    /// receipts that were checked and without any.
    #[must_use]
    pub fn to_text(&self, receipts: &[Receipt]) -> String {
        let mut lines = vec![format!(
            "in order: {} verdicts in {} events, {} installment(s) signed",
            self.n_verdicts, self.n_events, self.n_signatures
        )];
        lines.extend(self.clocks());
        lines.push("keys".to_owned());
        lines.push(format!("  {}  coordinator", self.coordinator_key.words()));
        for (rater, key) in &self.rater_keys {
            let who = match key.is_vouched {
                true => "",
                false => " (nothing but this file says that it is theirs)",
            };
            lines.push(format!("  {}  {rater}{who}", key.public_key.words()));
        }
        lines.push("the last hash of each".to_owned());
        let heads = self.heads.iter();
        lines.extend(heads.map(|(author, head)| format!("  {head}  {author}")));
        lines.extend(self.excluded(receipts));
        lines.join("\n")
    }

    /// What the clocks say, where they say anything.
    #[must_use]
    pub fn clocks(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if self.n_clock_steps_back > 0 {
            let n = self.n_clock_steps_back;
            lines.push(format!("a clock was set back {n} time(s)"));
        }
        if self.n_clock_jumps > 0 {
            lines.push(format!(
                "while the program ran, a clock moved {} time(s) otherwise than the machine's own \
                 count, by {} at most: it was set, or the machine slept",
                self.n_clock_jumps,
                span(self.largest_clock_jump_millis)
            ));
        }
        if self.n_clock_ahead > 0 {
            lines.push(format!(
                "{} package(s) held times after the one at which the coordinator took them in, by \
                 {} at most: a clock was set forward",
                self.n_clock_ahead,
                span(self.farthest_clock_ahead_millis)
            ));
        }
        lines
    }

    fn excluded(&self, receipts: &[Receipt]) -> Vec<String> {
        let mut lines = vec![
            "excluded: an event, picture or worklist that was changed, put in or taken out by \
             somebody without the keys above; verdicts that the protocol does not take, or out of \
             turn; the coordinator's acts by anybody else"
                .to_owned(),
        ];
        let newest = receipts.iter().map(|receipt| receipt.at_unix_millis).max();
        lines.push(match newest {
            Some(at) => format!(
                "excluded by {} receipt(s): that anything up to {} was cut off or written anew, \
                 even by whoever holds the keys",
                receipts.len(),
                crate::study::rfc3339(at)
            ),
            None => "not excluded without a receipt (--receipt): that the end was cut off, that \
                     the file was put back to an earlier state, or that whoever holds a key wrote \
                     what it signs anew"
                .to_owned(),
        });
        if self.n_not_countersigned > 0 {
            lines.push(format!(
                "not excluded: that a rater wrote the {} event(s) anew that the coordinator has \
                 not countersigned",
                self.n_not_countersigned
            ));
        }
        lines.push(FILES_CANNOT_PROMISE.to_owned());
        lines
    }
}

/// A span of time in its largest unit.
fn span(millis: i64) -> String {
    let minutes = millis / 60_000;
    match minutes {
        ..120 => format!("{minutes} minutes"),
        120..2880 => format!("{} hours", minutes / 60),
        _ => format!("{} days", minutes / 1440),
    }
}
