//! The reporter: asks and tells.

use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use rbit_job::{
    JobId, Standing, Status,
    port::{Report, ReportError, Reporter},
};
use reqwest::{Client, RequestBuilder};
use rustls::RootCertStore;
use secrecy::ExposeSecret;

use crate::{
    ask::{self, AskError},
    connection::Connector,
    front_end::FrontEnds,
    settings::{Credentials, PybitSettings, SettingsError},
    tell::{self, TellError},
    tls,
};

/// Asks PyBit about jobs and tells it their status, over HTTP.
///
/// ```
/// use std::time::Duration;
/// use rbit_pybit::{Credentials, PybitReporter, PybitSettings};
///
/// let reporter = PybitReporter::new(PybitSettings {
///     url: None,
///     trusted_hosts: vec!["pybit.example:8080".to_owned()],
///     credentials: Some(Credentials { user: "admin".to_owned(), password: "pass".into() }),
///     client: "build_client_tim-taylor".to_owned(),
///     connect_timeout: Duration::from_secs(5),
///     timeout: Duration::from_secs(15),
/// })?;
/// # Ok::<(), rbit_pybit::SettingsError>(())
/// ```
#[derive(Debug)]
pub struct PybitReporter {
    pub(crate) front_ends: FrontEnds,
    pub(crate) connector: Connector,
    pub(crate) credentials: Option<Credentials>,
    client: String,
    /// Somebody was told that the credentials are wrong, and they were not right since.
    complained: AtomicBool,
}

impl PybitReporter {
    /// Checks the settings. Nothing is connected to before the first job.
    pub fn new(settings: PybitSettings) -> Result<Self, SettingsError> {
        let front_ends = FrontEnds::from_settings(&settings)?;
        let PybitSettings {
            credentials,
            client,
            connect_timeout,
            timeout,
            ..
        } = settings;
        if credentials
            .as_ref()
            .is_some_and(|Credentials { user, .. }| !is_user_id(user))
        {
            return Err(SettingsError::User);
        }
        let roots = if front_ends.speak_tls() {
            tls::system_roots()?
        } else {
            RootCertStore::empty()
        };
        let connector = Connector::new(roots, connect_timeout, timeout)?;
        Ok(Self {
            front_ends,
            connector,
            credentials,
            client,
            complained: AtomicBool::new(false),
        })
    }

    async fn ask(&self, job: &JobId, web_host: Option<&str>) -> Result<Standing, AskError> {
        let front_end = self.front_ends.find(web_host)?;
        let url = format!("{}/status", front_end.job_url(job));
        let reply = self.connector.ask(front_end, |client| client.get(url)).await?;
        ask::standing(&reply)
    }

    async fn tell(&self, report: &Report) -> Result<(), TellError> {
        let front_end = self.front_ends.find(report.web_host.as_deref())?;
        let url = front_end.job_url(&report.job);
        let head = self
            .connector
            .tell(front_end, |client| self.status_form(client, url, report.status))
            .await?;
        tell::taken(head)
    }

    /// The box gives its name when it takes a job up, as PyBit's own client does.
    fn status_form(&self, client: &Client, url: String, status: Status) -> RequestBuilder {
        let mut form = vec![("status", status.as_str())];
        if status == Status::Building {
            form.push(("client", &self.client));
        }
        let request = client.put(url).form(&form);
        match &self.credentials {
            Some(Credentials { user, password }) => request.basic_auth(user, Some(password.expose_secret())),
            None => request,
        }
    }

    /// Wrong credentials fail every report of every job; one line is enough to act on.
    fn complain_once(&self, result: &Result<(), TellError>) {
        match result {
            Ok(()) => self.complained.store(false, Ordering::Relaxed),
            Err(error @ TellError::Credentials(_)) if !self.complained.swap(true, Ordering::Relaxed) => {
                tracing::error!(
                    error = error as &dyn std::error::Error,
                    "PyBit does not let this box report"
                );
            }
            Err(_) => {}
        }
    }
}

#[async_trait]
impl Reporter for PybitReporter {
    fn front_end(&self, web_host: Option<&str>) -> String {
        let found = self.front_ends.find(web_host);
        found.map_or_else(|_| String::new(), |front_end| front_end.root().to_owned())
    }

    async fn standing(&self, job: &JobId, web_host: Option<&str>) -> Standing {
        self.ask(job, web_host).await.unwrap_or_else(|error| {
            tracing::warn!(
                job.id = %job,
                error = &error as &dyn std::error::Error,
                "the status of the job at PyBit is not known"
            );
            Standing::Unheard
        })
    }

    async fn report(&self, report: &Report) -> Result<(), ReportError> {
        let result = self.tell(report).await;
        self.complain_once(&result);
        result.map_err(|error| {
            let (status, job, is_transient) = (report.status, report.job.clone(), error.is_transient());
            let source = error.into();
            if is_transient {
                ReportError::Transient { status, job, source }
            } else {
                ReportError::Permanent { status, job, source }
            }
        })
    }
}

/// Whether Basic authentication can carry this name of a user.
fn is_user_id(user: &str) -> bool {
    !user.contains(|c: char| c == ':' || c.is_control())
}
