//! A child that compiles one component: it sees no file at all, and whatever it does is over when it ends.

use rbit_job::error_chain;
use rbit_sandbox::{Compiler, Kind, MAX_REASON, printable};

use super::{Steps, Talk, filter, greet, wall_in};
use crate::{
    harden::{self, Unfit, step},
    wire::{FromChild, Init, PIECE, ToChild},
};

pub(super) fn live(talk: &mut Talk, init: &Init, kind: Kind, mut steps: Steps) -> Result<(), Unfit> {
    let compiler = Compiler::new().map_err(step("start the compiler"))?;
    // It is looked up once, in files that are about to be out of reach.
    let _ = std::thread::available_parallelism();
    steps.done("engine");
    let landlock = wall_in(&[], &mut steps)?;
    filter(init, false, &mut steps)?;
    harden::test_without_folder()?;
    steps.done("self-test");
    greet(talk, init, landlock, false, steps);
    if let Some(source) = hear_source(talk) {
        compile(talk, &compiler, &source, kind);
    }
    Ok(())
}

/// Everything up to the empty piece; nothing if the parent left before that.
fn hear_source(talk: &mut Talk) -> Option<Vec<u8>> {
    let mut source = Vec::new();
    loop {
        match talk.hear() {
            Ok(Some(ToChild::Source(piece))) if piece.is_empty() => return Some(source),
            Ok(Some(ToChild::Source(piece))) => source.extend(piece),
            _ => return None,
        }
    }
}

fn compile(talk: &Talk, compiler: &Compiler, source: &[u8], kind: Kind) {
    match compiler.compile(source, kind) {
        Ok(compiled) => {
            for piece in compiled.artifact.chunks(PIECE as usize) {
                talk.say(&FromChild::Artifact(piece.to_vec()));
            }
            talk.say(&FromChild::Compiled(Box::new(compiled.info)));
        }
        Err(error) => talk.say(&FromChild::Refused(printable(&error_chain(&error), MAX_REASON))),
    }
}
