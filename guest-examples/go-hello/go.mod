module go-hello

go 1.25

require go.bytecodealliance.org/pkg v0.0.0

// What `cargo xtask bindings go` writes, with the packages in gen.
replace go.bytecodealliance.org/pkg => ./gen/pkg
