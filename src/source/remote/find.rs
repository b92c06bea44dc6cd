//! The objects that a URL names: one, those below a folder, or those that a pattern matches.

use std::collections::{HashMap, HashSet};
use std::path::Path as FilePath;
use std::sync::Arc;

use futures::TryStreamExt;
use globset::GlobMatcher;
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStoreExt};

use super::address::{Address, Scheme};
use super::connect::{Bucket, connect};
use super::failure::{Answer, Asked, Failure, Patience};
use super::object::{Object, Place, Version};
use super::runtime;
use super::web::WebFile;
use crate::diagnostic::closest;
use crate::scan::ScanError;
use crate::source::location::{compile, is_hidden, is_pattern};

/// What a URL names.
#[derive(Debug)]
pub(in crate::source) enum Named {
    /// An object.
    One(Remote),
    /// A file that a server gives as a whole only, from its beginning.
    Whole(WholeFile),
    /// Objects below a folder, or that match a pattern.
    Several { objects: Vec<Remote>, is_folder: bool },
}

/// An object with its name.
#[derive(Debug)]
pub(in crate::source) struct Remote {
    pub(in crate::source) name: String,
    pub(in crate::source) object: Arc<Object>,
}

/// A file that can only be read from its beginning.
#[derive(Debug)]
pub(in crate::source) struct WholeFile {
    pub(in crate::source) name: String,
    pub(super) file: WebFile,
    pub(super) version: Version,
}

/// The buckets that were connected to, by the beginnings of their URLs.
#[derive(Debug, Default)]
pub(in crate::source) struct Stores(HashMap<String, Arc<Bucket>>);

impl Stores {
    /// Finds what a URL names.
    ///
    /// # Errors
    /// There is no such thing, it may not be seen, or the server cannot be reached.
    pub(in crate::source) fn find(&mut self, url: &str) -> Result<Named, ScanError> {
        let address = Address::parse(url)?;
        let io = |cause| ScanError::Io { file: address.to_string(), cause };
        if address.scheme == Scheme::Web {
            refuse_many(&address)?;
            return runtime::wait(find_file(url.to_owned())).map_err(io)?.map_err(Failure::into_error);
        }
        let pattern = address.key.trim_end_matches('/');
        let matcher = if is_pattern(pattern) { Some(compile(pattern)?) } else { None };
        let bucket = match self.0.get(&address.base) {
            Some(bucket) => Arc::clone(bucket),
            None => {
                let bucket =
                    Arc::new(runtime::wait(connect(address.clone())).map_err(io)?.map_err(Failure::into_error)?);
                self.0.insert(address.base.clone(), Arc::clone(&bucket));
                bucket
            }
        };
        let search = Search {
            asked: Asked { name: address.to_string().into(), access: Arc::clone(&bucket.access) },
            address: address.clone(),
            bucket,
        };
        runtime::wait(search.find(matcher)).map_err(io)?.map_err(Failure::into_error)
    }
}

/// Web servers do not list what they have.
fn refuse_many(address: &Address) -> Result<(), ScanError> {
    let path = super::address::shown(&address.key);
    let what = match () {
        () if path.ends_with('/') => "a folder",
        () if path.contains(['*', '{']) => "a pattern",
        () => return Ok(()),
    };
    Err(ScanError::Usage {
        problem: format!("`{address}` is {what}, and web servers do not list their files"),
        help: Some("name each file by its URL; folders and patterns are for `s3://`, `gs://` and `az://`".to_owned()),
    })
}

async fn find_file(url: String) -> Result<Named, Failure> {
    let file = WebFile::new(&url)?;
    let mut patience = Patience::new();
    let (version, gives_parts) = loop {
        match file.probe().await {
            Ok(found) => break found,
            Err(failure) => patience.wait(failure).await?,
        }
    };
    let name = file.asked.name.to_string();
    if !gives_parts {
        return Ok(Named::Whole(WholeFile { name, file, version }));
    }
    let asked = file.asked.clone();
    Ok(Named::One(Remote { name, object: Arc::new(Object::new(Place::Web(file), asked, version)) }))
}

/// A search in a bucket.
struct Search {
    address: Address,
    asked: Asked,
    bucket: Arc<Bucket>,
}

