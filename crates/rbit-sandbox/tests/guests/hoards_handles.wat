  ;; Makes handles for ever.
  (type $thing (resource (rep i32)))
  (core func $new (canon resource.new $thing))
  (core instance $things (export "new" (func $new)))
  (core module $main
    (import "things" "new" (func $new (param i32) (result i32)))
    (func (export "run") (param i32) (result i32) (loop (drop (call $new (i32.const 7))) (br 0)) (i32.const 0))
    (; PRELUDE ;))
  (core instance $core (instantiate $main (with "things" (instance $things))))
