//! What was compiled for a case is there for the others: several at once do not compile the same thing.

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use rbit_job::Processor;
use tokio::sync::OnceCell;

/// The files that were compiled, or are being compiled.
#[derive(Default)]
pub(super) struct Compiled {
    known: Mutex<HashMap<Vec<PathBuf>, Arc<OnceCell<()>>>>,
}

impl Compiled {
    /// Does this work for the first who needs the processor's file, while the others wait.
    pub(super) async fn once(&self, processor: &Processor, work: impl Future<Output = ()>) {
        let cell = {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(known.entry(files(processor)).or_default())
        };
        cell.get_or_init(|| work).await;
    }
}

fn files(processor: &Processor) -> Vec<PathBuf> {
    match processor {
        Processor::Wasm { file, .. } => vec![file.clone()],
        // Whatever the author's module is: the same component runs it.
        Processor::Python(call) => vec![call.component.clone()],
        Processor::Shell(line) => line.files().to_vec(),
        // Nothing is compiled for it.
        Processor::Native(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use rbit_job::PythonCall;

    use super::*;

    #[tokio::test]
    async fn work_is_done_once_for_each_file_however_many_need_it() {
        let python = |module: &str| {
            Processor::Python(PythonCall {
                module: module.to_owned(),
                callable: "make".to_owned(),
                component: "python.wasm".into(),
                sees_sources_only: true,
            })
        };
        let wasm = Processor::Wasm {
            file: "a.wasm".into(),
            sha256: None,
        };
        let (compiled, done) = (Compiled::default(), AtomicUsize::new(0));
        let work = || async {
            tokio::task::yield_now().await;
            done.fetch_add(1, Ordering::Relaxed);
        };
        let (one, two) = (python("one"), python("two"));
        tokio::join!(
            compiled.once(&one, work()),
            compiled.once(&two, work()),
            compiled.once(&wasm, work())
        );
        assert_eq!(done.into_inner(), 2);
    }
}
