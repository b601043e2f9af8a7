// A first runner: see export_wit_world/hello.go.
package main

import _ "go-hello/gen/wit_exports"

// A runner is called, not started.
func main() {}
