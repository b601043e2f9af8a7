//! From a manuscript to the bytes of a PDF.

use connexions::Archive;
use manuscript::Manuscript;
use rbit_guest::Error;
use typst::diag::SourceDiagnostic;
use typst_layout::PagedDocument;
use typst_pdf::PdfOptions;

use crate::world::Desk;

pub(crate) fn typeset(manuscript: &Manuscript, archive: &Archive) -> Result<Vec<u8>, Error> {
    let desk = Desk::new(manuscript, archive)?;
    let result = typst::compile::<PagedDocument>(&desk);
    for warning in result.warnings.iter().take(MOST_TOLD) {
        println!("typst: {}", warning.message);
    }
    let document = result.output.map_err(|errors| failed(&errors))?;
    println!("set {} pages", document.pages().len());
    typst_pdf::pdf(&document, &PdfOptions::default()).map_err(|errors| failed(&errors))
}

/// Typst's hints are for people who write its markup; who reads this did not.
fn failed(errors: &[SourceDiagnostic]) -> Error {
    let mut told: Vec<_> = errors.iter().map(|error| error.message.as_str()).collect();
    // What is wrong in a hundred places is told once.
    told.sort_unstable();
    told.dedup();
    told.truncate(MOST_TOLD);
    Error::failed(format!("the collection cannot be typeset: {}", told.join("; ")))
}

const MOST_TOLD: usize = 10;
