  ;; Writes the file `out` in its first folder over and over, a chunk at a time.
  (import "wasi_snapshot_preview1" "fd_pwrite" (func $fd_pwrite (param i32 i32 i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_open"
    (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (data (i32.const 64) "out")
  (data (i32.const 128) "\00\02\00\00\00\00\01\00")
  (func (export "run") (param i32) (result i32)
    (call $expect (call $path_open (i32.const 3) (i32.const 1) (i32.const 64) (i32.const 3) (i32.const 9) (i64.const 68)
      (i64.const 0) (i32.const 0) (i32.const 48)) (i32.const 0))
    (loop
      (call $expect (call $fd_pwrite (i32.load (i32.const 48)) (i32.const 128) (i32.const 1) (i64.const 0) (i32.const 52))
        (i32.const 0))
      (br 0))
    (i32.const 0))
