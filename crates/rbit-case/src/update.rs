//! The text of a case that would have been met, with its comments and everything else kept.
//!
//! What says exactly what must be (an outcome, a text, a digest) is rewritten. What says less (a part of a text, an expression) stays:
//! what it should say instead, nobody can tell.

use std::path::{Path, PathBuf};

use rbit_job::OutcomeKind;
use toml_edit::{Array, ArrayOfTables, DocumentMut, InlineTable, Item, Table, TableLike, Value, value};

use crate::{
    CaseError, Observed,
    compare::{ReadFile, digest},
    observed::{Delivered, Requested},
};

/// What is to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rewritten {
    /// The text of the case's file.
    pub text: String,
    /// Files of expectations, from the folder of the case.
    pub files: Vec<(PathBuf, Vec<u8>)>,
}

/// Rewrites the expectations of a case that what came of it does not meet.
pub fn update(path: &Path, text: &str, observed: &Observed, read: ReadFile<'_>) -> Result<Rewritten, CaseError> {
    let wrong = |text: String| CaseError::Toml {
        path: path.to_owned(),
        text,
    };
    let mut document: DocumentMut = text
        .parse()
        .map_err(|error: toml_edit::TomlError| wrong(error.to_string()))?;
    let mut files = Files {
        folder: path.parent().unwrap_or(Path::new("/")),
        read,
        written: Vec::new(),
    };
    let expect = document.entry("expect").or_insert_with(|| Item::Table(Table::new()));
    let expect = expect
        .as_table_like_mut()
        .ok_or_else(|| wrong("`expect` is no table".to_owned()))?;
    outcome(expect, observed);
    artifacts(expect, &observed.artifacts, &mut files);
    requests(expect, &observed.requests);
    if let Some(log) = expect.get_mut("log").and_then(Item::as_table_like_mut) {
        for (key, is_stderr) in [("stdout", false), ("stderr", true)] {
            replace(log, key, observed.stream(is_stderr));
        }
    }
    Ok(Rewritten {
        text: document.to_string(),
        files: files.written,
    })
}

/// The files that expectations name.
struct Files<'a> {
    folder: &'a Path,
    read: ReadFile<'a>,
    written: Vec<(PathBuf, Vec<u8>)>,
}

impl Files<'_> {
    fn set(&mut self, name: &str, bytes: &[u8]) {
        let path = self.folder.join(name);
        if (self.read)(&path).ok().as_deref() != Some(bytes) {
            self.written.push((path, bytes.to_owned()));
        }
    }
}

fn outcome(expect: &mut dyn TableLike, observed: &Observed) {
    let known = expect
        .get("outcome")
        .and_then(Item::as_str)
        .unwrap_or(OutcomeKind::Done.as_str());
    if known != observed.kind().as_str() {
        let word = observed.kind().as_str();
        match expect.contains_key("outcome") {
            true => replace(expect, "outcome", word.to_owned()),
            false => drop(expect.insert("outcome", value(word))),
        }
    }
    replace(expect, "reason", observed.reason.as_str().to_owned());
    replace(expect, "text", observed.text.clone());
}

/// Files that are not delivered go, those that are listed get what they say exactly, and new ones are put at the end.
fn artifacts(expect: &mut dyn TableLike, delivered: &[Delivered], files: &mut Files<'_>) {
    let find = |table: &dyn TableLike| {
        let name = table.get("name").and_then(Item::as_str).unwrap_or_default();
        delivered.iter().find(|file| file.name == name)
    };
    let mut listed = Vec::new();
    let mut visit = |table: &mut dyn TableLike| match find(table) {
        None => false,
        Some(file) => {
            listed.push(file.name.clone());
            artifact(table, file, files);
            true
        }
    };
    match expect.get_mut("artifacts") {
        Some(Item::ArrayOfTables(tables)) => {
            let kept: Vec<_> = tables.iter_mut().map(|table| visit(table)).collect();
            keep(kept, |keep| tables.retain(|_| keep()));
        }
        Some(Item::Value(Value::Array(tables))) => {
            let tables_mut = tables.iter_mut().map(Value::as_inline_table_mut);
            let kept: Vec<_> = tables_mut.map(|table| table.is_none_or(|table| visit(table))).collect();
            keep(kept, |keep| tables.retain(|_| keep()));
        }
        _ => {}
    }
    for file in delivered.iter().filter(|file| !listed.contains(&file.name)) {
        append(expect, "artifacts", new_artifact(file));
    }
    if is_empty_list(expect.get("artifacts")) {
        expect.remove("artifacts");
    }
}

/// Calls `retain` with what says for each place in turn whether it stays.
fn keep(kept: Vec<bool>, retain: impl FnOnce(&mut dyn FnMut() -> bool)) {
    let mut kept = kept.into_iter();
    retain(&mut || kept.next().unwrap_or(true));
}

fn artifact(table: &mut dyn TableLike, file: &Delivered, files: &mut Files<'_>) {
    if table.contains_key("text") {
        match std::str::from_utf8(&file.bytes) {
            Ok(text) => replace(table, "text", text.to_owned()),
            Err(_) => {
                table.remove("text");
                table.insert("sha256", value(digest(&file.bytes)));
            }
        }
    }
    replace(table, "sha256", digest(&file.bytes));
    let size = i64::try_from(file.bytes.len()).unwrap_or(i64::MAX);
    let is_other = table
        .get("size")
        .and_then(Item::as_integer)
        .is_some_and(|known| known != size);
    if is_other {
        set(table, "size", size.into());
    }
    if let Some(name) = table.get("file").and_then(Item::as_str).map(str::to_owned) {
        files.set(&name, &file.bytes);
    }
    json(table, &file.bytes);
}

