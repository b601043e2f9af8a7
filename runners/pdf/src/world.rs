//! What typst gets to see: the manuscript, its pictures and the fonts. No folder, no package, no clock.

use std::collections::HashMap;

use connexions::Archive;
use manuscript::Manuscript;
use rbit_guest::Error;
use typst::{
    Library, LibraryExt, World,
    diag::{FileError, FileResult},
    foundations::{Bytes, Datetime, Duration},
    syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot},
    text::{Font, FontBook},
    utils::LazyHash,
};
use typst_kit::fonts::{self, FontStore};

/// All that one book needs.
pub(crate) struct Desk {
    library: LazyHash<Library>,
    fonts: FontStore,
    text: Source,
    pictures: HashMap<FileId, Bytes>,
}

impl Desk {
    pub(crate) fn new(manuscript: &Manuscript, archive: &Archive) -> Result<Self, Error> {
        let mut fonts = FontStore::new();
        fonts.extend(fonts::embedded());
        let mut pictures = HashMap::new();
        for (source, name) in &manuscript.pictures {
            let bytes = archive.file(source).unwrap_or_default().to_vec();
            pictures.insert(id(name)?, Bytes::new(bytes));
        }
        Ok(Self {
            library: LazyHash::new(Library::builder().build()),
            fonts,
            text: Source::new(id("main.typ")?, manuscript.text.clone()),
            pictures,
        })
    }
}

impl World for Desk {
    fn library(&self) -> &LazyHash<Library> {
        &self.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        self.fonts.book()
    }

    fn main(&self) -> FileId {
        self.text.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == self.text.id() {
            Ok(self.text.clone())
        } else {
            Err(absent())
        }
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        self.pictures.get(&id).cloned().ok_or_else(absent)
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.fonts.font(index)
    }

    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}

fn id(name: &str) -> Result<FileId, Error> {
    let path =
        VirtualPath::new(name).map_err(|error| Error::failed(format!("`{name}` is no name for typst: {error:?}")))?;
    Ok(RootedPath::new(VirtualRoot::Project, path).intern())
}

fn absent() -> FileError {
    FileError::Other(Some("the manuscript has no such file".into()))
}
