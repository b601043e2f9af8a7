//! Where compiled modules are kept between two calls.

use std::{
    env,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use tempfile::TempDir;

/// A folder of the user's own: never that of a box, which may be running.
pub(crate) struct Cache {
    folder: PathBuf,
    /// Where the user has no place for such things: removed in the end.
    _temporary: Option<TempDir>,
}

impl Cache {
    /// `$XDG_CACHE_HOME/rbit`, else `~/.cache/rbit`, else a folder for this call alone.
    pub(crate) fn of_user() -> anyhow::Result<Self> {
        match folder(env::var_os("XDG_CACHE_HOME").map(PathBuf::from), env::home_dir()) {
            Some(folder) => Ok(Self {
                folder,
                _temporary: None,
            }),
            None => {
                let temporary = tempfile::tempdir().context("cannot make a folder for compiled modules")?;
                Ok(Self {
                    folder: temporary.path().to_owned(),
                    _temporary: Some(temporary),
                })
            }
        }
    }

    /// Its path.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }
}

fn folder(cache: Option<PathBuf>, home: Option<PathBuf>) -> Option<PathBuf> {
    let is_absolute = |path: &PathBuf| path.is_absolute();
    let cache = cache.filter(is_absolute);
    // A user without a home of its own has `/nonexistent` or the like.
    let cache = cache.or_else(|| {
        home.filter(|home| is_absolute(home) && home.is_dir())
            .map(|home| home.join(".cache"))
    });
    cache.map(|cache| cache.join("rbit"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cache_is_the_users_where_there_is_one() {
        let home = tempfile::tempdir().unwrap();
        let home = home.path().to_owned();
        for (cache, home, expected) in [
            (Some("/c"), Some(home.clone()), Some(PathBuf::from("/c/rbit"))),
            (Some("c"), Some(home.clone()), Some(home.join(".cache/rbit"))),
            (None, Some(home.clone()), Some(home.join(".cache/rbit"))),
            (None, Some(home.join("nonexistent")), None),
            (None, None, None),
        ] {
            assert_eq!(folder(cache.map(PathBuf::from), home), expected);
        }
    }
}