/// The values that pointers lead to; a pointer that leads nowhere any more goes.
fn json(table: &mut dyn TableLike, bytes: &[u8]) {
    let Ok(whole) = serde_json::from_slice::<serde_json::Value>(bytes) else {
        return;
    };
    let Some(pointers) = table.get_mut("json").and_then(Item::as_table_like_mut) else {
        return;
    };
    let keys: Vec<_> = pointers.iter().map(|(key, _)| key.to_owned()).collect();
    for key in keys {
        let Some(found) = whole.pointer(&key).and_then(of_json) else {
            pointers.remove(&key);
            continue;
        };
        let is_same = pointers
            .get(&key)
            .and_then(Item::as_value)
            .is_some_and(|known| plain(known) == plain(&found));
        if !is_same {
            set(pointers, &key, found);
        }
    }
}

/// The value without what stands around it.
fn plain(value: &Value) -> String {
    let mut value = value.clone();
    value.decor_mut().clear();
    value.to_string()
}

/// A JSON value as TOML has it; TOML has no null.
fn of_json(json: &serde_json::Value) -> Option<Value> {
    Some(match json {
        serde_json::Value::Null => return None,
        serde_json::Value::Bool(flag) => (*flag).into(),
        serde_json::Value::Number(number) => match number.as_i64() {
            Some(whole) => whole.into(),
            None => number.as_f64()?.into(),
        },
        serde_json::Value::String(text) => text.as_str().into(),
        serde_json::Value::Array(items) => Value::Array(items.iter().map(of_json).collect::<Option<Array>>()?),
        serde_json::Value::Object(entries) => {
            let pairs = entries.iter().map(|(key, item)| Some((key.clone(), of_json(item)?)));
            Value::InlineTable(pairs.collect::<Option<InlineTable>>()?)
        }
    })
}

/// A list of requests that is not what was made becomes what was made.
fn requests(expect: &mut dyn TableLike, made: &[Requested]) {
    if !expect.contains_key("requests") || !differs(expect.get("requests"), made) {
        return;
    }
    expect.remove("requests");
    let mut counted: Vec<(&Requested, i64)> = Vec::new();
    for request in made {
        match counted.iter_mut().find(|(known, _)| *known == request) {
            Some((_, times)) => *times += 1,
            None => counted.push((request, 1)),
        }
    }
    if counted.is_empty() {
        expect.insert("requests", value(Array::new()));
    }
    for (request, times) in counted {
        let mut table = Table::new();
        if request.method != "GET" {
            table.insert("method", value(&request.method));
        }
        table.insert("url", value(&request.url));
        if request.is_refused {
            table.insert("refused", value(true));
        }
        if times != 1 {
            table.insert("times", value(times));
        }
        append(expect, "requests", table);
    }
}

/// Whether a list would be told of: one that is met, with its patterns, stays.
fn differs(item: Option<&Item>, made: &[Requested]) -> bool {
    let mut document = DocumentMut::new();
    document.insert("runner", value("x"));
    let mut expect = Table::new();
    expect.insert("requests", item.cloned().unwrap_or_default());
    document.insert("expect", Item::Table(expect));
    let text = document.to_string();
    let source = crate::case::Source {
        path: Path::new("/"),
        text: &text,
    };
    let Ok(case) = crate::Case::read(source, None) else {
        return false;
    };
    let answered: Vec<_> = made
        .iter()
        .map(|request| Requested {
            is_unanswered: false,
            ..request.clone()
        })
        .collect();
    !crate::compare::differing_requests(case.expect.requests.as_deref(), &answered).is_empty()
}

fn new_artifact(file: &Delivered) -> Table {
    let mut table = Table::new();
    table.insert("name", value(&file.name));
    let text = std::str::from_utf8(&file.bytes).ok();
    let is_plain = |text: &&str| text.len() <= MAX_TEXT && !text.contains(|c: char| c.is_control() && c != '\n');
    match text.filter(is_plain) {
        Some(text) => table.insert("text", value(text)),
        None => table.insert("sha256", value(digest(&file.bytes))),
    };
    table
}

/// Puts a table at the end of a list of either form.
fn append(expect: &mut dyn TableLike, key: &str, table: Table) {
    match expect.get_mut(key) {
        Some(Item::ArrayOfTables(tables)) => tables.push(table),
        Some(Item::Value(Value::Array(tables))) => tables.push(Value::InlineTable(table.into_inline_table())),
        _ => {
            let mut tables = ArrayOfTables::new();
            tables.push(table);
            expect.insert(key, Item::ArrayOfTables(tables));
        }
    }
}

fn is_empty_list(item: Option<&Item>) -> bool {
    item.is_some_and(|item| match item {
        Item::ArrayOfTables(tables) => tables.is_empty(),
        _ => false,
    })
}

/// Gives a text that is there another value, and keeps the comment behind it.
fn replace(table: &mut dyn TableLike, key: &str, text: String) {
    if table.get(key).and_then(Item::as_str).is_some_and(|known| known != text) {
        set(table, key, text.into());
    }
}

fn set(table: &mut dyn TableLike, key: &str, mut new: Value) {
    if let Some(old) = table.get_mut(key).and_then(Item::as_value_mut) {
        *new.decor_mut() = old.decor().clone();
        *old = new;
    }
}

/// Bytes of a text that is written into a case.
const MAX_TEXT: usize = 2000;

#[cfg(test)]
mod tests;
