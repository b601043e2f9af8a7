//! A zip file of a stranger, read into memory within bounds.

use std::{
    collections::BTreeMap,
    io::{Cursor, Read as _},
};

use rbit_guest::Error;
use zip::{CompressionMethod, ZipArchive, read::ZipFile};

use crate::{address::is_id, kind::kind_of};

/// The files of a complete zip, by their names below its one folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Archive {
    /// The name of the folder, such as `col10642_1.2_complete`.
    pub folder: String,
    files: BTreeMap<String, Vec<u8>>,
}

/// How much of a zip is read.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Entries.
    pub entries: usize,
    /// Bytes of one file, unpacked.
    pub file: u64,
    /// Bytes of all files, unpacked.
    pub all: u64,
}

impl Archive {
    /// Unpacks a zip. All of it is good, or nothing of it is taken.
    pub fn read(bytes: &[u8]) -> Result<Self, Error> {
        Self::read_within(bytes, BOUNDS)
    }

    fn read_within(bytes: &[u8], bounds: Bounds) -> Result<Self, Error> {
        let mut zip = ZipArchive::new(Cursor::new(bytes)).map_err(|error| no_zip(bytes, &error))?;
        if zip.len() > bounds.entries {
            return Err(refused(format!("it has {} entries", zip.len())));
        }
        if zip.has_duplicate_names() {
            return Err(refused("two of its entries have one name"));
        }
        let mut archive = Self::default();
        let mut left = bounds.all;
        for index in 0..zip.len() {
            // First as it lies there: the library has words of its own for what it cannot unpack.
            let entry = zip.by_index_raw(index).map_err(|error| broken(&error))?;
            let name = entry.name().map_err(|error| broken(&error))?.into_owned();
            let Some(path) = archive.enter(&name, &entry)? else {
                continue;
            };
            drop(entry);
            let mut entry = zip.by_index(index).map_err(|error| broken(&error))?;
            let file = unpack(&name, &mut entry, bounds.file.min(left))?;
            left -= file.len() as u64;
            if archive.files.insert(path, file).is_some() {
                return Err(refused(format!("two of its entries are called `{}`", shown(&name))));
            }
        }
        if archive.files.is_empty() {
            return Err(refused("there is no file in it"));
        }
        Ok(archive)
    }

    /// The file of a name.
    pub fn file(&self, name: &str) -> Option<&[u8]> {
        self.files.get(name).map(Vec::as_slice)
    }

    /// The names of all files, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// The version that the folder names, where it belongs to this package: what `latest` was.
    pub fn version_of(&self, package: &str) -> Option<&str> {
        let rest = self.folder.strip_prefix(package)?.strip_prefix('_')?;
        let version = rest.strip_suffix("_complete")?;
        is_id(version).then_some(version)
    }

    /// Looks at the name and kind of an entry. Gives the name below the folder, and none for a folder.
    fn enter(&mut self, name: &str, entry: &ZipFile<'_, Cursor<&[u8]>>) -> Result<Option<String>, Error> {
        if entry.is_symlink() {
            return Err(refused(format!("`{}` is a symbolic link", shown(name))));
        }
        if entry.encrypted()
            || !matches!(
                entry.compression(),
                CompressionMethod::Stored | CompressionMethod::Deflated
            )
        {
            return Err(refused(format!(
                "`{}` is packed in a way that no repository uses",
                shown(name)
            )));
        }
        let (folder, path) =
            place(name).ok_or_else(|| refused(format!("the name `{}` leads out of it", shown(name))))?;
        if self.folder.is_empty() {
            folder.clone_into(&mut self.folder);
        }
        if self.folder != folder {
            return Err(refused("it has more than one folder"));
        }
        Ok((!entry.is_dir() && !path.is_empty()).then(|| path.to_owned()))
    }
}

