# One line a task. `just` without arguments lists them; every recipe is a command that also works without just.

[private]
default:
    @just --list

# Run five build requests through the embedded queue, no broker needed
demo:
    cargo xtask demo

# Pass all tests: finds, starts or installs what they need
test *ARGS:
    cargo xtask test {{ARGS}}

# Kill boxes and break their broker while they work, and account for every job
chaos *ARGS:
    cargo xtask chaos {{ARGS}}

# The same with a cluster of three nodes that loses its leader and its majority
cluster *ARGS:
    cargo xtask cluster {{ARGS}}

# Run each hostile guest in a box of its own
hostile *ARGS:
    cargo xtask hostile {{ARGS}}

# Build the guests
guests *ARGS:
    cargo xtask guests {{ARGS}}

# Build the program for this machine
build:
    cargo build --release --package rbit

# Build the program and what runs Python, and bring them to where a machine has its programs
install PREFIX='/usr/local':
    cargo xtask install --prefix {{PREFIX}}

# Everything but the tests
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings
    cargo xtask lint
    RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps

# Accept changed snapshots
bless:
    INSTA_UPDATE=always cargo xtask test

# Fuzz a target for ten minutes; needs cargo-fuzz
fuzz TARGET='message':
    mkdir -p fuzz/corpus/{{TARGET}}
    RUSTC_BOOTSTRAP=1 cargo fuzz run {{TARGET}} fuzz/corpus/{{TARGET}} fuzz/seeds/{{TARGET}} -- -dict=fuzz/dictionaries/{{TARGET}}.dict -max_total_time=600 -timeout=10

# Licences and advisories of dependencies; needs cargo-deny
deny:
    cargo deny check

# What continuous integration runs
ci:
    .ci/run
