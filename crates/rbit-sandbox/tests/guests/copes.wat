  ;; Takes memory until it is refused, and does without.
  (func (export "run") (param i32) (result i32)
    (loop (br_if 0 (i32.ne (memory.grow (i32.const 16)) (i32.const -1))))
    (call $ok (i32.const 0) (i32.const 0)))
