//! Which file was loaded as what, so that a file which has not changed is neither read nor compiled again.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
};

use rbit_job::error_chain;
use tokio::sync::watch;

use super::{
    LoadError,
    file::{ComponentFile, Stamp},
    wanted::{Waiting, Wanted},
};

/// Makes of a component's file what jobs need of it.
pub trait Load: Send + Sync + 'static {
    /// What that is. Keeping it keeps what it cost.
    type Loaded: Clone + Send + Sync + 'static;

    /// Reads the file, which must have the digest `pin` if there is one, and does whatever it takes. It is called on a thread that
    /// may be kept for as long; what is not `wanted` any more may be given up.
    fn load(&self, file: &mut ComponentFile, pin: Option<&str>, wanted: &Wanted) -> Result<Self::Loaded, LoadError>;
}

/// What was loaded from which file, by path. It forgets the one unused for longest when there are more than 64.
pub struct ComponentCache<L: Load> {
    loader: Arc<L>,
    files: Mutex<Files<L::Loaded>>,
    /// What was loaded last for jobs, where it goes on being used instead of what cannot be loaded.
    last: Option<Mutex<HashMap<Place, L::Loaded>>>,
}

/// What is, or will be, loaded.
struct Loading<T> {
    /// None while it is being loaded.
    result: watch::Receiver<Option<Result<T, Arc<LoadError>>>>,
    wanted: Wanted,
}

impl<T> Clone for Loading<T> {
    fn clone(&self) -> Self {
        Self {
            result: self.result.clone(),
            wanted: self.wanted.clone(),
        }
    }
}

impl<L: Load> ComponentCache<L> {
    /// An empty one.
    pub fn new(loader: L) -> Self {
        Self {
            loader: Arc::new(loader),
            files: Mutex::default(),
            last: None,
        }
    }

    /// The same; if wanted, jobs go on with what was loaded last when that cannot be done again.
    #[must_use]
    pub fn keeping_last(self, is_wanted: bool) -> Self {
        let last = is_wanted.then(Mutex::default);
        Self { last, ..self }
    }

    /// What loads.
    pub fn loader(&self) -> &L {
        &self.loader
    }

    /// What is in a file as it is now, or what was in it last.
    ///
    /// When the caller gives up, loading goes on if others wait for it too. What nobody waits for may be given up, and is begun anew
    /// for the next one.
    pub async fn load(&self, path: &Path, pin: Option<&str>) -> Result<L::Loaded, Arc<LoadError>> {
        let loaded = self.load_now(path, pin).await;
        let Some(last) = &self.last else { return loaded };
        let place = (path.to_owned(), pin.map(str::to_owned));
        let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
        match loaded {
            Ok(loaded) => {
                last.insert(place, loaded.clone());
                Ok(loaded)
            }
            Err(error) => {
                let good = last.get(&place).cloned().ok_or_else(|| error.clone())?;
                tracing::warn!("going on with the last good component: {}", error_chain(&*error));
                Ok(good)
            }
        }
    }

    async fn load_now(&self, path: &Path, pin: Option<&str>) -> Result<L::Loaded, Arc<LoadError>> {
        let (mut loading, _waiting) = self.start(path, pin)?;
        // An error, or none after all, means that the thread ended without having loaded anything.
        let loaded = loading
            .result
            .wait_for(Option::is_some)
            .await
            .ok()
            .and_then(|loaded| loaded.clone());
        loaded.unwrap_or_else(|| Err(Arc::new(LoadError::NoThread { path: path.to_owned() })))
    }

    /// The same on the caller's own thread, which it keeps for as long as the compiler takes.
    pub fn load_here(&self, path: &Path, pin: Option<&str>) -> Result<L::Loaded, Arc<LoadError>> {
        let mut file = ComponentFile::open(path)?;
        let known = self.files().get(&file, pin);
        let done = known.and_then(|(loading, _)| loading.result.borrow().clone());
        match done {
            Some(loaded) => loaded,
            None => {
                let wanted = Wanted::default();
                let loaded = self.loader.load(&mut file, pin, &wanted).map_err(Arc::new);
                let (_, result) = watch::channel(Some(loaded.clone()));
                self.files().insert(&file, pin, Loading { result, wanted });
                loaded
            }
        }
    }

