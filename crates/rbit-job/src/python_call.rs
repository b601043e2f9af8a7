//! What stands behind `python!`: a callable in somebody's source, and what runs it.

use std::{fmt, path::PathBuf};

use serde::{Deserialize, Serialize};

use crate::Mount;

/// A callable in plain Python source. Its guests see the folders of its module path as mounts of the setting [`PYTHON_PATH`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PythonCall {
    /// Dotted name of the module.
    pub module: String,
    /// Name of the callable in it.
    pub callable: String,
    /// The component that runs Python; an empty path where none was found, which no job is run with.
    pub component: PathBuf,
    /// Whether its guests see only sources in the top of the module path, and the packages in it: it is a folder that was not made for
    /// them.
    pub sees_sources_only: bool,
}

impl fmt::Display for PythonCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.module, self.callable)
    }
}

/// The setting that names the folders with modules.
pub const PYTHON_PATH: &str = "python-path";

/// The mount of the folder with this number, from 0, of the module path.
pub fn module_mount(number: usize, host: PathBuf) -> Mount {
    let setting = match number {
        0 => PYTHON_PATH.to_owned(),
        number => format!("{PYTHON_PATH}-{}", number + 1),
    };
    Mount {
        setting,
        host,
        at: None,
    }
}

/// The module path as guests have it: the mounts made by [`module_mount`] among these.
pub fn guest_path(mounts: &[Mount]) -> String {
    let paths: Vec<_> = module_mounts(mounts).map(Mount::guest_path).collect();
    paths.join(":")
}

/// The same as the host has it.
pub fn module_folders(mounts: &[Mount]) -> Vec<PathBuf> {
    module_mounts(mounts).map(|mount| mount.host.clone()).collect()
}

fn module_mounts(mounts: &[Mount]) -> impl Iterator<Item = &Mount> {
    mounts.iter().filter(|mount| is_module_mount(mount))
}

/// Whether [`module_mount`] made it.
pub fn is_module_mount(mount: &Mount) -> bool {
    let rest = mount.setting.strip_prefix(PYTHON_PATH);
    let number = rest.map(|rest| rest.strip_prefix('-').unwrap_or(rest));
    number.is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_of_the_module_path_have_guest_paths_in_their_order() {
        let mut mounts = vec![Mount {
            setting: "python-path-of-others".into(),
            host: "/x".into(),
            at: None,
        }];
        mounts.extend([module_mount(0, "/a".into()), module_mount(1, "/b".into())]);
        assert_eq!(guest_path(&mounts), "/mnt/python-path:/mnt/python-path-2");
        assert_eq!(module_folders(&mounts), ["/a", "/b"].map(PathBuf::from));
    }
}
