//! A collection with all that it consists of.

use std::collections::{BTreeMap, BTreeSet};

use rbit_guest::{BuildRequest, Error, Settings};

use crate::{
    Address, Archive, Collection,
    cnxml::Reader,
    collection::Part,
    document::{Block, Inline, Kind, Line, Module, Target},
    xml::Element,
};

/// A collection, its modules and its pictures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Book {
    /// Title, people and order.
    pub collection: Collection,
    /// The modules, each once, in the order of reading.
    pub modules: Vec<Module>,
    /// The zip, in which the pictures are.
    pub archive: Archive,
    /// The version: what `latest` was, if that was asked for.
    pub version: String,
}

impl Book {
    /// Gets the complete zip that a request means, and reads it.
    pub fn fetch(request: &BuildRequest, settings: &Settings) -> Result<(Address, Self), Error> {
        let address = Address::of(request)?;
        println!("getting {}", address.url(COMPLETE));
        let bytes = address.get(COMPLETE, settings)?;
        let book = Self::read(&bytes, &address.package, &address.version)?;
        println!(
            "read {} modules of {} {}",
            book.modules.len(),
            address.package,
            book.version
        );
        Ok((address, book))
    }

    /// Reads a complete zip, of a package and a version that may be `latest`.
    pub fn read(zip: &[u8], package: &str, version: &str) -> Result<Self, Error> {
        let archive = Archive::read(zip)?;
        let collection = archive
            .file("collection.xml")
            .ok_or_else(|| Error::failed("the repository's zip has no `collection.xml`: it is no collection"))?;
        let collection = Collection::read(collection)?;
        let version = match version {
            "latest" => archive.version_of(package).ok_or_else(|| {
                let folder = &archive.folder;
                Error::failed(format!(
                    "which version the latest is cannot be seen: the zip's folder is called `{folder}`"
                ))
            })?,
            version => version,
        };
        Ok(Self {
            version: version.to_owned(),
            modules: modules(&archive, &collection)?,
            collection,
            archive,
        })
    }

    /// A module by its id.
    pub fn module(&self, id: &str) -> Option<&Module> {
        self.modules.iter().find(|module| module.id == id)
    }

    /// The names of all pictures that are shown, each once.
    pub fn pictures(&self) -> BTreeSet<&str> {
        let mut pictures = BTreeSet::new();
        for module in &self.modules {
            block_pictures(&module.blocks, &mut pictures);
            each_inline(&module.blocks, &mut |piece| {
                if let Inline::Picture(picture) = piece {
                    pictures.insert(&picture.file);
                }
            });
        }
        pictures
    }
}

/// All formulas of a module.
pub fn formulas(module: &Module) -> Vec<&Element> {
    let mut formulas = vec![];
    each_inline(&module.blocks, &mut |piece| {
        if let Inline::Math(math) = piece {
            formulas.push(math);
        }
    });
    formulas
}

fn modules(archive: &Archive, collection: &Collection) -> Result<Vec<Module>, Error> {
    let mut titles = BTreeMap::new();
    add_titles(&collection.parts, &mut titles);
    let mut seen = BTreeSet::new();
    let mut modules = vec![];
    for id in collection.modules().filter(|id| seen.insert(*id)) {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        if id.is_empty() || !id.bytes().all(is_plain) {
            return Err(Error::failed(format!("`{}` is no id of a module", id.escape_debug())));
        }
        let mut module = Reader::new(archive, &titles, id).read()?;
        if module.title.is_empty() {
            titles.get(id).copied().unwrap_or(id).clone_into(&mut module.title);
        }
        modules.push(module);
    }
    let ids = modules
        .iter()
        .map(|module| (module.id.clone(), ids(&module.blocks)))
        .collect();
    for module in &mut modules {
        each_line(&mut module.blocks, &mut |line| resolve(line, &ids));
    }
    Ok(modules)
}

