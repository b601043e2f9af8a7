  ;; Prints a line and sleeps for an hour.
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
  (data (i32.const 64) "\50\00\00\00\07\00\00\00")
  (data (i32.const 80) "asleep\0a")
  (func (export "run") (param i32) (result i32)
    (call $expect (call $fd_write (i32.const 1) (i32.const 64) (i32.const 1) (i32.const 48)) (i32.const 0))
    ;; One subscription: clock 1, the monotonic one, relative.
    (i32.store8 (i32.const 264) (i32.const 0))
    (i32.store (i32.const 272) (i32.const 1))
    (i64.store (i32.const 280) (i64.const 3600000000000))
    (call $expect (call $poll_oneoff (i32.const 256) (i32.const 512) (i32.const 1) (i32.const 48)) (i32.const 0))
    (call $ok (i32.const 0) (i32.const 0)))
