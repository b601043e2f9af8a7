  ;; The end of every fixture: memory, and an allocator that never frees.
  (memory (export "memory") 8)
  (global $heap (mut i32) (i32.const 131072))
  (func (export "cabi_realloc") (param $old i32) (param $old-size i32) (param $align i32) (param $size i32) (result i32)
    (local $at i32)
    (local.set $at (i32.and (i32.add (global.get $heap) (i32.const 7)) (i32.const -8)))
    (global.set $heap (i32.add (local.get $at) (local.get $size)))
    (local.get $at))

  ;; Ok(names): `count` strings, each a pointer and a length, at `list`.
  (func $ok (param $list i32) (param $count i32) (result i32)
    (i32.store8 (i32.const 0) (i32.const 0))
    (i32.store (i32.const 4) (local.get $list))
    (i32.store (i32.const 8) (local.get $count))
    (i32.const 0))

  ;; Err(failed) for case 0, Err(blocked) for case 1.
  (func $err (param $case i32) (param $text i32) (param $length i32) (result i32)
    (i32.store8 (i32.const 0) (i32.const 1))
    (i32.store8 (i32.const 4) (local.get $case))
    (i32.store (i32.const 8) (local.get $text))
    (i32.store (i32.const 12) (local.get $length))
    (i32.const 0))

  ;; Traps unless the two are equal.
  (func $expect (param $actual i32) (param $expected i32)
    (if (i32.ne (local.get $actual) (local.get $expected)) (then unreachable)))
