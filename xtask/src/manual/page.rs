//! From Markdown to what `man` reads, as far as the page about the configuration needs it.

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

/// The page.
pub(super) fn of(markdown: &str) -> String {
    let mut page = Page::default();
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES) {
        page.take(event);
    }
    format!("{HEAD}{}{TAIL}", page.text)
}

#[derive(Default)]
struct Page {
    text: String,
    /// What is being read, of a paragraph, a heading or a cell.
    line: String,
    /// Cells of the head, then of the row that is being read.
    head: Vec<String>,
    row: Vec<String>,
    is_code: bool,
    /// Whether the paragraph is the first of an item, which has its order already.
    is_item: bool,
}

impl Page {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(&tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) if self.is_code => self.text.push_str(&lines(&text.replace('\\', "\\e"))),
            Event::Text(text) => self.line.push_str(&escaped(&text)),
            Event::Code(code) => self.line.push_str(&format!("\\fB{}\\fR", escaped(&code))),
            Event::SoftBreak | Event::HardBreak => self.line.push('\n'),
            _ => {}
        }
    }

    fn start(&mut self, tag: &Tag<'_>) {
        match tag {
            Tag::CodeBlock(_) => {
                self.is_code = true;
                self.text.push_str(".PP\n.RS 4\n.nf\n");
            }
            Tag::Item => {
                self.is_item = true;
                self.text.push_str(".IP \\(bu 2\n");
            }
            Tag::Emphasis => self.line.push_str("\\fI"),
            Tag::Strong => self.line.push_str("\\fB"),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(level) => self.heading(level),
            TagEnd::Paragraph => {
                if !self.is_item {
                    self.text.push_str(".PP\n");
                }
                self.is_item = false;
                self.finish_line();
            }
            TagEnd::Item => {
                self.is_item = false;
                self.finish_line();
            }
            TagEnd::CodeBlock => {
                self.is_code = false;
                self.text.push_str(".fi\n.RE\n");
            }
            TagEnd::Emphasis | TagEnd::Strong => self.line.push_str("\\fR"),
            TagEnd::TableCell => self.row.push(std::mem::take(&mut self.line)),
            TagEnd::TableHead => self.head = std::mem::take(&mut self.row),
            TagEnd::TableRow => self.entry(),
            _ => {}
        }
    }

    /// The first heading is the page's own title.
    fn heading(&mut self, level: HeadingLevel) {
        let title = std::mem::take(&mut self.line);
        let title = title.replace("\\fB", "").replace("\\fR", "");
        match level {
            HeadingLevel::H1 => self.text.push_str(".SH DESCRIPTION\n"),
            HeadingLevel::H2 => self.text.push_str(&format!(".SH \"{title}\"\n")),
            _ => self.text.push_str(&format!(".SS \"{title}\"\n")),
        }
    }

    /// A row: its first cell, and below it the others, the last one as a sentence of its own.
    fn entry(&mut self) {
        let row = std::mem::take(&mut self.row);
        let Some((first, rest)) = row.split_first() else { return };
        self.text.push_str(&format!(".TP\n{first}\n"));
        let Some((last, between)) = rest.split_last() else {
            return;
        };
        let heads = self.head.iter().skip(1);
        let between: Vec<_> = heads
            .zip(between)
            .filter(|(_, cell)| !cell.is_empty())
            .map(|(head, cell)| format!("{head}: {cell}"))
            .collect();
        if !between.is_empty() {
            self.text.push_str(&format!("{}.\n.br\n", between.join("; ")));
        }
        self.line.push_str(last);
        self.finish_line();
    }

    fn finish_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        if !line.is_empty() {
            self.text.push_str(&lines(&line));
            self.text.push('\n');
        }
    }
}

/// Text in which nothing is an order, but for the start of a line.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\e").replace('-', "\\-")
}

/// Lines, none of which begins like an order.
fn lines(text: &str) -> String {
    let line = |line: &str| match line.starts_with(['.', '\'']) {
        true => format!("\\&{line}"),
        false => line.to_owned(),
    };
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

const HEAD: &str = ".TH RBIT.INI 5 \"\" \"rbit\" \"rbit\"\n.SH NAME\nrbit.ini \\- the configuration of a build box\n";
const TAIL: &str = ".SH \"SEE ALSO\"\nrbit(1), rbit\\-check(1)\n";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_paragraphs_lists_code_and_tables_become_what_man_reads() {
        let markdown = "\
# The file

One `key` and\n.a line with *weight*, see [more](more.md).

## `[rbit]`

- first
- second

```ini
.dot = \\
```

| key | type | default | meaning |
|---|---|---|---|
| `on-top` | path |  | Where it is |
";
        let expected = format!(
            "{HEAD}.SH DESCRIPTION
.PP
One \\fBkey\\fR and
\\&.a line with \\fIweight\\fR, see more.
.SH \"[rbit]\"
.IP \\(bu 2
first
.IP \\(bu 2
second
.PP
.RS 4
.nf
\\&.dot = \\
.fi
.RE
.TP
\\fBon\\-top\\fR
type: path.
.br
Where it is
{TAIL}"
        );
        assert_eq!(of(markdown), expected.replace("= \\\n", "= \\e\n"));
    }
}
