;; A component written by hand. What is filled in makes a core instance $core, whose exports are lifted here.
(component
  (import "rbit:runner/types@0.1.0" (instance $types
    (type $transport' (record
      (field "method" string) (field "uri" (option string)) (field "vcs-id" (option string))))
    (export "transport" (type $transport (eq $transport')))
    (type $build-request' (record
      (field "job" string) (field "package" string) (field "version" string) (field "arch" string)
      (field "suite" string) (field "dist" string) (field "format" string) (field "build-env" (option string))
      (field "master" bool) (field "transport" $transport) (field "commands" (option string))
      (field "timestamp" u64) (field "attempt" u32)))
    (export "build-request" (type (eq $build-request')))
    (type $error' (variant (case "failed" string) (case "blocked" string)))
    (export "error" (type (eq $error')))))
  (alias export $types "build-request" (type $build-request'))
  (import "build-request" (type $build-request (eq $build-request')))
  (alias export $types "error" (type $error'))
  (import "error" (type $error (eq $error')))
  (; CORE ;)
  (func $run
    (param "request" $build-request) (param "settings" (list (tuple string string)))
    (result (result (list string) (error $error)))
    (canon lift (core func $core "run") (memory (core memory $core "memory"))
      (realloc (core func $core "cabi_realloc"))))
  (export "run" (func $run)))
