//! Text without what could say whose it is.

/// What stands in place of what was taken out.
const CUT: &str = "(...)";

/// The longest run of digits that stays: longer ones may be somebody's number.
const MOST_DIGITS: usize = 5;

/// A message without paths, names of files, quoted text and long numbers, for what is handed on. Rather
/// too much is cut than too little: a line with a path ends after the last ": " before it, as messages have
/// what they are about there, and is gone whole where there is none.
#[must_use]
pub fn nameless(message: &str) -> String {
    let lines = message.lines().map(|line| {
        let line = without_quoted(line);
        let line = match first_path(&line) {
            None => line,
            Some(at) => {
                let kept = line[..at].rfind(": ").map_or(0, |colon| colon + 2);
                format!("{}{CUT}", &line[..kept])
            }
        };
        without_numbers(&line)
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// A text with each word of it gone that is a path, for what drivers and desktops say: they put in no files
/// of a person, whose names may have spaces.
#[must_use]
pub fn without_paths(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    for word in text.split_inclusive(char::is_whitespace) {
        let path = word.trim_end();
        // One slash between two words is none.
        let is_path = path.contains('\\')
            || path.matches('/').count() > 1
            || path
                .trim_start_matches(['"', '\'', '`', '('])
                .starts_with('/');
        match is_path {
            true => {
                kept.push_str(CUT);
                kept.push_str(&word[path.len()..]);
            }
            false => kept.push_str(word),
        }
    }
    kept
}

/// A text with whole words of it gone, in whatever case they stand.
#[must_use]
pub fn without_words(text: &str, words: &[String]) -> String {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let n_word = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(n_word);
        let is_named = |name: &String| name.to_lowercase() == word.to_lowercase();
        kept.push_str(match !word.is_empty() && words.iter().any(is_named) {
            true => CUT,
            false => word,
        });
        let n_between = after.find(is_part).unwrap_or(after.len());
        kept.push_str(&after[..n_between]);
        rest = &after[n_between..];
    }
    kept
}

/// A quotation that does not end goes on to the end of the line.
fn without_quoted(line: &str) -> String {
    let mut kept = String::with_capacity(line.len());
    let (mut is_quoted, mut is_escaped) = (false, false);
    for c in line.chars() {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' if is_quoted => is_escaped = true,
            '"' if is_quoted => {
                is_quoted = false;
                kept.push_str(CUT);
                kept.push('"');
            }
            _ if is_quoted => {}
            '"' => {
                is_quoted = true;
                kept.push('"');
            }
            _ => kept.push(c),
        }
    }
    if is_quoted {
        kept.push_str(CUT);
    }
    kept
}

/// Where the first word begins that could be a path or the name of a file: with a slash in it, or with a
/// dot before a letter; or one of BIDS' names of people.
fn first_path(line: &str) -> Option<usize> {
    let mut at = 0;
    for word in line.split_inclusive(char::is_whitespace) {
        let pairs = || word.chars().zip(word.chars().skip(1));
        let has_dot = pairs().any(|(one, next)| one == '.' && next.is_alphabetic());
        if has_dot || word.contains(['/', '\\']) || word.contains("sub-") {
            return Some(at);
        }
        at += word.len();
    }
    None
}

fn without_numbers(line: &str) -> String {
    let mut kept = String::with_capacity(line.len());
    let mut digits = String::new();
    let flush = |digits: &mut String, kept: &mut String| {
        kept.push_str(match digits.len() > MOST_DIGITS {
            true => CUT,
            false => digits,
        });
        digits.clear();
    };
    for c in line.chars() {
        match c {
            '0'..='9' => digits.push(c),
            _ => {
                flush(&mut digits, &mut kept);
                kept.push(c);
            }
        }
    }
    flush(&mut digits, &mut kept);
    kept
}

#[cfg(test)]
mod tests {
    use super::{nameless, without_paths, without_words};

    #[track_caller]
    fn check(message: &str, expected: &str) {
        assert_eq!(nameless(message), expected);
    }

    #[test]
    fn nothing_is_left_that_names_somebody() {
        check(
            "index out of bounds: the len is 3 but the index is 5",
            "index out of bounds: the len is 3 but the index is 5",
        );
        check(
            "called `Option::unwrap()` on a `None` value",
            "called `Option::unwrap()` on a `None` value",
        );
        check(
            "cannot write: /data/Jane Doe/scan.nii",
            "cannot write: (...)",
        );
        check(
            "cannot write: C:\\Users\\Jane Doe\\scan",
            "cannot write: (...)",
        );
        check("cannot write: Jane Doe.nii.gz", "cannot write: (...)");
        check("opening Jane Doe.nii failed", "(...)");
        check(
            "Format { field: \"Jane \\\"Doe\\\" 1\", at: 7 }",
            "Format { field: \"(...)\", at: 7 }",
        );
        check("says \"Jane Doe", "says \"(...)");
        check("patient 0101701234 at 12345", "patient (...) at 12345");
        check(
            "fine\nsub-Jane failed\nfine: sub-Jane",
            "fine\n(...)\nfine: (...)",
        );
        check("1.5 of 2.5 mm", "1.5 of 2.5 mm");
    }

    #[test]
    fn paths_go_and_what_is_said_of_them_stays() {
        #[track_caller]
        fn check(text: &str, expected: &str) {
            assert_eq!(without_paths(text), expected);
        }
        let source = format!("/{}/jane/.cargo/winit/mod.rs:788:", "home");
        check(
            &format!("os error at {source} no connection"),
            "os error at (...) no connection",
        );
        check("cannot open `/x`\nC:\\Jane", "cannot open (...)\n(...)");
        let plain = "vulkan drivers/libraries could not be loaded, 1.5 of 2";
        check(plain, plain);
    }

    #[test]
    fn words_go_whole() {
        let words = ["jane".to_owned(), "pc-7".to_owned()];
        assert_eq!(
            without_words("Jane at janet's, (jane)", &words[..1]),
            "(...) at janet's, ((...))"
        );
        assert_eq!(without_words("", &words), "");
    }
}
