//! Trying one way after the other, without waiting for one that is silent.

use std::{
    future::{Future, pending},
    time::Duration,
};

use futures_util::{StreamExt, stream::FuturesUnordered};
use tokio::time::sleep;

/// Gives the first success. The next try begins as soon as one has failed, or after the head start of the one before, which goes on.
/// If all fail, this is how the last one did; `None` if there was none.
pub(crate) async fn first_of<T, E>(
    tries: Vec<impl Future<Output = Result<T, E>>>,
    head_start: Duration,
) -> Result<T, Option<E>> {
    let (mut tries, mut running) = (tries.into_iter(), FuturesUnordered::new());
    let mut failure = None;
    loop {
        let has_begun = tries.next().map(|next| running.push(next)).is_some();
        let turn = async {
            if has_begun {
                sleep(head_start).await;
            } else {
                pending::<()>().await;
            }
        };
        tokio::select! {
            answer = running.next() => match answer {
                Some(Ok(success)) => return Ok(success),
                Some(Err(error)) => failure = Some(error),
                None => return Err(failure),
            },
            () = turn => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;

    use tokio::sync::oneshot;

    use super::*;

    type Try = Pin<Box<dyn Future<Output = Result<u8, &'static str>>>>;

    const NEVER: Duration = Duration::from_secs(60 * 60);

    fn silent() -> Try {
        Box::pin(pending())
    }

    fn answer(answer: Result<u8, &'static str>) -> Try {
        Box::pin(async move { answer })
    }

    #[tokio::test]
    async fn a_silent_one_does_not_keep_the_next_from_its_turn() {
        let tries = vec![silent(), silent(), answer(Ok(3))];
        assert_eq!(first_of(tries, Duration::from_millis(1)).await, Ok(3));
    }

    #[tokio::test]
    async fn one_that_fails_is_followed_at_once() {
        let tries = vec![answer(Err("closed")), answer(Err("closed")), answer(Ok(3))];
        assert_eq!(first_of(tries, NEVER).await, Ok(3));
    }

    #[tokio::test]
    async fn a_slow_one_may_still_be_the_first() {
        let (begin, begun) = oneshot::channel();
        let slow: Try = Box::pin(async { begun.await.map_err(|_| "the other one never began") });
        let other: Try = Box::pin(async {
            begin.send(1).map_err(|_| "nobody waits")?;
            pending().await
        });
        assert_eq!(first_of(vec![slow, other], Duration::from_millis(1)).await, Ok(1));
    }

    #[tokio::test]
    async fn the_failure_of_the_last_one_is_that_of_all() {
        let tries = vec![answer(Err("first")), answer(Err("last"))];
        assert_eq!(first_of(tries, NEVER).await, Err(Some("last")));
        assert_eq!(first_of(Vec::<Try>::new(), NEVER).await, Err(None));
    }
}
