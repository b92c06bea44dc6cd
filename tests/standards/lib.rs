//! Nothing: what the manifest beside this file is for is where its dependencies lie.
