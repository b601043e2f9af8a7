//! Compiling apart from running: in a process that may end over it.

use std::hash::{Hash as _, Hasher};

use sha2::{Digest, Sha256};
use wasmtime::Engine;

use super::{
    ComponentInfo, InvalidComponent, Kind, debug_info, encode,
    entry::Code,
    loader::{boxed, describe},
};
use crate::{
    EngineError, engine,
    linker::{self, Linkers},
};

/// Makes artifacts of components: machine code that [`Precompiled`](super::Precompiled) loads.
pub struct Compiler {
    linkers: Linkers,
}

/// What a component became.
#[derive(Debug)]
pub struct Compiled {
    /// The artifact. Whoever can change it decides what is executed: it is kept where only this program can write.
    pub artifact: Vec<u8>,
    /// What the component is.
    pub info: ComponentInfo,
}

impl Compiler {
    /// A compiler for the engine that sandboxes have.
    pub fn new() -> Result<Self, EngineError> {
        let linkers = linker::prepare(&engine::for_compiling()?)?;
        Ok(Self { linkers })
    }

    /// Compiles the component, or the core module, in `bytes`, and checks that it is of its kind. It takes as long as it takes, and as
    /// much memory; a panic of the compiler is not caught.
    pub fn compile(&self, bytes: &[u8], kind: Kind) -> Result<Compiled, InvalidComponent> {
        let engine = self.linkers.engine();
        let binary = encode::binary(engine, bytes, kind)?;
        debug_info::check(&binary)?;
        let invalid = |error| InvalidComponent::Compile(boxed(error));
        let artifact = Code::precompile(engine, &binary).map_err(invalid)?;
        #[expect(unsafe_code, reason = "there is no other way to look at what was compiled")]
        // SAFETY: the engine wrote these bytes a moment ago, and nobody else has had them.
        let code = unsafe { Code::deserialize(engine, &artifact) }.map_err(invalid)?;
        code.link(&self.linkers, kind)?;
        let info = describe(engine, &code, kind, bytes, &Sha256::digest(bytes).into());
        Ok(Compiled { artifact, info })
    }

    /// What must be equal for an artifact to be of use as this kind: 16 hexadecimal digits, and the kind.
    pub fn compatibility(&self, kind: Kind) -> String {
        kind.marked(compatibility(self.linkers.engine()))
    }
}

/// 16 hexadecimal digits that stand for the engine, how it is set up, the machine, how core modules become components, and what is looked
/// at before.
pub(super) fn compatibility(engine: &Engine) -> String {
    let mut hasher = Sha256Hasher(Sha256::new());
    hasher.write(env!("CARGO_PKG_VERSION").as_bytes());
    hasher.write(CHECKS);
    engine.precompile_compatibility_hash().hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

/// The hasher of the standard library may differ from one toolchain to the next; artifacts outlive those.
struct Sha256Hasher(Sha256);

impl Hasher for Sha256Hasher {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        let digest = self.0.clone().finalize();
        digest
            .iter()
            .take(8)
            .fold(0, |number, byte| number << 8 | u64::from(*byte))
    }
}

/// Changes with what a component is refused for before it is compiled.
const CHECKS: &[u8] = b"debug information";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_engine_is_compatible_with_itself() {
        let of_one = Compiler::new().unwrap().compatibility(Kind::Runner);
        let of_other = Compiler::new().unwrap().compatibility(Kind::Runner);
        assert_eq!((of_one.len(), of_one), (16, of_other));
    }
}
