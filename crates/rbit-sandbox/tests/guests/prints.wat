  ;; Prints 100 lines of 100 bytes on stdout, one of them unfinished on stderr.
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (data (i32.const 64) "\80\00\00\00\64\00\00\00\00\01\00\00\04\00\00\00")
  (data (i32.const 256) "over")
  (func (export "run") (param i32) (result i32)
    (local $left i32)
    (memory.fill (i32.const 128) (i32.const 120) (i32.const 99))
    (i32.store8 (i32.const 227) (i32.const 10))
    (local.set $left (i32.const 100))
    (loop
      (call $expect (call $fd_write (i32.const 1) (i32.const 64) (i32.const 1) (i32.const 48)) (i32.const 0))
      (br_if 0 (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
    (call $expect (call $fd_write (i32.const 2) (i32.const 72) (i32.const 1) (i32.const 48)) (i32.const 0))
    (call $ok (i32.const 0) (i32.const 0)))
