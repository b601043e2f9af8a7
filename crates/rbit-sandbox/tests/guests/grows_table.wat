  ;; Takes elements for its table until it is refused, and gives up.
  (table $table 0 funcref)
  (func (export "run") (param i32) (result i32)
    (loop (br_if 0 (i32.ne (table.grow $table (ref.null func) (i32.const 1000)) (i32.const -1))))
    unreachable)
