# make demo    build, and judge a small data set
# make test    everything that has to hold before a change goes in
# make bench   measure
# make fuzz    throw random input at the parsers, a minute each

# Outside of the working copy, so that copies share one. An existing CARGO_TARGET_DIR wins.
export CARGO_TARGET_DIR ?= $(HOME)/.cache/weir/target
# Where rustup puts cargo, for shells that do not know it yet.
export PATH := $(PATH):$(or $(CARGO_HOME),$(HOME)/.cargo)/bin

WEIR := $(CARGO_TARGET_DIR)/release/weir
RESULTS := $(CARGO_TARGET_DIR)/demo
FUZZ_SECONDS ?= 60

.PHONY: demo test bench fuzz setup servers build

# Exit code 1 is a verdict: data that does not meet the suite shows as much as data that does.
demo: build
	@mkdir -p $(RESULTS)
	@$(WEIR) check fixtures/data/flights.parquet --suite expectations/flights.yaml \
		--output json=$(RESULTS)/flights.json --output text=$(RESULTS)/flights.txt; \
		code=$$?; \
		echo; \
		if [ $$code -gt 1 ]; then echo "the demo could not judge its data (exit code $$code)"; exit $$code; fi; \
		echo "exit code $$code; results in $(RESULTS): flights.json, flights.txt"

# rustfmt gets the files by name: cargo fmt does not see modules that a macro declares.
test: setup servers
	@./scripts/standards.sh
	rustfmt --check --edition 2024 $$(find src tests benches -name '*.rs' 2>/dev/null)
	cargo clippy --locked --all-targets --all-features -- -D warnings
	cargo check --quiet --locked --manifest-path fuzz/Cargo.toml
	INSTA_UPDATE=no cargo test --locked --all-features
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps --all-features
	@if command -v cargo-deny >/dev/null; then \
		cargo deny --locked check bans licenses sources; \
	else \
		echo "cargo-deny is not installed: licenses and sources of dependencies were not checked"; \
	fi

bench: setup
	cargo bench --locked --bench kernels

fuzz: setup
	@command -v cargo-fuzz >/dev/null || { \
		echo "error: cargo-fuzz is not installed"; \
		echo "help: cargo install cargo-fuzz, and rustup toolchain install nightly"; \
		exit 1; }
	for target in suite row_condition; do \
		mkdir -p fuzz/corpus/$$target; \
		cargo +nightly fuzz run $$target fuzz/corpus/$$target fuzz/seeds/$$target -- \
			-dict=fuzz/dictionaries/$$target.dict -max_total_time=$(FUZZ_SECONDS) || exit 1; \
	done
	./scripts/fuzz_seeds.sh
	for target in csv json avro orc parquet arrow_ipc; do \
		mkdir -p fuzz/corpus/$$target; \
		cargo +nightly fuzz run $$target fuzz/corpus/$$target fuzz/corpus/seeds_$$target -- \
			-max_len=65536 -rss_limit_mb=1024 -malloc_limit_mb=2500 -timeout=20 \
			-max_total_time=$(FUZZ_SECONDS) || exit 1; \
	done

# What the tests of object stores talk to.
servers:
	@./scripts/servers.sh

build: setup
	cargo build --locked --release

# cargo tells by times alone whether a source is newer than what was built of it. Where another working copy built last, its
# times say nothing: touch the sources, so that they are built again.
setup:
	@./scripts/setup.sh
	@mkdir -p $(CARGO_TARGET_DIR)
	@if [ "$$(cat $(CARGO_TARGET_DIR)/working-copy 2>/dev/null)" != "$(CURDIR)" ]; then \
		find src tests benches -name '*.rs' -exec touch {} +; \
		echo "$(CURDIR)" > $(CARGO_TARGET_DIR)/working-copy; \
	fi
