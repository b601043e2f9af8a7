//! Names.

use rbit_job::BoxName;

use crate::problem::{Wrong, shown};

/// The name of a box.
pub(crate) fn of_box(text: &str) -> Result<BoxName, Wrong> {
    let expected = "1 to 200 letters, digits, `-`, `_` or `.`";
    BoxName::new(text).map_err(|_| Wrong::new(format!("{} is no name of a box", shown(text)), expected))
}

/// The name of a setting that can be a folder of the guest's: it becomes `/mnt/<name>`.
pub(crate) fn of_mount(text: &str) -> Result<String, Wrong> {
    let name = text.to_ascii_lowercase();
    if matches!(name.as_str(), "runner" | "output-dir") {
        return Err(Wrong::new(
            format!("{} cannot be mounted", shown(text)),
            "a setting of the guest's",
        ));
    }
    if name.starts_with('.') || name.len() > 200 || name.contains(['/', '\\']) {
        let wrong = Wrong::new(
            format!("{} cannot be the name of a folder", shown(text)),
            "a setting's name without `/`",
        );
        return Err(wrong);
    }
    Ok(name)
}
