//! Requests that were made.

use super::Mismatch;
use crate::{case::ExpectedRequest, observed::Requested};

/// Those that no answer was for, which is always a difference; and, where requests are listed, those that are not as listed.
pub(crate) fn compare(expected: Option<&[ExpectedRequest]>, made: &[Requested]) -> Vec<Mismatch> {
    let unanswered = made.iter().filter(|request| request.is_unanswered);
    let mut all: Vec<_> = unanswered
        .map(|request| Mismatch::new(named(request), "no `[[http]]` answer is for it"))
        .collect();
    let Some(expected) = expected else { return all };
    for wanted in expected {
        let count = made.iter().filter(|request| is_meant(wanted, request)).count();
        if count != wanted.times as usize {
            let refused = if wanted.is_refused { " refused" } else { "" };
            let what = format!("request {} {}", wanted.method, wanted.url);
            let how = format!("expected {}{refused}, found {count}", times(wanted.times as usize));
            all.push(Mismatch::new(what, how));
        }
    }
    let strangers = made
        .iter()
        .filter(|request| !expected.iter().any(|wanted| is_meant(wanted, request)));
    all.extend(strangers.map(|request| {
        let refused = if request.is_refused { "refused, and " } else { "" };
        Mismatch::new(named(request), format!("it was made, {refused}it is not listed"))
    }));
    all
}

fn is_meant(wanted: &ExpectedRequest, request: &Requested) -> bool {
    wanted.is_refused == request.is_refused
        && wanted.method.eq_ignore_ascii_case(&request.method)
        && wanted.url.matches(&request.url)
}

fn named(request: &Requested) -> String {
    format!("request {} {}", request.method, request.url)
}

fn times(count: usize) -> String {
    match count {
        1 => "1 request".to_owned(),
        count => format!("{count} requests"),
    }
}
