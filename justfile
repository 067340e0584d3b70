# Run the server on embedded SQLite, with a demo tenant.
dev:
    cargo run --release -- dev

# Everything that must hold: format, lints, docs, all tests.
test:
    ./tests/run

# Convergence at ten times the size of the ordinary run and more, and the notifier at five times, from a seed of your choice.
prove seed="1":
    DUNLIN_PROVE=1 DUNLIN_SEED={{seed}} cargo test --release -p acceptance --all-features --test convergence --test notifier --test disk -- --nocapture
    DUNLIN_PROVE=1 cargo test --release -p acceptance --all-features --test acceptance --test acceptance_on_postgres -- crash two_processes --nocapture
    DUNLIN_SEED={{seed}} DUNLIN_HISTORIES=10000 cargo test --release -p workers --lib -- histories --nocapture

# The list of known vulnerabilities that a test holds the dependencies against, from a checkout of rustsec/advisory-db.
advisories checkout:
    python3 tests/advisories.py {{checkout}} > tests/advisories.tsv

# What continuous integration runs.
ci: test

fmt:
    cargo fmt --all

lint:
    cargo clippy --workspace --all-targets --all-features -- -D warnings

doc:
    cargo doc --workspace --no-deps --open

# Figures: per event in µs; webhooks/s on both databases beside what pgbench does event by event; access; the binary; mail. Not tests: compare within one run only.
bench:
    cargo bench -p stripe-signature -p stripe-event -p subscription --all-features
    cargo bench -p acceptance --bench webhooks

# The same on ten million events and a hundred thousand tenants as on an empty database. Needs some 20 GB below TMPDIR for a quarter of an hour.
bench-large:
    cargo bench -p acceptance --bench large
