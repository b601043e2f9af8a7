//! Waiting for a clock.
//!
//! wasmtime-wasi puts the whole thread to sleep where it may do files' work on it, as it may here. Nothing could end such a sleep, so
//! one that waits for nothing else is done here, where it can be dropped.

use std::time::Duration;

use wiggle::{GuestMemory, GuestPtr};

use super::errno::Refusal;

/// Where a subscription has its fields.
#[derive(Clone, Copy)]
pub(super) struct Layout {
    pub(super) timeout: u32,
    pub(super) flags: u32,
}

impl Layout {
    pub(super) const PREVIEW1: Self = Self { timeout: 24, flags: 40 };
    /// Its clocks had an identifier besides.
    pub(super) const PREVIEW0: Self = Self { timeout: 32, flags: 48 };
}

/// How long the only subscription wants to sleep; none if it waits for something else, or for a time of day.
pub(super) fn wanted(
    memory: &GuestMemory<'_>,
    layout: Layout,
    subscription: i32,
    count: i32,
) -> Result<Option<Duration>, Refusal> {
    if count != 1 {
        return Ok(None);
    }
    let at = GuestPtr::<u8>::new(subscription.cast_unsigned());
    let kind = memory.read(at.add(KIND)?)?;
    let flags: u16 = memory.read(at.add(layout.flags)?.cast())?;
    if kind != CLOCK || flags & ABSOLUTE != 0 {
        return Ok(None);
    }
    let nanos: u64 = memory.read(at.add(layout.timeout)?.cast())?;
    Ok(Some(Duration::from_nanos(nanos)))
}

/// Tells the guest that it has slept.
pub(super) fn over(memory: &mut GuestMemory<'_>, subscription: i32, event: i32, count: i32) -> Result<(), Refusal> {
    let user_data: u64 = memory.read(GuestPtr::new(subscription.cast_unsigned()))?;
    let event = GuestPtr::<u8>::new(event.cast_unsigned());
    memory.copy_from_slice(&[0; EVENT as usize], event.as_array(EVENT))?;
    memory.write(event.cast(), user_data)?;
    memory.write(GuestPtr::new(count.cast_unsigned()), 1_u32)?;
    Ok(())
}

/// Where the kind of a subscription stands.
const KIND: u32 = 8;
const CLOCK: u8 = 0;
const ABSOLUTE: u16 = 1;
/// Bytes of an event. All but the number of its subscription is 0: no error, a clock.
const EVENT: u32 = 32;