fn add_titles<'a>(parts: &'a [Part], titles: &mut BTreeMap<&'a str, &'a str>) {
    for part in parts {
        match part {
            Part::Module { id, title } => {
                titles.entry(id).or_insert(title);
            }
            Part::Chapter { parts, .. } => add_titles(parts, titles),
        }
    }
}

/// A link to a place that is not there leads to the module.
fn resolve(line: &mut Line, ids: &BTreeMap<String, BTreeSet<String>>) {
    for piece in line {
        match piece {
            Inline::Link(target, line) => {
                if let Target::Inside(module, id) = target
                    && !ids.get(module).is_some_and(|ids| ids.contains(id))
                {
                    id.clear();
                }
                resolve(line, ids);
            }
            Inline::Styled(_, line) | Inline::Footnote(line) => resolve(line, ids),
            Inline::Text(_) | Inline::Math(_) | Inline::Picture(_) | Inline::Break => {}
        }
    }
}

fn ids(blocks: &[Block]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for block in blocks {
        found.insert(block.id.clone());
        for inner in inner_blocks(&block.kind) {
            found.extend(ids(inner));
        }
    }
    found.remove("");
    found
}

fn inner_blocks(kind: &Kind) -> Vec<&[Block]> {
    match kind {
        Kind::Section(blocks) | Kind::Quotation(blocks) => vec![blocks],
        Kind::Figure { blocks, .. } | Kind::Aside { blocks, .. } => vec![blocks],
        Kind::List { items, .. } => items.iter().map(Vec::as_slice).collect(),
        Kind::Paragraph(_) | Kind::Picture(_) | Kind::Table(_) | Kind::Code { .. } | Kind::Formula(_) => vec![],
    }
}

/// Shows each piece of all lines, those that pieces consist of included.
fn each_inline<'a>(blocks: &'a [Block], see: &mut impl FnMut(&'a Inline)) {
    for block in blocks {
        for line in lines(block) {
            each_of_line(line, see);
        }
        for inner in inner_blocks(&block.kind) {
            each_inline(inner, see);
        }
    }
}

fn each_of_line<'a>(line: &'a Line, see: &mut impl FnMut(&'a Inline)) {
    for piece in line {
        see(piece);
        match piece {
            Inline::Styled(_, line) | Inline::Link(_, line) | Inline::Footnote(line) => each_of_line(line, see),
            Inline::Text(_) | Inline::Math(_) | Inline::Picture(_) | Inline::Break => {}
        }
    }
}

fn block_pictures<'a>(blocks: &'a [Block], pictures: &mut BTreeSet<&'a str>) {
    for block in blocks {
        if let Kind::Picture(picture) = &block.kind {
            pictures.insert(&picture.file);
        }
        for inner in inner_blocks(&block.kind) {
            block_pictures(inner, pictures);
        }
    }
}

fn lines(block: &Block) -> Vec<&Line> {
    let mut lines = vec![&block.title];
    match &block.kind {
        Kind::Paragraph(line) | Kind::Formula(line) | Kind::Figure { caption: line, .. } => lines.push(line),
        Kind::Table(table) => lines.extend(table.head.iter().chain(&table.body).flatten().map(|entry| &entry.line)),
        _ => {}
    }
    lines
}

fn each_line(blocks: &mut [Block], change: &mut impl FnMut(&mut Line)) {
    for block in blocks {
        change(&mut block.title);
        match &mut block.kind {
            Kind::Paragraph(line) | Kind::Formula(line) => change(line),
            Kind::Figure { blocks, caption } => {
                change(caption);
                each_line(blocks, change);
            }
            Kind::Section(blocks) | Kind::Quotation(blocks) | Kind::Aside { blocks, .. } => each_line(blocks, change),
            Kind::List { items, .. } => items.iter_mut().for_each(|item| each_line(item, change)),
            Kind::Table(table) => {
                let entries = table.head.iter_mut().chain(&mut table.body).flatten();
                entries.for_each(|entry| change(&mut entry.line));
            }
            Kind::Picture(_) | Kind::Code { .. } => {}
        }
    }
}

/// What a repository calls the zip with all of a collection.
const COMPLETE: &str = "complete";
