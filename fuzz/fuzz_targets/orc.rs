//! Any bytes as a file of the format: it is read or refused, and what is said of it holds.
#![no_main]

use libfuzzer_sys::fuzz_target;
use weir::source::format::Format;

fuzz_target!(|bytes: &[u8]| weir_fuzz::read(bytes, Format::Orc));
