  ;; Failed, with a text that would clear a terminal and begin a line of its own.
  (data (i32.const 64) "no `name`\1b[2J\0aINFO all is well\0a")
  (func (export "run") (param i32) (result i32) (call $err (i32.const 0) (i32.const 64) (i32.const 31)))
