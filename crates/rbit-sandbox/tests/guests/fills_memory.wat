  ;; Fills all of a large memory, again and again, and says so before each time.
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (data (i32.const 64) "\50\00\00\00\06\00\00\00")
  (data (i32.const 80) "fills\0a")
  (func (export "run") (param i32) (result i32)
    (if (i32.eq (memory.grow (i32.const 16000)) (i32.const -1)) (then unreachable))
    (loop
      (call $expect (call $fd_write (i32.const 1) (i32.const 64) (i32.const 1) (i32.const 48)) (i32.const 0))
      (memory.fill (i32.const 1048576) (i32.const 7) (i32.const 1000000000))
      (br 0))
    (i32.const 0))