impl Search {
    async fn find(self, matcher: Option<GlobMatcher>) -> Result<Named, Failure> {
        let key = self.address.key.as_str();
        if let Some(matcher) = matcher {
            let (base, rest) = split(key.trim_end_matches('/'));
            let all = self.list(base).await?;
            // a name that looks like a pattern is that name
            if let Some(meta) = all.iter().find(|meta| meta.location.as_ref() == key) {
                return Ok(Named::One(self.remote(meta)));
            }
            let wants_hidden = rest.iter().any(|part| is_hidden(part.as_bytes()));
            let is_match = |meta: &&ObjectMeta| matches(meta.location.as_ref(), base, &matcher, wants_hidden);
            return Ok(self.several(all.iter().filter(is_match), false));
        }
        let folder = key.trim_end_matches('/');
        if folder.len() == key.len() && !key.is_empty() {
            match self.head().await {
                Ok(meta) => return Ok(Named::One(self.remote(&meta))),
                Err(failure) if failure.is_missing() || failure.is_denied() => {
                    // who may not list is told that what is not there is denied
                    let below = self.list(folder).await;
                    return match below {
                        Ok(below) if !below.is_empty() => Ok(self.folder(folder, &below)),
                        Ok(_) if failure.is_missing() => Err(self.with_similar(failure).await),
                        // an answer to this one says why
                        Err(other) if other.is_denied() == failure.is_denied() => Err(other),
                        _ => Err(failure),
                    };
                }
                Err(failure) => return Err(failure),
            }
        }
        let below = self.list(folder).await?;
        Ok(self.folder(folder, &below))
    }

    fn folder(&self, folder: &str, below: &[ObjectMeta]) -> Named {
        let is_shown = |meta: &&ObjectMeta| {
            let name = meta.location.as_ref().strip_prefix(folder).unwrap_or_default();
            name.split('/').all(|part| !is_hidden(part.as_bytes()))
        };
        self.several(below.iter().filter(is_shown), true)
    }

    fn several<'a>(&self, found: impl Iterator<Item = &'a ObjectMeta>, is_folder: bool) -> Named {
        let mut objects: Vec<Remote> = found.map(|meta| self.remote(meta)).collect();
        objects.sort_by(|one, other| FilePath::new(&one.name).cmp(FilePath::new(&other.name)));
        Named::Several { objects, is_folder }
    }

    fn remote(&self, meta: &ObjectMeta) -> Remote {
        let name = self.address.name(meta.location.as_ref());
        let asked = Asked { name: name.as_str().into(), access: Arc::clone(&self.asked.access) };
        let place = Place::Stored { store: Arc::clone(&self.bucket.store), path: meta.location.clone() };
        Remote { name, object: Arc::new(Object::new(place, asked, Version::from(meta))) }
    }

    fn path(&self, key: &str) -> Result<Path, Failure> {
        // what is read otherwise than it is written would be another object
        let path = Path::parse(key).ok().filter(|path| path.as_ref() == key);
        path.ok_or_else(|| {
            let problem = format!("`{}` is no name of an object that weir can ask for", self.address);
            let help = "a key has no empty parts, as between `//`, and none named `.` or `..`".to_owned();
            Failure::lasting(problem, Some(help))
        })
    }

    fn failure(&self, error: &object_store::Error) -> Failure {
        Failure::new(&self.asked, &Answer::of_store(error))
    }

    async fn head(&self) -> Result<ObjectMeta, Failure> {
        let path = self.path(&self.address.key)?;
        let mut patience = Patience::new();
        loop {
            match self.bucket.store.head(&path).await {
                Ok(meta) => return Ok(meta),
                Err(error) => patience.wait(self.failure(&error)).await?,
            }
        }
    }

    /// Lists all objects below a folder.
    async fn list(&self, folder: &str) -> Result<Vec<ObjectMeta>, Failure> {
        let path = self.path(folder)?;
        let mut patience = Patience::new();
        loop {
            match self.bucket.store.list(Some(&path)).try_collect().await {
                Ok(found) => return Ok(without_marks(folder, found)),
                Err(error) => patience.wait(self.failure(&error)).await?,
            }
        }
    }

    /// Adds the name of an object beside that is spelled like the missing one.
    async fn with_similar(&self, failure: Failure) -> Failure {
        let (folder, name) = self.address.key.rsplit_once('/').unwrap_or(("", &self.address.key));
        let Ok(path) = self.path(folder) else { return failure };
        let Ok(beside) = self.bucket.store.list_with_delimiter(Some(&path)).await else { return failure };
        let names = beside.objects.iter().map(|meta| &meta.location).chain(&beside.common_prefixes);
        let names: Vec<&str> = names.filter_map(Path::filename).collect();
        let Some(similar) = closest(name, names.iter().copied()) else { return failure };
        let similar = if folder.is_empty() { similar.to_owned() } else { format!("{folder}/{similar}") };
        failure.with_help(format!("there is `{}`", self.address.name(&similar)))
    }
}

