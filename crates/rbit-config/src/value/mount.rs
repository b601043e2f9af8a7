//! `SETTING` or `SETTING=/GUEST/PATH`.

use rbit_job::GuestPath;

use crate::problem::{Wrong, shown};

/// A folder that guests are to see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WantedMount {
    /// The setting whose value is the folder.
    pub(crate) setting: String,
    /// Where guests see it, if it is not `/mnt/SETTING`.
    pub(crate) at: Option<GuestPath>,
}

/// Reads one word of the list.
pub(crate) fn parse(text: &str) -> Result<WantedMount, Wrong> {
    let (setting, at) = match text.split_once('=') {
        Some((setting, path)) => (setting, Some(guest_path(path)?)),
        None => (text, None),
    };
    Ok(WantedMount {
        setting: setting_name(setting)?,
        at,
    })
}

fn guest_path(path: &str) -> Result<GuestPath, Wrong> {
    GuestPath::new(path).map_err(|why| {
        let what = format!("{} cannot be a folder of the guest's: {why}", shown(path));
        Wrong::new(what, "an absolute path such as `fonts-dir=/fonts`")
    })
}

fn setting_name(text: &str) -> Result<String, Wrong> {
    let name = text.to_ascii_lowercase();
    if matches!(name.as_str(), "runner" | "output-dir") {
        return Err(Wrong::new(
            format!("{} cannot be mounted", shown(text)),
            "a setting of the guest's",
        ));
    }
    if name.is_empty() || name.starts_with('.') || name.len() > 200 || name.contains(['/', '\\']) {
        let wrong = Wrong::new(
            format!("{} cannot be the name of a folder", shown(text)),
            "a setting's name without `/`",
        );
        return Err(wrong);
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mount_is_a_setting_and_perhaps_a_path() {
        let read = |text| parse(text).map(|wanted| (wanted.setting, wanted.at.map(String::from)));
        assert_eq!(read("Print-Dir"), Ok(("print-dir".into(), None)));
        assert_eq!(
            read("fonts-dir=/fonts"),
            Ok(("fonts-dir".into(), Some("/fonts".into())))
        );
        for text in [
            "",
            "=/fonts",
            "fonts=",
            "fonts=fonts",
            "fonts=/output",
            "a=/b=/../c",
            "output-dir=/x",
            "a/b=/x",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