/// A name as the zip's folder and the path in it; nothing if it leads elsewhere, or means something else on another system.
fn place(name: &str) -> Option<(&str, &str)> {
    let (folder, path) = name.split_once('/')?;
    let is_plain = |part: &str| !part.is_empty() && part != "." && part != ".." && !part.starts_with('~');
    let is_harmless = !name
        .chars()
        .any(|letter| letter.is_control() || matches!(letter, '\\' | ':'));
    let inner = path.strip_suffix('/').unwrap_or(path);
    let is_inside = inner.is_empty() || inner.split('/').all(is_plain);
    (is_harmless && is_plain(folder) && is_inside && name.len() <= LONGEST).then_some((folder, inner))
}

/// Reads until the end or the bound, whatever the zip says of the size.
fn unpack(name: &str, entry: &mut ZipFile<'_, Cursor<&[u8]>>, at_most: u64) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    let read = entry.take(at_most.saturating_add(1)).read_to_end(&mut bytes);
    read.map_err(|error| Error::failed(format!("the repository's zip is broken at `{}`: {error}", shown(name))))?;
    if bytes.len() as u64 > at_most {
        return Err(refused(format!("`{}` is too large unpacked", shown(name))));
    }
    Ok(bytes)
}

fn no_zip(bytes: &[u8], error: &zip::result::ZipError) -> Error {
    match kind_of(bytes).filter(|kind| !kind.ends_with("zip")) {
        Some(kind) => Error::failed(format!("what the repository sent is no zip: it is {kind}")),
        None => broken(error),
    }
}

fn broken(error: &zip::result::ZipError) -> Error {
    Error::failed(format!("what the repository sent is no zip, or a broken one: {error}"))
}

fn refused(why: impl std::fmt::Display) -> Error {
    Error::failed(format!("the repository's zip is refused: {why}"))
}

fn shown(name: &str) -> String {
    name.chars()
        .take(LONGEST)
        .collect::<String>()
        .escape_debug()
        .to_string()
}

