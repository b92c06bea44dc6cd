//! Data that lies in object stores and on web servers, named by URLs.
//!
//! `find` asks a store what a URL names, `object` reads any part of an object, `ahead` fetches parts before they are read.
//! `connect`, `settings` and `profile` say how a store is asked, `failure` what became of it. Parquet is read where it
//! lies; everything else is copied to a temporary file first.

mod address;
mod ahead;
mod connect;
mod failure;
mod find;
mod object;
mod profile;
mod runtime;
mod settings;
mod web;
mod whole;

pub(super) use address::is_url;
pub(super) use ahead::Ahead;
pub(super) use find::{Named, Remote, Stores};
pub use object::Object;

/// How many files are asked for at a time: they are waited for, and cost no work.
pub(super) const FILES_AT_A_TIME: usize = 16;

/// A file that is no longer than this is copied as a whole, also where only parts of it are asked for.
pub(super) const COPIED_BYTES: u64 = 1 << 20;
