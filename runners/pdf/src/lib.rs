//! A runner: a Connexions collection as a PDF, typeset by typst.
//!
//! It gets `<uri>/content/<package>/<version>/complete` and delivers `<package>-<version>.pdf`, with a title page, the contents, numbered
//! headings, figures, tables, code and formulas. The fonts are in the component; they have Latin, Greek and Cyrillic letters and the
//! signs of mathematics. Other letters are left out, and typst does not say so.
//!
//! Settings: `username` and `password` if the repository wants them, `repository-timeout` in seconds (60).

mod typeset;
mod world;

use std::{
    fs,
    path::{Path, PathBuf},
};

use connexions::Book;
use manuscript::Manuscript;
use rbit_guest::{BuildRequest, Error, OUTPUT, Settings};

rbit_guest::runner!(pdf);

fn pdf(request: &BuildRequest, settings: &Settings) -> Result<Vec<PathBuf>, Error> {
    let (address, book) = Book::fetch(request, settings)?;
    let bytes = typeset::typeset(&Manuscript::of(&book), &book.archive)?;
    let file = Path::new(OUTPUT).join(format!("{}-{}.pdf", address.package, book.version));
    fs::write(&file, bytes)?;
    Ok(vec![file])
}
