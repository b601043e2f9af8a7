  ;; Takes memory for two modules in turn, until one is refused, and gives up.
  (core module $other
    (memory 8)
    (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))
  (core instance $other (instantiate $other))
  (core module $main
    (import "other" "grow" (func $grow (param i32) (result i32)))
    (func (export "run") (param i32) (result i32)
      (loop
        (if (i32.eq (memory.grow (i32.const 16)) (i32.const -1)) (then unreachable))
        (if (i32.eq (call $grow (i32.const 16)) (i32.const -1)) (then unreachable))
        (br 0))
      (i32.const 0))
    (; PRELUDE ;))
  (core instance $core (instantiate $main (with "other" (instance $other))))
