//! `rbit manual`: pages for `man`, of the same words as `--help`.

use std::{fs, path::Path};

use anyhow::Context as _;
use clap::{Command, CommandFactory as _};
use clap_mangen::{
    Man,
    roff::{Roff, roman},
};

use crate::{
    args::{Args, ManualArgs},
    exit_code::Code,
    failure::Failure,
    output,
};

/// Writes them into a folder.
pub(crate) fn manual(args: &ManualArgs) -> Result<Code, Failure> {
    let folder = &args.folder;
    fs::create_dir_all(folder).with_context(|| format!("cannot make `{}`", folder.display()))?;
    for page in pages()? {
        let file = folder.join(&page.name);
        fs::write(&file, page.text).with_context(|| format!("cannot write `{}`", file.display()))?;
        output::print(format!("{}\n", Path::new(&file).display()))?;
    }
    Ok(Code::Success)
}

/// One page: the name of its file, and what is in that.
struct Page {
    name: String,
    text: Vec<u8>,
}

/// That of the program, and one for each of its commands.
fn pages() -> anyhow::Result<Vec<Page>> {
    let mut program = Args::command();
    // Commands learn the names by which they are called.
    program.build();
    let mut pages = Vec::new();
    let mut left = vec![program];
    while let Some(command) = left.pop() {
        left.extend(
            command
                .get_subcommands()
                .filter(|below| below.get_name() != "help")
                .cloned(),
        );
        pages.push(page(&command).context("cannot write a page")?);
    }
    pages.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(pages)
}

fn page(command: &Command) -> anyhow::Result<Page> {
    let name = command.get_display_name().unwrap_or_else(|| command.get_name());
    let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    // What follows the options is laid out for a terminal, and stays as it is.
    let man = Man::new(command.clone().after_help(""))
        .title(name.to_uppercase())
        .section("1")
        .source(concat!("rbit ", env!("CARGO_PKG_VERSION")))
        .manual("rbit");
    let mut text = Vec::new();
    man.render_title(&mut text)?;
    man.render_name_section(&mut text)?;
    man.render_synopsis_section(&mut text)?;
    man.render_description_section(&mut text)?;
    if command.get_arguments().next().is_some() {
        man.render_options_section(&mut text)?;
    }
    if command.has_subcommands() {
        man.render_subcommands_section(&mut text)?;
    }
    text.extend(sections(&help).to_roff().into_bytes());
    text.extend(see_also(name).to_roff().into_bytes());
    let name = format!("{name}.1");
    Ok(Page { name, text })
}

/// What `--help` says last, under headings of its own.
fn sections(help: &str) -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", ["NOTES"]);
    roff.control("nf", []);
    for line in help.lines() {
        match line.strip_suffix(':').filter(|title| HEADINGS.contains(title)) {
            Some(title) => {
                roff.control("fi", []);
                roff.control("SH", [title.to_uppercase().as_str()]);
                roff.control("nf", []);
            }
            None => {
                roff.text([roman(line)]);
            }
        }
    }
    roff.control("fi", []);
    roff
}

fn see_also(name: &str) -> Roff {
    let others = match name {
        "rbit" => "rbit.ini(5)",
        _ => "rbit(1), rbit.ini(5)",
    };
    let mut roff = Roff::new();
    roff.control("SH", ["SEE ALSO"]);
    roff.text([roman(others)]);
    roff
}

/// As they stand in the help of every command.
const HEADINGS: [&str; 2] = ["Examples", "Exit status"];

#[cfg(test)]
mod tests {
    use super::*;

    fn page(name: &str) -> String {
        let pages = pages().unwrap();
        let names: Vec<_> = pages.iter().map(|page| page.name.clone()).collect();
        let page = pages.into_iter().find(|page| page.name == name);
        let text = page.unwrap_or_else(|| panic!("no {name} among {names:?}")).text;
        String::from_utf8(text).unwrap().replace("\\-", "-")
    }

    #[test]
    fn each_command_has_a_page_that_names_its_options_and_exit_statuses() {
        let mut left = vec![("rbit".to_owned(), Args::command())];
        let mut seen = 0;
        while let Some((name, command)) = left.pop() {
            let text = page(&format!("{name}.1"));
            for option in command.get_arguments().filter_map(clap::Arg::get_long) {
                assert!(text.contains(&format!("--{option}")), "{name}: --{option}\n{text}");
            }
            for words in [
                ".SH EXAMPLES\n",
                ".SH \"EXIT STATUS\"\n",
                ".SH \"SEE ALSO\"\n",
                ".SH SYNOPSIS\n",
            ] {
                assert!(text.contains(words), "{name}: {words}\n{text}");
            }
            for below in command.get_subcommands() {
                let below_name = format!("{name}-{}", below.get_name());
                assert!(
                    text.contains(&format!("{below_name}(1)")),
                    "{name}: {below_name}\n{text}"
                );
                left.push((below_name, below.clone()));
            }
            seen += 1;
        }
        assert!(seen > 15, "{seen}");
        assert_eq!(pages().unwrap().len(), seen);
    }

    #[test]
    fn lines_that_are_laid_out_stay_lines() {
        let text = page("rbit-exec.1");
        assert!(text.contains("\n  10  failed"), "{text}");
        // Roff takes a line that begins with a dot for an order.
        assert!(
            !text.lines().any(|line| line.starts_with(". ") || line.starts_with("'")),
            "{text}"
        );
    }
}
