//! Debug information that would cost too much to read.
//!
//! When a guest traps, the engine looks file and line up in the component's own debug information. The reader that it has for that takes
//! what it finds: it calls itself for each function that was put into another, reads lists again for whoever refers to them, and copies
//! names of any length. A few kilobytes can end the process, and some more can have it read for ever. So what a reader would do is added
//! up first, and a component with too much of it is refused.

use std::collections::HashMap;

use gimli::{
    Abbreviation, AttributeValue, DebugAbbrevOffset, Dwarf, EndianSlice, EntriesRaw, LittleEndian, Reader as _,
    Section as _, Unit, UnitHeader,
    constants::{
        DW_AT_MIPS_linkage_name, DW_AT_linkage_name, DW_AT_name, DW_AT_ranges, DW_FORM_implicit_const,
        DW_TAG_inlined_subroutine, DW_TAG_subprogram, DwAt,
    },
};
use wasmparser::{Parser, Payload};

use super::InvalidComponent;

type Slice<'a> = EndianSlice<'a, LittleEndian>;

/// The sections of one module, by name: of two the last counts, as it does for the engine.
type Sections<'a> = HashMap<&'a str, &'a [u8]>;

/// Refuses a binary with such information in a module. What is broken is the compiler's to say.
pub(super) fn check(binary: &[u8]) -> Result<(), InvalidComponent> {
    let mut around: Vec<Sections<'_>> = Vec::new();
    let mut left = Left(MOST);
    for payload in Parser::new(0).parse_all(binary) {
        let Ok(payload) = payload else { return Ok(()) };
        match payload {
            Payload::Version { .. } => around.push(Sections::new()),
            Payload::CustomSection(section) => {
                if let Some(sections) = around.last_mut() {
                    sections.insert(section.name(), section.data());
                }
            }
            Payload::End(_) => {
                let sections = around.pop().unwrap_or_default();
                add_up(&sections, &mut left).map_err(|why| InvalidComponent::DebugInfo { why })?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// Why information is not used.
enum Stop {
    /// This is too much.
    TooMuch(&'static str),
    /// The reader stops here as well.
    Broken,
}

impl From<gimli::Error> for Stop {
    fn from(_: gimli::Error) -> Self {
        Self::Broken
    }
}

/// Bytes that a reader may yet take up.
struct Left(u64);

impl Left {
    fn spend(&mut self, bytes: u64) -> Result<(), Stop> {
        self.0 = self
            .0
            .checked_sub(bytes)
            .ok_or(Stop::TooMuch("there is too much of it"))?;
        Ok(())
    }
}

/// Adds up what reading the information of one module takes.
fn add_up(sections: &Sections<'_>, left: &mut Left) -> Result<(), &'static str> {
    let section = |id: gimli::SectionId| {
        let bytes = sections.get(id.name()).copied().unwrap_or_default();
        Ok::<_, gimli::Error>(Slice::new(bytes, LittleEndian))
    };
    let Ok(dwarf) = Dwarf::load(section) else { return Ok(()) };
    match add_up_units(&dwarf, left) {
        Err(Stop::TooMuch(why)) => Err(why),
        Ok(()) | Err(Stop::Broken) => Ok(()),
    }
}

fn add_up_units(dwarf: &Dwarf<Slice<'_>>, left: &mut Left) -> Result<(), Stop> {
    left.spend(dwarf.debug_aranges.reader().len() as u64 * OF_A_RANGE)?;
    let mut units = dwarf.units();
    while let Some(header) = units.next()? {
        // The others are read all the same.
        unless_broken(add_up_unit(dwarf, header, left))?;
    }
    Ok(())
}

fn add_up_unit(dwarf: &Dwarf<Slice<'_>>, header: UnitHeader<Slice<'_>>, left: &mut Left) -> Result<(), Stop> {
    left.spend(OF_A_UNIT)?;
    let abbreviations = dwarf.debug_abbrev.reader();
    left.spend(table_length(abbreviations, header.debug_abbrev_offset())? * OF_AN_ABBREVIATION)?;
    left.spend(unless_broken(program_length(dwarf, &header))? * OF_A_LINE)?;
    let unit = dwarf.unit(header)?;
    let unit = Found { dwarf, unit: &unit };
    unless_broken(unit.add_up_files(left))?;
    unit.add_up_entries(left)
}

/// Bytes of a table of abbreviations, which each unit that refers to it has for itself.
fn table_length(section: &Slice<'_>, at: DebugAbbrevOffset<usize>) -> Result<u64, Stop> {
    let mut table = *section;
    table.skip(at.0)?;
    let whole = table.len();
    while table.read_uleb128()? != 0 {
        table.read_uleb128()?;
        table.read_u8()?;
        loop {
            let (name, form) = (table.read_uleb128()?, table.read_uleb128()?);
            if form == u64::from(DW_FORM_implicit_const.0) {
                table.read_sleb128()?;
            }
            if (name, form) == (0, 0) {
                break;
            }
        }
    }
    Ok((whole - table.len()) as u64)
}

/// Bytes of a unit's program of lines, looked for without reading it.
fn program_length(dwarf: &Dwarf<Slice<'_>>, header: &UnitHeader<Slice<'_>>) -> Result<u64, Stop> {
    let abbreviations = header.abbreviations(&dwarf.debug_abbrev)?;
    let mut entries = header.entries_raw(&abbreviations, None)?;
    let Some(root) = entries.read_abbreviation()? else {
        return Ok(0);
    };
    for spec in root.attributes() {
        let attribute = entries.read_attribute(*spec)?;
        if let AttributeValue::DebugLineRef(at) = attribute.value() {
            let mut program = *dwarf.debug_line.reader();
            program.skip(at.0)?;
            let (length, _) = program.read_initial_length()?;
            return Ok(length.min(program.len()) as u64);
        }
    }
    Ok(0)
}

struct Found<'d, 'a> {
    dwarf: &'d Dwarf<Slice<'a>>,
    unit: &'d Unit<Slice<'a>>,
}

impl<'a> Found<'_, 'a> {
    /// The path of each file is written out once.
    fn add_up_files(&self, left: &mut Left) -> Result<(), Stop> {
        let Some(program) = &self.unit.line_program else {
            return Ok(());
        };
        let folder = self.unit.comp_dir.map_or(0, |folder| folder.len() as u64);
        if folder > LONGEST {
            return Err(TOO_LONG);
        }
        for file in program.header().file_names() {
            let name = unless_broken(self.text_length(file.path_name()))?;
            let in_folder = file
                .directory(program.header())
                .map(|folder| unless_broken(self.text_length(folder)));
            left.spend(folder + name + in_folder.transpose()?.unwrap_or_default())?;
        }
        Ok(())
    }

    fn add_up_entries(&self, left: &mut Left) -> Result<(), Stop> {
        let mut entries = self.unit.header.entries_raw(&self.unit.abbreviations, None)?;
        // At which depths functions were put into those around this entry.
        let mut inside: Vec<isize> = Vec::new();
        while !entries.is_empty() {
            let depth = entries.next_depth();
            let Some(entry) = entries.read_abbreviation()? else {
                continue;
            };
            let is_function = [DW_TAG_subprogram, DW_TAG_inlined_subroutine].contains(&entry.tag());
            left.spend(if is_function { OF_A_FUNCTION } else { OF_AN_ENTRY })?;
            while inside.pop_if(|outer| *outer >= depth).is_some() {}
            if entry.tag() == DW_TAG_inlined_subroutine {
                inside.push(depth);
            }
            if inside.len() > DEEPEST {
                return Err(Stop::TooMuch("functions are put into each other too deep"));
            }
            left.spend(OF_AN_ATTRIBUTE.saturating_mul(entry.attributes().len() as u64))?;
            // The reader passes over what it does not need, and so over what is broken there: it must be followed by one that does, too.
            unless_broken(self.add_up_attributes(entries.clone(), entry, is_function || depth == 0, left))?;
            entries.skip_attributes(entry.attributes())?;
        }
        Ok(())
    }

    fn add_up_attributes(
        &self,
        mut entries: EntriesRaw<'_, Slice<'a>>,
        entry: &Abbreviation,
        has_ranges: bool,
        left: &mut Left,
    ) -> Result<(), Stop> {
        for spec in entry.attributes() {
            let attribute = entries.read_attribute(*spec)?;
            if attribute.name() == DW_AT_ranges && has_ranges {
                unless_broken(self.add_up_ranges(attribute.value(), left))?;
            } else if NAMES.contains(&attribute.name()) {
                unless_broken(self.text_length(attribute.value()))?;
            }
        }
        Ok(())
    }

    fn add_up_ranges(&self, value: AttributeValue<Slice<'a>>, left: &mut Left) -> Result<(), Stop> {
        let Some(list) = self.dwarf.attr_ranges_offset(self.unit, value)? else {
            return Ok(());
        };
        let mut ranges = self.dwarf.raw_ranges(self.unit, list)?;
        while ranges.next()?.is_some() {
            left.spend(OF_A_RANGE)?;
        }
        Ok(())
    }

    /// Bytes of a text. One that has no end within bounds is too long: it is not looked for.
    fn text_length(&self, value: AttributeValue<Slice<'a>>) -> Result<u64, Stop> {
        let strings = |section: &Slice<'_>, at: usize| {
            let mut text = *section;
            text.skip(at)?;
            let rest = text.slice();
            let near = rest.get(..rest.len().min(LONGEST as usize + 1)).unwrap_or_default();
            let end = near.iter().position(|byte| *byte == 0);
            end.map(|end| end as u64).ok_or(TOO_LONG)
        };
        match value {
            AttributeValue::String(text) if text.len() as u64 > LONGEST => Err(TOO_LONG),
            AttributeValue::String(text) => Ok(text.len() as u64),
            AttributeValue::DebugStrRef(at) => strings(self.dwarf.debug_str.reader(), at.0),
            AttributeValue::DebugLineStrRef(at) => strings(self.dwarf.debug_line_str.reader(), at.0),
            AttributeValue::DebugStrOffsetsIndex(index) => {
                let at = self.dwarf.string_offset(self.unit, index)?;
                strings(self.dwarf.debug_str.reader(), at.0)
            }
            _ => Ok(0),
        }
    }
}

/// What is broken is passed over.
fn unless_broken<T: Default>(result: Result<T, Stop>) -> Result<T, Stop> {
    match result {
        Err(Stop::Broken) => Ok(T::default()),
        other => other,
    }
}

/// What a function is called by.
const NAMES: [DwAt; 3] = [DW_AT_name, DW_AT_linkage_name, DW_AT_MIPS_linkage_name];
const TOO_LONG: Stop = Stop::TooMuch("it has a name that is too long");
/// Bytes of a name. The longest that compilers make of types within types have some ten thousand.
const LONGEST: u64 = 64 << 10;
/// Functions that are put into each other: the reader calls itself for each.
const DEEPEST: usize = 64;
/// Bytes that a reader may take up for all modules of a component.
const MOST: u64 = 512 << 20;
// What it takes up for each of these.
const OF_A_UNIT: u64 = 1 << 10;
const OF_AN_ABBREVIATION: u64 = 16;
const OF_A_LINE: u64 = 32;
const OF_A_RANGE: u64 = 40;
const OF_A_FUNCTION: u64 = 160;
const OF_AN_ENTRY: u64 = 16;
const OF_AN_ATTRIBUTE: u64 = 2;

#[cfg(test)]
mod tests {
    use super::*;

    /// A module with one unit of DWARF 4: its entries, and how they are abbreviated.
    fn module(entries: &[u8], abbreviations: &[u8], more: &[(&str, &[u8])]) -> Vec<u8> {
        let length = u32::try_from(7 + entries.len()).unwrap().to_le_bytes();
        let unit = [&length[..], &[4, 0, 0, 0, 0, 0, 4], entries].concat();
        let mut module = wat::parse_str("(module)").unwrap();
        let sections = [(".debug_info", unit.as_slice()), (".debug_abbrev", abbreviations)];
        for (name, bytes) in sections.into_iter().chain(more.iter().copied()) {
            let content = [&[name.len() as u8], name.as_bytes(), bytes].concat();
            let mut size = content.len();
            module.push(0);
            while size >= 0x80 {
                module.push(size as u8 | 0x80);
                size >>= 7;
            }
            module.push(size as u8);
            module.extend(content);
        }
        module
    }

    fn refusal(module: &[u8]) -> Option<String> {
        check(module).err().map(|error| error.to_string())
    }

    /// A unit (1); a function that was put into another (2), and one of its own with a name in the strings (3) or a list of ranges (4).
    const ABBREVIATIONS: &[u8] = &[
        1, 0x11, 1, 0, 0, 2, 0x1d, 1, 0, 0, 3, 0x2e, 0, 0x03, 0x0e, 0, 0, 4, 0x2e, 0, 0x55, 0x17, 0, 0, 0,
    ];

    #[test]
    fn functions_are_put_into_each_other_so_deep_and_no_deeper() {
        let nested = |depth: usize| {
            let ends = vec![0; depth + 1];
            module(&[&[1][..], &vec![2; depth], &ends].concat(), ABBREVIATIONS, &[])
        };
        assert_eq!(refusal(&nested(DEEPEST)), None);
        assert!(refusal(&nested(DEEPEST + 1)).unwrap().contains("too deep"));
        // Side by side there may be many.
        let beside = module(&[&[1][..], &[2, 0].repeat(1000), &[0]].concat(), ABBREVIATIONS, &[]);
        assert_eq!(refusal(&beside), None);
    }

    #[test]
    fn nothing_is_hidden_behind_what_is_broken() {
        // Of another kind, with a number that has too many bytes, which the reader passes over.
        let abbreviations = [
            &ABBREVIATIONS[..ABBREVIATIONS.len() - 1],
            &[5, 0x34, 0, 0x3b, 0x0f, 0, 0, 0],
        ]
        .concat();
        let number = [&[5][..], &[0xff; 12], &[1]].concat();
        let ends = vec![0; DEEPEST + 2];
        let entries = [&[1][..], &number, &[2; DEEPEST + 1], &ends].concat();
        assert!(
            refusal(&module(&entries, &abbreviations, &[]))
                .unwrap()
                .contains("too deep")
        );
    }

    #[test]
    fn no_name_is_longer_than_a_compilers() {
        let named = |length: usize| {
            let strings = [&vec![b'x'; length][..], &[0]].concat();
            module(&[1, 3, 0, 0, 0, 0, 0], ABBREVIATIONS, &[(".debug_str", &strings)])
        };
        assert_eq!(refusal(&named(1000)), None);
        assert!(refusal(&named(1 << 20)).unwrap().contains("a name that is too long"));
    }

    #[test]
    fn a_list_counts_for_everyone_who_refers_to_it() {
        let ranges: Vec<u8> = (1..2000_u32)
            .flat_map(|at| [at.to_le_bytes(), (at + 1).to_le_bytes()].concat())
            .chain([0; 8])
            .collect();
        let refers = |times: usize| {
            let entries = [&[1][..], &[4, 0, 0, 0, 0].repeat(times), &[0]].concat();
            module(&entries, ABBREVIATIONS, &[(".debug_ranges", &ranges)])
        };
        assert_eq!(refusal(&refers(100)), None);
        assert!(refusal(&refers(100_000)).unwrap().contains("too much of it"));
    }

    #[test]
    fn information_that_cannot_be_read_is_no_obstacle() {
        for broken in [
            module(&[9, 9, 9], ABBREVIATIONS, &[]),
            module(&[1], &[], &[]),
            module(&[1, 3, 0xff, 0xff, 0, 0, 0], ABBREVIATIONS, &[]),
            wat::parse_str("(module (@custom \".debug_info\" \"x\"))").unwrap(),
        ] {
            assert_eq!(refusal(&broken), None);
        }
    }
}
