//! From the bytes of a message to a request.

use crate::Cancellation;

use super::{
    DecodeError, JobRequest, Transport,
    class::Class,
    node::Node,
    place::{Attributes, Place},
};

impl JobRequest {
    /// Reads a build request of any PyBit, or the same in plain JSON: `docs/messages.md` describes both.
    ///
    /// Nothing in the body is evaluated, and what rbit has no use for is not interpreted. Time and memory are bounded by
    /// [`Self::MAX_BODY`], whatever the body refers to.
    ///
    /// ```
    /// use rbit_job::JobRequest;
    /// let request = JobRequest::decode(br#"{
    ///     "job": {"id": 12, "packageinstance": {
    ///         "package": {"name": "m9003", "version": "1.2"}, "arch": {"name": "any"}, "suite": {"name": "latex"},
    ///         "distribution": {"name": "cnx"}, "format": {"name": "pdf"}}},
    ///     "transport": {"method": "http"}
    /// }"#)?;
    /// assert_eq!(request.package, "m9003");
    ///
    /// let error = JobRequest::decode(br#"{"job": {"id": "12"}}"#).unwrap_err();
    /// assert_eq!(error.to_string(), "`job.id` is text, expected a whole number");
    /// # Ok::<(), rbit_job::DecodeError>(())
    /// ```
    pub fn decode(body: &[u8]) -> Result<Self, DecodeError> {
        let document = parse(body)?;
        let request = Place::message(&document).object(Class::BuildRequest)?;
        let job = request.require("job")?.object(Class::Job)?;
        let id = job.require("id")?.job_id()?;
        let instance = job.require("packageinstance")?.object(Class::PackageInstance)?;
        let package = instance.require("package")?.object(Class::Package)?;
        Ok(Self {
            job: id,
            web_host: optional(&request, "web_host", Place::text)?,
            package: package.require("name")?.text()?,
            version: package.require("version")?.text()?,
            arch: name(&instance, "arch", Class::Arch)?,
            suite: name(&instance, "suite", Class::Suite)?,
            dist: name(&instance, "distribution", Class::Dist)?,
            format: name(&instance, "format", Class::Format)?,
            build_env: optional(&instance, "build_env", |place| name_at(place, Class::BuildEnv))?,
            master: optional(&instance, "master", Place::flag)?.unwrap_or(true),
            transport: transport(&request.require("transport")?)?,
            commands: optional(&request, "commands", Place::lines)?,
            timestamp: optional(&request, "timestamp", Place::seconds)?,
        })
    }
}

impl Cancellation {
    /// Reads a cancel request of any PyBit, or the same in plain JSON, under the same bounds as a build request.
    ///
    /// ```
    /// use rbit_job::Cancellation;
    /// let cancellation = Cancellation::decode(br#"{"web_host": "pybit:8080", "job": {"id": 4}}"#)?;
    /// assert_eq!(cancellation.job.as_str(), "4");
    /// # Ok::<(), rbit_job::DecodeError>(())
    /// ```
    pub fn decode(body: &[u8]) -> Result<Self, DecodeError> {
        let document = parse(body)?;
        let request = Place::message(&document).object(Class::CancelRequest)?;
        let job = request.require("job")?.object(Class::Job)?;
        Ok(Self {
            job: job.require("id")?.job_id()?,
            web_host: optional(&request, "web_host", Place::text)?,
        })
    }
}

fn parse(body: &[u8]) -> Result<Node, DecodeError> {
    if body.len() > JobRequest::MAX_BODY {
        return Err(DecodeError::TooLarge(body.len()));
    }
    let json = std::str::from_utf8(body).map_err(DecodeError::NotUtf8)?;
    Node::parse(json)
}

fn transport(place: &Place<'_>) -> Result<Transport, DecodeError> {
    let transport = place.object(Class::Transport)?;
    Ok(Transport {
        method: transport.require("method")?.text()?,
        uri: optional(&transport, "uri", Place::text)?,
        vcs_id: optional(&transport, "vcs_id", Place::text)?,
    })
}

fn name(attributes: &Attributes<'_>, key: &str, class: Class) -> Result<String, DecodeError> {
    name_at(&attributes.require(key)?, class)
}

fn name_at(place: &Place<'_>, class: Class) -> Result<String, DecodeError> {
    place.object(class)?.require("name")?.text()
}

fn optional<'m, T>(
    attributes: &Attributes<'m>,
    key: &str,
    read: impl FnOnce(&Place<'m>) -> Result<T, DecodeError>,
) -> Result<Option<T>, DecodeError> {
    attributes.get(key).as_ref().map(read).transpose()
}
