//! Functions that are too large to be compiled.
//!
//! The compiler's time and memory grow faster than the length of one function, and it cannot be interrupted. The largest functions
//! of real programs, the loops of interpreters, have a few hundred thousand bytes.

use wasmparser::{Parser, Payload};

use super::InvalidComponent;

/// Refuses a binary with a function that is too large. What is broken is the compiler's to say.
pub(super) fn check(binary: &[u8]) -> Result<(), InvalidComponent> {
    for payload in Parser::new(0).parse_all(binary) {
        let Ok(payload) = payload else { return Ok(()) };
        if let Payload::CodeSectionEntry(body) = payload {
            let bytes = body.range().len() as u64;
            if bytes > MAX_FUNCTION {
                return Err(InvalidComponent::HugeFunction {
                    bytes,
                    max: MAX_FUNCTION,
                });
            }
        }
    }
    Ok(())
}

const MAX_FUNCTION: u64 = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    fn component(instructions: usize) -> Vec<u8> {
        let body = "nop ".repeat(instructions);
        wat::parse_str(format!("(component (core module (func {body})))")).unwrap()
    }

    #[test]
    fn a_huge_function_is_found_inside_a_component() {
        assert!(check(&component(1000)).is_ok());
        let error = check(&component((1 << 20) + 1)).unwrap_err();
        assert!(matches!(error, InvalidComponent::HugeFunction { .. }), "{error}");
    }

    #[test]
    fn broken_bytes_are_left_to_the_compiler() {
        assert!(check(b"\0asm\x0d\0\x01\0broken").is_ok());
    }
}
