//! What a guest calls a file of its output folder.

use std::path::{Component, Path};

use rbit_job::plan::GUEST_OUTPUT;

/// A name below a guest's output folder: relative, `/` between components, none of them special.
///
/// It comes from a guest, so it is checked as text before any file is looked at: what remains cannot lead out of a folder by
/// itself. Symbolic links on the way are the business of whoever opens it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OutputName(String);

impl OutputName {
    /// Reads an absolute guest path such as `/output/book/index.html`.
    pub fn parse(path: &str) -> Result<Self, InvalidOutputName> {
        let invalid = |why| InvalidOutputName {
            path: path.chars().take(120).collect(),
            why,
        };
        if path.len() > MAX_PATH {
            return Err(invalid("it is longer than 4096 bytes"));
        }
        if path.chars().any(char::is_control) {
            return Err(invalid("it has control characters"));
        }
        let relative = path
            .strip_prefix(GUEST_OUTPUT)
            .and_then(|rest| rest.strip_prefix('/'))
            .ok_or_else(|| invalid("it is not below `/output`"))?;
        if relative.split('/').any(is_special) {
            return Err(invalid("a component of it is empty, `.`, `..`, too long or reserved"));
        }
        Ok(Self(relative.to_owned()))
    }

    /// The name, relative to the output folder.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name as a path of ordinary components.
    pub fn as_path(&self) -> &Path {
        Path::new(&self.0)
    }
}

/// A path that a guest named, and that cannot be a file of its output folder.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}` cannot be delivered: {why}", path.escape_debug())]
pub struct InvalidOutputName {
    path: String,
    why: &'static str,
}

fn is_special(component: &str) -> bool {
    let is_normal = Path::new(component)
        .components()
        .eq([Component::Normal(component.as_ref())]);
    !is_normal || component.len() > 255 || component.starts_with(PART_PREFIX)
}

const MAX_PATH: usize = 4096;

/// How the name of a folder begins in which files are gathered on their way out.
pub(crate) const PART_PREFIX: &str = ".rbit-part-";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_below_the_output_folder_is_a_name() {
        for (path, name) in [
            ("/output/a.pdf", "a.pdf"),
            ("/output/a b/ü.x", "a b/ü.x"),
            ("/output/.nojekyll", ".nojekyll"),
        ] {
            assert_eq!(OutputName::parse(path).unwrap().as_str(), name);
        }
    }

    #[test]
    fn a_path_that_leads_anywhere_else_is_refused() {
        let hostile = [
            "",
            "/",
            "/output",
            "/output/",
            "output/a",
            "a.pdf",
            "../../etc/passwd",
            "/etc/passwd",
            "/outputs/a",
            "/output//a",
            "/output/./a",
            "/output/../work/a",
            "/output/a/..",
            "/output/a/",
            "/output/a\n",
            "/output/a\0b",
            "/work/a",
            "/output/.rbit-part-x",
            " /output/a",
        ];
        for path in hostile {
            assert!(OutputName::parse(path).is_err(), "{path:?}");
        }
        assert!(OutputName::parse(&format!("/output/{}", "a".repeat(256))).is_err());
        assert!(OutputName::parse(&format!("/output/{}", "a/".repeat(2100))).is_err());
    }
}
