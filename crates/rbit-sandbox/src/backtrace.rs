//! Where a guest was: the innermost functions of a backtrace, with file and line where they are known.
//!
//! Every name in it is the component's own, as long and as strange as it likes. The engine's own text of a backtrace writes them out as
//! compilers do, which some take billions of bytes for; nothing here has it write that text.

use std::fmt::{self, Write as _};

use rustc_demangle::demangle;
use wasmtime::WasmBacktrace;

use crate::text;

/// One function that was running.
struct Running<'a> {
    module: Option<&'a str>,
    name: Option<&'a str>,
    index: u32,
    file: Option<&'a str>,
    line: Option<u32>,
    column: Option<u32>,
}

/// The innermost functions, from the inside.
pub(crate) fn place(backtrace: &WasmBacktrace) -> Option<String> {
    let functions: Vec<_> = running(backtrace)
        .take(MAX_FUNCTIONS)
        .map(|function| function.shown())
        .collect();
    (!functions.is_empty()).then(|| format!("in {}", functions.join(" < ")))
}

/// Those that a compiler has put into another are functions of their own, where it has said so.
fn running(backtrace: &WasmBacktrace) -> impl Iterator<Item = Running<'_>> {
    backtrace.frames().iter().flat_map(|frame| {
        let bare = Running {
            module: frame.module().name(),
            name: frame.func_name(),
            index: frame.func_index(),
            file: None,
            line: None,
            column: None,
        };
        let symbols = frame.symbols().iter().map(|symbol| Running {
            module: None,
            name: symbol.name().or(frame.func_name()),
            index: frame.func_index(),
            file: symbol.file(),
            line: symbol.line(),
            column: symbol.column(),
        });
        symbols.chain(Some(bare).filter(|_| frame.symbols().is_empty()))
    })
}

impl Running<'_> {
    fn shown(&self) -> String {
        let mut function = String::new();
        if let Some(module) = self.module {
            function = format!("{}!", cut(module));
        }
        function += &match self.name {
            Some(name) => bounded(format_args!("{:#}", demangle(cut(name)))),
            None => format!("<wasm function {}>", self.index),
        };
        let mut shown = text::printable(&function, MAX_NAME);
        if let Some(file) = self.file {
            let numbers = [self.line, self.column].into_iter().map_while(|number| number);
            let numbers: String = numbers.map(|number| format!(":{number}")).collect();
            shown += &text::printable(&format!(" at {}{numbers}", short(file)), MAX_NAME);
        }
        shown
    }
}

/// The end of a path, which has the name of the file in it.
fn short(path: &str) -> &str {
    let mut slashes = path.rmatch_indices('/').map(|(at, _)| at + 1);
    let from = slashes.nth(1).unwrap_or_default();
    cut(path.get(from..).unwrap_or(path))
}

/// No more of a name than can matter.
fn cut(name: &str) -> &str {
    let end = (0..=name.len().min(MAX_READ))
        .rev()
        .find(|end| name.is_char_boundary(*end));
    name.get(..end.unwrap_or_default()).unwrap_or_default()
}

/// What an error says, one cause after the other, without the backtrace that may be among them.
pub(crate) fn causes(error: &wasmtime::Error) -> impl Iterator<Item = String> {
    error.chain().map(|cause| bounded(format_args!("{cause}")))
}

/// As much of a text as can matter, written out no further; nothing of a backtrace.
fn bounded(text: fmt::Arguments<'_>) -> String {
    let mut bounded = Bounded(String::new());
    // It fails when it is long enough.
    let _ = bounded.write_fmt(text);
    bounded.0
}

struct Bounded(String);

impl fmt::Write for Bounded {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        let is_backtrace = self.0.is_empty() && piece.starts_with(BACKTRACE);
        if is_backtrace || self.0.len() > MAX_READ {
            return Err(fmt::Error);
        }
        self.0.push_str(cut(piece));
        Ok(())
    }
}

/// How the engine's text of a backtrace begins; a test holds it.
const BACKTRACE: &str = "error while executing at wasm backtrace";
/// Functions that a reason names.
const MAX_FUNCTIONS: usize = 4;
/// Bytes of one of their names.
const MAX_NAME: usize = 120;
/// Bytes of a name, or a text, that are looked at.
const MAX_READ: usize = 4 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    fn function<'a>(name: Option<&'a str>, file: Option<&'a str>) -> Running<'a> {
        Running {
            module: None,
            name,
            index: 3,
            file,
            line: Some(7),
            column: Some(5),
        }
    }

    #[test]
    fn a_function_is_shown_with_the_place_where_it_is_known() {
        for (running, expected) in [
            (
                function(Some("deep"), Some("/home/joe/src/lib.rs")),
                "deep at src/lib.rs:7:5",
            ),
            (function(Some("deep"), Some("lib.rs")), "deep at lib.rs:7:5"),
            (function(None, None), "<wasm function 3>"),
            (
                function(Some("_ZN5guest4deep17h0123456789abcdefE"), None),
                "guest::deep",
            ),
            (
                Running {
                    module: Some("m"),
                    ..function(Some("a\n"), None)
                },
                r"m!a\n",
            ),
        ] {
            assert_eq!(running.shown(), expected);
        }
    }

    #[test]
    fn no_name_is_read_to_the_end_of_the_component() {
        let long = "\u{e9}".repeat(1 << 20);
        let shown = function(Some(&long), Some(&long)).shown();
        assert!(shown.len() < 3 * MAX_NAME, "{}", shown.len());
    }

    #[test]
    fn what_an_error_says_is_read_without_its_backtrace() {
        let error = wasmtime::Error::msg("cause").context(format!("{BACKTRACE}:\n  0: 0x1 - a!b"));
        assert_eq!(causes(&error).collect::<Vec<_>>(), ["", "cause"]);
        let error = wasmtime::Error::msg("x".repeat(1 << 20));
        assert!(causes(&error).all(|cause| cause.len() <= 2 * MAX_READ));
    }
}
