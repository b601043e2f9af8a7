  ;; Finds /work, /output, one mount and the current folder as descriptors 3 to 6, and nothing as 7. Writes `out` to the first
  ;; two, finds the first again in the last, fails with the byte in the mount's file `in`, and is refused what it may not do.
  (import "wasi_snapshot_preview1" "fd_prestat_get" (func $fd_prestat_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_close" (func $fd_close (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_open"
    (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (data (i32.const 64) "out")
  (data (i32.const 72) "in")
  (data (i32.const 80) "../in")
  (data (i32.const 96) "link/passwd")
  (data (i32.const 128) "\40\00\00\00\03\00\00\00")
  (data (i32.const 136) "\00\02\00\00\01\00\00\00")

  ;; Opens a path below a folder: flags 9 create and truncate, rights 64 write and 2 read. Returns the error number.
  (func $open (param $folder i32) (param $path i32) (param $length i32) (param $flags i32) (param $rights i64) (result i32)
    (call $path_open (local.get $folder) (i32.const 1) (local.get $path) (local.get $length) (local.get $flags)
      (local.get $rights) (i64.const 0) (i32.const 0) (i32.const 48)))

  (func $write (param $folder i32)
    (call $expect (call $open (local.get $folder) (i32.const 64) (i32.const 3) (i32.const 9) (i64.const 64)) (i32.const 0))
    (call $expect (call $fd_write (i32.load (i32.const 48)) (i32.const 128) (i32.const 1) (i32.const 52)) (i32.const 0))
    (call $expect (call $fd_close (i32.load (i32.const 48))) (i32.const 0)))

  (func $refused (param $errno i32)
    (if (i32.eqz (local.get $errno)) (then unreachable)))

  (func (export "run") (param i32) (result i32)
    (call $expect (call $fd_prestat_get (i32.const 6) (i32.const 48)) (i32.const 0))
    (call $refused (call $fd_prestat_get (i32.const 7) (i32.const 48)))
    (call $write (i32.const 3))
    (call $write (i32.const 4))
    (call $expect (call $open (i32.const 6) (i32.const 64) (i32.const 3) (i32.const 0) (i64.const 2)) (i32.const 0))
    ;; Not in a mount, not beside a folder, not through a link of the host.
    (call $refused (call $open (i32.const 5) (i32.const 64) (i32.const 3) (i32.const 9) (i64.const 64)))
    (call $refused (call $open (i32.const 5) (i32.const 72) (i32.const 2) (i32.const 8) (i64.const 64)))
    (call $refused (call $open (i32.const 4) (i32.const 80) (i32.const 5) (i32.const 0) (i64.const 2)))
    (call $refused (call $open (i32.const 5) (i32.const 96) (i32.const 11) (i32.const 0) (i64.const 2)))
    (call $expect (call $open (i32.const 5) (i32.const 72) (i32.const 2) (i32.const 0) (i64.const 2)) (i32.const 0))
    (call $expect (call $fd_read (i32.load (i32.const 48)) (i32.const 136) (i32.const 1) (i32.const 52)) (i32.const 0))
    (call $err (i32.const 0) (i32.const 512) (i32.const 1)))
