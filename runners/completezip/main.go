// The runner completezip: see export_wit_world/completezip.go.
package main

import _ "completezip/gen/wit_exports"

// A runner is called, not started.
func main() {}