/// A large textbook has a few thousand pictures.
const BOUNDS: Bounds = Bounds {
    entries: 20_000,
    file: 64 << 20,
    all: 256 << 20,
};
const LONGEST: usize = 300;

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use zip::{ZipWriter, write::SimpleFileOptions};

    use super::*;

    fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in files {
            zip.start_file(*name, SimpleFileOptions::default()).unwrap();
            zip.write_all(bytes).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    fn refusal(bytes: &[u8]) -> String {
        match Archive::read(bytes) {
            Err(Error::Failed(text)) => text,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn files_are_found_by_their_names_below_the_one_folder() {
        let archive = Archive::read(&zipped(&[("c_1.2_complete/a", b"A"), ("c_1.2_complete/m/b", b"B")])).unwrap();
        assert_eq!(archive.names().collect::<Vec<_>>(), ["a", "m/b"]);
        assert_eq!(archive.file("m/b"), Some(&b"B"[..]));
        assert_eq!(archive.file("c"), None);
    }

    #[test]
    fn the_folder_says_which_version_the_latest_is() {
        let version = |folder: &str, package: &str| {
            let folder = folder.to_owned();
            Archive {
                folder,
                ..Archive::default()
            }
            .version_of(package)
            .map(str::to_owned)
        };
        assert_eq!(version("col10642_1.2_complete", "col10642").as_deref(), Some("1.2"));
        assert_eq!(version("col10642_1.2_complete", "col1064"), None);
        assert_eq!(version("col10642__complete", "col10642"), None);
        assert_eq!(version("col10642_1.2", "col10642"), None);
        assert_eq!(version("col10642_1 2_complete", "col10642"), None);
    }

    #[test]
    fn a_name_that_leads_out_is_refused_by_whatever_way() {
        for name in [
            "../x",
            "/etc/passwd",
            "c/../../x",
            "c/./x",
            "c//x",
            "c/x\\..\\y",
            "C:/x",
            "c/a:b",
            "c/\u{1}",
            "~/x",
            "c/~/x",
            "x",
        ] {
            let text = refusal(&zipped(&[(name, b"")]));
            assert!(text.contains("leads out of it"), "{name}: {text}");
        }
    }

    #[test]
    fn a_link_is_refused() {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        zip.add_symlink("c/link", "/etc/passwd", SimpleFileOptions::default())
            .unwrap();
        let text = refusal(&zip.finish().unwrap().into_inner());
        assert_eq!(text, "the repository's zip is refused: `c/link` is a symbolic link");
    }

    #[test]
    fn two_entries_of_one_name_are_refused() {
        // The library does not write such a zip, so a name of the same length is changed afterwards.
        let mut raw = zipped(&[("c/one", b"1"), ("c/two", b"2")]);
        while let Some(at) = raw.windows(5).position(|name| name == b"c/two") {
            raw[at..at + 5].copy_from_slice(b"c/one");
        }
        assert_eq!(
            refusal(&raw),
            "the repository's zip is refused: two of its entries have one name"
        );
    }

    #[test]
    fn a_bomb_is_refused_at_the_bound_and_not_unpacked() {
        let bounds = Bounds {
            entries: 3,
            file: 1000,
            all: 1500,
        };
        let read = |files: &[(&str, &[u8])]| Archive::read_within(&zipped(files), bounds);
        assert!(read(&[("c/a", &[0; 1000])]).is_ok());
        let text = read(&[("c/a", &[0; 1001])]).unwrap_err().to_string();
        assert!(text.contains("too large"), "{text}");
        let text = read(&[("c/a", &[0; 1000]), ("c/b", &[0; 501])])
            .unwrap_err()
            .to_string();
        assert!(text.contains("`c/b` is too large"), "{text}");
        let text = read(&[("c/1", b""), ("c/2", b""), ("c/3", b""), ("c/4", b"")])
            .unwrap_err()
            .to_string();
        assert!(text.contains("4 entries"), "{text}");
    }

    #[test]
    fn what_is_no_whole_zip_fails() {
        assert!(refusal(b"no").contains("is no zip, or a broken one"));
        assert!(refusal(b"<html>").ends_with("is no zip: it is a web page"));
        assert!(refusal(b"").ends_with("is no zip: it is empty"));
        let whole = zipped(&[("c/a", &[7; 4000])]);
        assert!(refusal(&whole[..whole.len() / 2]).contains("is no zip, or a broken one"));
        assert!(refusal(&zipped(&[])).contains("there is no file in it"));
        assert!(refusal(&zipped(&[("c/a", b""), ("d/a", b"")])).contains("more than one folder"));
    }

    #[test]
    fn what_is_encrypted_or_packed_in_another_way_is_refused() {
        let place = |zip: &[u8], sign: &[u8]| zip.windows(4).position(|bytes| bytes == sign).unwrap();
        for (field, value) in [(6, 1), (8, 12)] {
            let mut zip = zipped(&[("c/a", b"1")]);
            let heads = [place(&zip, b"PK\x03\x04"), place(&zip, b"PK\x01\x02") + 2];
            for head in heads {
                zip[head + field] = value;
            }
            assert!(
                refusal(&zip).ends_with("`c/a` is packed in a way that no repository uses"),
                "{}",
                refusal(&zip)
            );
        }
    }

    #[test]
    fn a_zip_with_any_byte_changed_is_read_or_refused_and_never_trouble() {
        let whole = zipped(&[("c/collection.xml", &b"<a/>".repeat(20)), ("c/m1/index.cnxml", b"<b/>")]);
        let mut refused = 0;
        for place in 0..whole.len() {
            for value in [0, 1, 0x7f, 0xff] {
                let mut changed = whole.clone();
                changed[place] = value;
                refused += usize::from(Archive::read(&changed).is_err());
            }
        }
        assert!(refused > whole.len(), "{refused}");
    }

    #[test]
    fn a_changed_byte_is_seen() {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        zip.start_file("c/a", stored).unwrap();
        zip.write_all(b"MARKED").unwrap();
        let mut zip = zip.finish().unwrap().into_inner();
        let at = zip.windows(6).position(|bytes| bytes == b"MARKED").unwrap();
        zip[at] = b'm';
        assert!(refusal(&zip).contains("is broken at `c/a`"));
    }
}
