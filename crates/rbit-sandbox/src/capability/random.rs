//! Random numbers: wasmtime-wasi's, and how many were asked for at once.

use wasmtime::{Result, component::HasData};
use wasmtime_wasi::{
    p2::bindings::random::{insecure, random},
    random::WasiRandomCtx,
};

use crate::meters::Meters;

/// Names the view for the linker.
pub(crate) struct Random;

impl HasData for Random {
    type Data<'a> = RandomView<'a>;
}

/// The random numbers of one guest during one call.
pub(crate) struct RandomView<'a> {
    pub(crate) inner: &'a mut WasiRandomCtx,
    pub(crate) meters: &'a Meters,
}

impl random::Host for RandomView<'_> {
    fn get_random_bytes(&mut self, length: u64) -> Result<Vec<u8>> {
        let bytes = random::Host::get_random_bytes(self.inner, length)?;
        self.meters.note_random(length);
        Ok(bytes)
    }

    fn get_random_u64(&mut self) -> Result<u64> {
        random::Host::get_random_u64(self.inner)
    }
}

impl insecure::Host for RandomView<'_> {
    fn get_insecure_random_bytes(&mut self, length: u64) -> Result<Vec<u8>> {
        let bytes = insecure::Host::get_insecure_random_bytes(self.inner, length)?;
        self.meters.note_random(length);
        Ok(bytes)
    }

    fn get_insecure_random_u64(&mut self) -> Result<u64> {
        insecure::Host::get_insecure_random_u64(self.inner)
    }
}
