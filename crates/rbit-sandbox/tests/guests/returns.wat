  ;; Returns two names, one of which is no name of a file.
  (data (i32.const 64) "\50\00\00\00\0d\00\00\00\60\00\00\00\10\00\00\00")
  (data (i32.const 80) "/output/a.pdf")
  (data (i32.const 96) "../../etc/passwd")
  (func (export "run") (param i32) (result i32) (call $ok (i32.const 64) (i32.const 2)))
