  ;; Failed, with 256 KiB of text.
  (func (export "run") (param i32) (result i32)
    (memory.fill (i32.const 64) (i32.const 120) (i32.const 262144))
    (call $err (i32.const 0) (i32.const 64) (i32.const 262144)))