    /// Has the file loaded again when it is asked for next.
    pub fn forget(&self, path: &Path, pin: Option<&str>) {
        let place = (path.to_owned(), pin.map(str::to_owned));
        self.files().entries.remove(&place);
    }

    /// What is known of the file, or the loading of it, begun on a thread of its own; and that somebody waits for that.
    fn start(&self, path: &Path, pin: Option<&str>) -> Result<(Loading<L::Loaded>, Option<Waiting>), LoadError> {
        let mut file = ComponentFile::open(path)?;
        let mut files = self.files();
        if let Some(known) = files.get(&file, pin) {
            return Ok(known);
        }
        let (done, result) = watch::channel(None);
        let wanted = Wanted::default();
        let waiting = wanted.wait();
        let loading = Loading {
            result,
            wanted: wanted.clone(),
        };
        // Kept until the file has been read again: if its content is the same, nothing is compiled.
        let previous = files.insert(&file, pin, loading.clone());
        let (loader, pin) = (self.loader.clone(), pin.map(str::to_owned));
        let load = move || {
            done.send_replace(Some(loader.load(&mut file, pin.as_deref(), &wanted).map_err(Arc::new)));
            drop(previous);
        };
        thread::Builder::new()
            .name("compile".into())
            .spawn(load)
            .map_err(|_| LoadError::NoThread { path: path.to_owned() })?;
        Ok((loading, waiting))
    }

    fn files(&self) -> MutexGuard<'_, Files<L::Loaded>> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Files<T> {
    entries: HashMap<Place, Entry<T>>,
    uses: u64,
}

/// A path, and the digest that it is pinned to: two runners may pin one file to different contents.
type Place = (PathBuf, Option<String>);

struct Entry<T> {
    stamp: Stamp,
    /// Whether a change since would show in the stamp.
    is_settled: bool,
    loading: Loading<T>,
    last_use: u64,
}

impl<T> Default for Files<T> {
    fn default() -> Self {
        Self {
            entries: HashMap::new(),
            uses: 0,
        }
    }
}

impl<T> Files<T> {
    /// What was loaded from this file, if it is still the same and worth keeping. Where it is being loaded, somebody waits for it now.
    fn get(&mut self, file: &ComponentFile, pin: Option<&str>) -> Option<(Loading<T>, Option<Waiting>)> {
        self.uses += 1;
        let entry = self
            .entries
            .get_mut(&place(file, pin))
            .filter(|entry| entry.stamp == file.stamp)?;
        if !entry.is_current() {
            return None;
        }
        let is_done = entry.loading.result.borrow().is_some();
        let waiting = entry.loading.wanted.wait();
        if !is_done && waiting.is_none() {
            return None;
        }
        entry.last_use = self.uses;
        Some((entry.loading.clone(), waiting))
    }

    /// Returns what took this file's place before.
    fn insert(&mut self, file: &ComponentFile, pin: Option<&str>, loading: Loading<T>) -> Option<Entry<T>> {
        let entry = Entry {
            stamp: file.stamp,
            is_settled: file.stamp.is_settled(),
            loading,
            last_use: self.uses,
        };
        let previous = self.entries.insert(place(file, pin), entry);
        if self.entries.len() > MAX_FILES {
            let oldest = self
                .entries
                .iter()
                .min_by_key(|(_, entry)| entry.last_use)
                .map(|(place, _)| place.clone());
            oldest.map(|place| self.entries.remove(&place));
        }
        previous
    }
}

fn place(file: &ComponentFile, pin: Option<&str>) -> Place {
    (file.path.clone(), pin.map(str::to_owned))
}

impl<T> Entry<T> {
    fn is_current(&self) -> bool {
        match &*self.loading.result.borrow() {
            Some(Ok(_)) => self.is_settled,
            Some(Err(error)) => self.is_settled && !error.is_transient(),
            // Still loading, or given up by a thread that is no more.
            None => self.loading.result.has_changed().is_ok(),
        }
    }
}

