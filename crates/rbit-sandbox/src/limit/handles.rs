//! How many handles there were at once.

use wasmtime::component::ResourceTable;

/// The most that a table held at one time. It is of no use afterwards: all its free places are taken.
///
/// A table takes free places first, and grows only when there is none. So it has as many places as there ever were entries at once; they
/// are counted by taking them.
pub(crate) fn most(table: &mut ResourceTable) -> u64 {
    let mut places = table.iter_mut().count() as u64;
    // It grows no more.
    table.set_max_capacity(0);
    while table.push(()).is_ok() {
        places += 1;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_held_at_one_time_counts_whatever_is_left_of_it() {
        let mut table = ResourceTable::new();
        let held: Vec<_> = (0..5).map(|number| table.push(number).unwrap()).collect();
        for handle in held {
            table.delete(handle).unwrap();
        }
        let again = table.push(7).unwrap();
        table.push(8).unwrap();
        table.delete(again).unwrap();
        assert_eq!(most(&mut table), 5);
        assert_eq!(most(&mut ResourceTable::new()), 0);
    }
}
