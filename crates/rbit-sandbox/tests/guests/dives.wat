  ;; Recurses a thousand deep and comes back, for ever.
  (func $dive (param i32) (result i32)
    (if (i32.eqz (local.get 0)) (then (return (i32.const 0))))
    (i32.add (i32.const 1) (call $dive (i32.sub (local.get 0) (i32.const 1)))))
  (func (export "run") (param i32) (result i32)
    (loop (drop (call $dive (i32.const 1000))) (br 0))
    (i32.const 0))
