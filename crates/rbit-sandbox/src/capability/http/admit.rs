//! Whether a request may be made at all: what can be said of it before anything is looked up. Pure.

use http::{HeaderMap, Method, Request, header::HOST};
use rbit_job::http::{HttpGrant, HttpPolicy, HttpRefusal, Target};

/// A request that may be made.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Admitted {
    pub(super) target: Target,
    /// It may be made only because requests are counted, not refused.
    pub(super) is_counted: bool,
}

/// Where a request goes, if it can be told.
pub(super) fn target<B>(request: &Request<B>) -> Result<Target, HttpRefusal> {
    let uri = request.uri();
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
        return Err(HttpRefusal::Target);
    };
    Ok(Target::parse(scheme, authority.as_str())?)
}

/// Whether the request may be made.
pub(super) fn admit<B>(request: &Request<B>, grant: Option<&HttpGrant>) -> Result<Admitted, HttpRefusal> {
    let grant = grant.ok_or(HttpRefusal::NoGrant)?;
    let target = target(request)?;
    if [Method::CONNECT, Method::TRACE].contains(request.method()) {
        return Err(HttpRefusal::Method);
    }
    // Anything else could be read as another host by whoever gets it.
    if !request.uri().path().starts_with('/') {
        return Err(HttpRefusal::Path);
    }
    if !names_only(request.headers(), &target) {
        return Err(HttpRefusal::Header);
    }
    let is_allowed = grant.allows(&target);
    if !is_allowed && grant.policy == HttpPolicy::Enforce {
        return Err(HttpRefusal::Pattern);
    }
    Ok(Admitted {
        target,
        is_counted: !is_allowed,
    })
}

/// Whether the headers name this host or none. A guest cannot set this one; what does not come from a guest is not ours either.
fn names_only(headers: &HeaderMap, target: &Target) -> bool {
    headers.get_all(HOST).iter().all(|host| {
        let named = host.to_str().ok();
        named
            .and_then(|host| Target::parse(target.scheme.as_str(), host).ok())
            .as_ref()
            == Some(target)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(policy: HttpPolicy) -> HttpGrant {
        HttpGrant {
            allow: vec![
                "https://*.cnx.org".parse().unwrap(),
                "http://10.0.0.1:8080".parse().unwrap(),
            ],
            internal: vec![],
            policy,
        }
    }

    fn verdict(method: &str, uri: &str, hosts: &[&str], policy: HttpPolicy) -> Result<bool, HttpRefusal> {
        let request = Request::builder().method(method).uri(uri);
        let request = hosts.iter().fold(request, |request, host| request.header(HOST, *host));
        admit(&request.body(()).unwrap(), Some(&grant(policy))).map(|admitted| admitted.is_counted)
    }

    #[test]
    fn requests_go_where_a_pattern_means_and_nowhere_else() {
        use HttpPolicy::{Count, Enforce};
        for (method, uri, enforced, counted) in [
            ("GET", "https://a.cnx.org/x?y", Ok(false), Ok(false)),
            ("POST", "https://a.CNX.org.:443", Ok(false), Ok(false)),
            ("PROPFIND", "http://10.0.0.1:8080/", Ok(false), Ok(false)),
            ("GET", "https://cnx.org/", Err(HttpRefusal::Pattern), Ok(true)),
            ("GET", "http://a.cnx.org/", Err(HttpRefusal::Pattern), Ok(true)),
            ("GET", "http://10.0.0.1/", Err(HttpRefusal::Pattern), Ok(true)),
        ] {
            assert_eq!(verdict(method, uri, &[], Enforce), enforced, "{uri}");
            assert_eq!(verdict(method, uri, &[], Count), counted, "{uri}");
        }
    }

    #[test]
    fn tricks_are_refused_whether_requests_are_counted_or_not() {
        for (method, uri, hosts, refusal) in [
            ("CONNECT", "https://a.cnx.org/", &[][..], HttpRefusal::Method),
            ("TRACE", "https://a.cnx.org/", &[], HttpRefusal::Method),
            ("GET", "https://a.cnx.org@evil.org/", &[], HttpRefusal::Target),
            ("GET", "https://u:p@a.cnx.org/", &[], HttpRefusal::Target),
            ("GET", "https://2130706433/", &[], HttpRefusal::Target),
            ("GET", "https://127.1/", &[], HttpRefusal::Target),
            ("GET", "ftp://a.cnx.org/", &[], HttpRefusal::Target),
            ("GET", "/path", &[], HttpRefusal::Target),
            ("OPTIONS", "*", &[], HttpRefusal::Target),
            ("GET", "https://a.cnx.org/", &["evil.org"], HttpRefusal::Header),
            (
                "GET",
                "https://a.cnx.org/",
                &["a.cnx.org", "evil.org"],
                HttpRefusal::Header,
            ),
            ("GET", "https://a.cnx.org/", &["a.cnx.org:80"], HttpRefusal::Header),
        ] {
            for policy in [HttpPolicy::Enforce, HttpPolicy::Count] {
                assert_eq!(
                    verdict(method, uri, hosts, policy),
                    Err(refusal),
                    "{method} {uri} {hosts:?}"
                );
            }
        }
        assert_eq!(
            verdict("GET", "https://a.cnx.org/", &["A.cnx.org:443"], HttpPolicy::Enforce),
            Ok(false)
        );
    }

    #[test]
    fn without_a_grant_everything_is_refused() {
        let request = Request::get("https://a.cnx.org/").body(()).unwrap();
        assert_eq!(admit(&request, None), Err(HttpRefusal::NoGrant));
    }
}
