// The contract suite's guest in Go: see export_wit_world.
package main

import _ "go-contract/gen/wit_exports"

func main() {}
