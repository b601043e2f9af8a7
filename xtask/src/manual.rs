//! The pages for `man`: those of commands, which the program writes, and rbit.ini(5), which is `docs/configuration.md`.

mod page;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context as _, bail};

use crate::program;

/// Has them written below a folder, as `man` looks for them. Returns where they are.
pub(crate) fn write(rbit: &Path, folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let (commands, files) = (folder.join("man1"), folder.join("man5"));
    let output = Command::new(rbit)
        .arg("manual")
        .arg(&commands)
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("cannot start `{}`", rbit.display()))?;
    if !output.status.success() {
        bail!("`rbit manual` ended with {}", output.status);
    }
    let mut pages: Vec<_> = String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(PathBuf::from)
        .collect();
    fs::create_dir_all(&files).with_context(|| format!("cannot make `{}`", files.display()))?;
    let place = files.join("rbit.ini.5");
    fs::write(&place, configuration()?).with_context(|| format!("cannot write `{}`", place.display()))?;
    pages.push(place);
    Ok(pages)
}

/// A test of the program holds what it is made of against the keys that there are.
fn configuration() -> anyhow::Result<String> {
    let file = program::project_folder().join("docs/configuration.md");
    let text = fs::read_to_string(&file).with_context(|| format!("cannot read `{}`", file.display()))?;
    Ok(page::of(&text))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first cells of tables of keys.
    fn keys(markdown: &str) -> Vec<&str> {
        let cells = markdown
            .lines()
            .filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
        cells.map(|(key, _)| key).collect()
    }

    #[test]
    fn each_key_of_the_documentation_and_of_the_example_is_in_the_page() {
        let project = program::project_folder();
        let page = configuration().unwrap().replace("\\-", "-");
        let documented = fs::read_to_string(project.join("docs/configuration.md")).unwrap();
        let documented = keys(&documented);
        assert!(documented.len() > 80, "{}", documented.len());
        for key in documented {
            assert!(
                page.contains(&format!(".TP\n\\fB{}\\fR", key.replace('\\', "\\e"))),
                "{key}"
            );
        }
        let example = fs::read_to_string(project.join("rbit.ini.example")).unwrap();
        let mut is_of_rbit = false;
        for line in example.lines().map(|line| line.trim_start_matches('#')) {
            // What stands in the section of a runner is the guest's.
            is_of_rbit = if line.starts_with('[') {
                !line.starts_with("[runner:")
            } else {
                is_of_rbit
            };
            let key = line.split_once(" =").map(|(key, _)| key).unwrap_or_default();
            let is_key = key.chars().all(|c| c.is_ascii_lowercase() || c == '-');
            assert!(!is_of_rbit || !is_key || page.contains(key), "{key}");
        }
    }
}