/// Files whose content is kept. A box serves a handful.
const MAX_FILES: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::component::InvalidComponent;

    /// What is known of a file that was loaded long ago with this result.
    fn known(file: &ComponentFile, result: Option<LoadError>, is_settled: bool) -> Option<Loading<()>> {
        let mut files = Files::<()>::default();
        let (_, result) = watch::channel(result.map(|error| Err(Arc::new(error))));
        files.insert(file, None, loading(&result));
        files
            .entries
            .values_mut()
            .for_each(|entry| entry.is_settled = is_settled);
        files.get(file, None).map(|(loading, _)| loading)
    }

    fn loading(result: &watch::Receiver<Option<Result<(), Arc<LoadError>>>>) -> Loading<()> {
        Loading {
            result: result.clone(),
            wanted: Wanted::default(),
        }
    }

    fn invalid(file: &ComponentFile) -> Option<LoadError> {
        Some(LoadError::Invalid {
            path: file.path.clone(),
            source: InvalidComponent::NotWasm.into(),
        })
    }

    fn transient(file: &ComponentFile) -> Option<LoadError> {
        Some(LoadError::Changed {
            path: file.path.clone(),
        })
    }

    #[test]
    fn what_a_file_holds_is_known_until_a_change_could_have_gone_unseen() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let file = ComponentFile::open(file.path()).unwrap();
        assert!(known(&file, invalid(&file), true).is_some());
        assert!(known(&file, invalid(&file), false).is_none());
    }

    #[test]
    fn an_error_that_may_pass_and_a_loading_that_was_lost_are_tried_again() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let file = ComponentFile::open(file.path()).unwrap();
        assert!(known(&file, transient(&file), true).is_none());
        assert!(known(&file, None, true).is_none());
    }

    #[test]
    fn a_loading_under_way_is_shared() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let file = ComponentFile::open(file.path()).unwrap();
        let mut files = Files::<()>::default();
        let (_under_way, result) = watch::channel(None);
        files.insert(&file, None, loading(&result));
        assert!(files.get(&file, None).is_some());
    }

    #[test]
    fn a_loading_that_nobody_waits_for_any_more_is_not_waited_for_again() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let file = ComponentFile::open(file.path()).unwrap();
        let mut files = Files::<()>::default();
        let (done, result) = watch::channel(None);
        files.insert(&file, None, loading(&result));
        let (first, second) = (files.get(&file, None), files.get(&file, None));
        drop(first);
        assert!(files.get(&file, None).is_some());
        drop(second);
        assert!(files.get(&file, None).is_none());
        // Unless it was done all the same.
        done.send_replace(Some(Ok(())));
        files.entries.values_mut().for_each(|entry| entry.is_settled = true);
        assert!(files.get(&file, None).is_some());
    }

    #[test]
    fn a_file_that_changed_is_not_known() {
        let named = tempfile::NamedTempFile::new().unwrap();
        let file = ComponentFile::open(named.path()).unwrap();
        let mut files = Files::<()>::default();
        let (_under_way, result) = watch::channel(None);
        files.insert(&file, None, loading(&result));
        std::fs::write(named.path(), "more").unwrap();
        assert!(files.get(&ComponentFile::open(named.path()).unwrap(), None).is_none());
    }

    #[test]
    fn the_file_unused_for_longest_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let mut files = Files::<()>::default();
        let (_under_way, result) = watch::channel(None);
        let opened: Vec<_> = (0..=MAX_FILES)
            .map(|number| {
                let path = folder.path().join(number.to_string());
                std::fs::write(&path, "").unwrap();
                ComponentFile::open(&path).unwrap()
            })
            .collect();
        let mut waiting = Vec::new();
        for file in &opened {
            // The first is used before every other one comes, the second never again.
            waiting.extend(files.get(&opened[0], None));
            files.insert(file, None, loading(&result));
        }
        assert_eq!(files.entries.len(), MAX_FILES);
        assert!(files.get(&opened[0], None).is_some() && files.get(&opened[1], None).is_none());
    }
}
