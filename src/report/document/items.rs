//! Items of reporting guidelines, and what the data say to them.

use crate::report::markup::{escaped, put};

/// One item, and what the data say to it; `None` is for the author.
#[derive(Clone)]
pub(in crate::report) struct Item {
    pub(in crate::report) number: &'static str,
    pub(in crate::report) asks: &'static str,
    pub(in crate::report) answer: Option<String>,
}

pub(in crate::report) fn open(number: &'static str, asks: &'static str) -> Item {
    Item {
        number,
        asks,
        answer: None,
    }
}

pub(in crate::report) fn said(
    number: &'static str,
    asks: &'static str,
    answer: impl Into<String>,
) -> Item {
    Item {
        number,
        asks,
        answer: Some(answer.into()),
    }
}

/// Lists as HTML: each with its name, and what it is.
pub(in crate::report) fn html(lists: &[(&str, &str, Vec<Item>)]) -> String {
    let mut html = String::new();
    for (name, words, items) in lists {
        let n_said = items.iter().filter(|item| item.answer.is_some()).count();
        put(
            &mut html,
            format_args!(
                "<h3>{name}</h3>\n<p class=\"before-table\">{words} Filled from the data: \
                 {n_said} of {}.</p>\n<table class=\"list\">\n<thead><tr><th>Item</th><th>Asks \
                 for</th><th>In this study</th></tr></thead>\n<tbody>\n",
                items.len()
            ),
        );
        for item in items {
            let answer = match &item.answer {
                Some(answer) => escaped(answer),
                None => "<span class=\"fill\">For the author to fill</span>".to_owned(),
            };
            put(
                &mut html,
                format_args!(
                    "<tr><td>{}</td><td>{}</td><td>{answer}</td></tr>\n",
                    item.number,
                    escaped(item.asks)
                ),
            );
        }
        html += "</tbody>\n</table>\n";
    }
    html
}