/// Leaves out the empty objects by which some tools mark folders: those of a folder's name.
fn without_marks(folder: &str, found: Vec<ObjectMeta>) -> Vec<ObjectMeta> {
    let mut folders: HashSet<String> = std::iter::once(folder.to_owned()).collect();
    for meta in &found {
        let mut key = meta.location.as_ref();
        while let Some((folder, _)) = key.rsplit_once('/') {
            if !folders.insert(folder.to_owned()) {
                break;
            }
            key = folder;
        }
    }
    found.into_iter().filter(|meta| meta.size > 0 || !folders.contains(meta.location.as_ref())).collect()
}

/// Splits a pattern into the folder that all matches lie in, and the parts behind it.
fn split(pattern: &str) -> (&str, Vec<&str>) {
    let mut at = 0;
    for part in pattern.split('/') {
        if is_pattern(part) {
            break;
        }
        at += part.len() + 1;
    }
    let rest = pattern.get(at..).unwrap_or_default();
    (pattern[..at.min(pattern.len())].trim_end_matches('/'), rest.split('/').collect())
}

/// Tells whether a key, or a folder that it lies in, matches a pattern; names that begin with `.` or `_` do only where the
/// pattern asks for such ones, and not below a folder that matches.
fn matches(key: &str, base: &str, matcher: &GlobMatcher, wants_hidden: bool) -> bool {
    let start = if base.is_empty() { 0 } else { base.len() + 1 };
    let Some(below) = key.get(start..) else { return false };
    let mut end = start;
    for part in below.split('/') {
        end += part.len();
        if !wants_hidden && is_hidden(part.as_bytes()) {
            return false;
        }
        if matcher.is_match(&key[..end]) {
            return key[end..].split('/').all(|part| !is_hidden(part.as_bytes()));
        }
        end += 1;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matching(pattern: &str, keys: &[&'static str]) -> Vec<&'static str> {
        let matcher = compile(pattern).expect("a pattern");
        let (base, rest) = split(pattern);
        let wants_hidden = rest.iter().any(|part| is_hidden(part.as_bytes()));
        let keys = keys.iter().copied().filter(|key| key.starts_with(base));
        keys.filter(|key| matches(key, base, &matcher, wants_hidden)).collect()
    }

    #[test]
    fn patterns_match_keys_as_they_match_files() {
        let keys =
            ["d/2024-01/a.csv", "d/2024-01/_t/z.csv", "d/2023-01/c.csv", "d/s.csv/part-0.csv", "d/x.csv", "e.csv"];
        assert_eq!(matching("d/2024-*/*.csv", &keys), ["d/2024-01/a.csv"]);
        assert_eq!(matching("d/**/*.csv", &keys), [keys[0], keys[2], keys[3], keys[4]]);
        assert_eq!(matching("d/2024-0?", &keys), ["d/2024-01/a.csv"]);
        assert_eq!(matching("d/{x,2024-01/a}.csv", &keys), ["d/2024-01/a.csv", "d/x.csv"]);
        assert_eq!(matching("d/2024-01/_*/*.csv", &keys), ["d/2024-01/_t/z.csv"]);
        assert_eq!(matching("*.csv", &keys), ["e.csv"]);
        assert_eq!(matching("d/s*", &keys), ["d/s.csv/part-0.csv"]);
    }

    #[test]
    fn the_folder_before_a_pattern_is_listed() {
        assert_eq!(split("a/b/*.csv"), ("a/b", vec!["*.csv"]));
        assert_eq!(split("*.csv"), ("", vec!["*.csv"]));
        assert_eq!(split("a/**/x/*.csv"), ("a", vec!["**", "x", "*.csv"]));
    }
}
