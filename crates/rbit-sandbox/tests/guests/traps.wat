  ;; Says something on stderr, as a panic does, and traps.
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (data (i32.const 64) "\50\00\00\00\1a\00\00\00")
  (data (i32.const 80) "panicked at lib.rs:7:\0aboom\0a")
  (func $innermost unreachable)
  (func (export "run") (param i32) (result i32)
    (call $expect (call $fd_write (i32.const 2) (i32.const 64) (i32.const 1) (i32.const 48)) (i32.const 0))
    (call $innermost)
    (i32.const 0))
