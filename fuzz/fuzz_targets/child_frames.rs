//! Any bytes as what a process with guests says: they are frames or a violation, whatever pieces they come in, and the words of a
//! violation are fit to be shown.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rbit_jail::wire::{Decoder, Frame, FromChild, MAX_BUFFERED, Side, ToChild, Violation};

fuzz_target!(|bytes: &[u8]| {
    let Some((&cut, bytes)) = bytes.split_first() else {
        return;
    };
    let whole = decoded(bytes, bytes.len());
    let pieces = decoded(bytes, usize::from(cut) + 1);
    assert_eq!(whole, pieces, "it depends on where the stream was cut");
    let (frames, end) = whole;
    let mut again: Vec<u8> = Vec::new();
    for frame in frames {
        again.extend(frame.encode().expect("a frame that came is one that can be sent"));
        read(frame);
    }
    assert!(bytes.starts_with(&again));
    match end {
        Ok(()) => assert_eq!(again, bytes),
        Err(violation) => is_fit_to_be_shown(&violation),
    }
});

/// The frames, and how the stream ended.
fn decoded(bytes: &[u8], cut: usize) -> (Vec<Frame>, Result<(), Violation>) {
    let mut decoder = Decoder::new(Side::Child);
    let mut frames = Vec::new();
    for piece in bytes.chunks(cut.max(1)) {
        decoder.feed(piece);
        loop {
            match decoder.frame() {
                Ok(Some(frame)) => {
                    assert!(frame.body.len() <= MAX_BUFFERED);
                    frames.push(frame);
                }
                Ok(None) => break,
                Err(violation) => return (frames, Err(violation)),
            }
        }
    }
    (frames, decoder.finish())
}

/// What it means, which is what it meant when it is said again.
fn read(frame: Frame) {
    match FromChild::read(frame.clone()) {
        Ok(message) => {
            // Shorter or longer by blanks, other forms of numbers and characters: what is the same is what they mean.
            let Some(said) = message.encode() else { return };
            let mut decoder = Decoder::new(Side::Child);
            decoder.feed(&said);
            let heard = decoder.frame().expect("our own frame").expect("whole");
            let heard = FromChild::read(heard).expect("our own message");
            assert_eq!(format!("{heard:?}"), format!("{message:?}"));
        }
        Err(violation) => is_fit_to_be_shown(&violation),
    }
    // A child reads with the same code.
    if let Err(violation) = ToChild::read(frame) {
        is_fit_to_be_shown(&violation);
    }
}

fn is_fit_to_be_shown(violation: &Violation) {
    let shown = violation.to_string();
    assert!(shown.len() < 1000 && !shown.chars().any(char::is_control), "{shown:?}");
}
