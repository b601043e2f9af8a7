//! One request by the calls of `wasi:http`.

use wasip2::{
    http::{
        outgoing_handler::handle,
        types::{
            ErrorCode, Fields, IncomingResponse, Method, OutgoingRequest, RequestOptions, Scheme, http_error_code,
        },
    },
    io::streams::StreamError,
};

use super::{Answer, Get, HttpError, Url};

pub(super) fn exchange(get: &Get, url: &Url<'_>) -> Result<Answer, HttpError> {
    let trouble = |code: ErrorCode| told(&code, get, url);
    let unfit = |()| HttpError::NoAddress { url: get.url.clone() };
    let request = request(get, url).map_err(unfit)?;
    let pending = handle(request, Some(options(get).map_err(unfit)?)).map_err(trouble)?;
    pending.subscribe().block();
    let answer = match pending.get() {
        Some(Ok(answer)) => answer.map_err(trouble)?,
        Some(Err(())) | None => return Err(broken(get, "there is none")),
    };
    Ok(Answer {
        url: get.url.clone(),
        status: answer.status(),
        body: body(&answer, get, url)?,
    })
}

fn request(get: &Get, url: &Url<'_>) -> Result<OutgoingRequest, ()> {
    let headers = Fields::new();
    if let Some(value) = &get.authorization {
        headers.append("authorization", value.as_bytes()).map_err(drop)?;
    }
    let request = OutgoingRequest::new(headers);
    request.set_method(&Method::Get)?;
    request.set_scheme(Some(if url.is_tls { &Scheme::Https } else { &Scheme::Http }))?;
    request.set_authority(Some(url.authority))?;
    request.set_path_with_query(Some(url.path))?;
    Ok(request)
}

fn options(get: &Get) -> Result<RequestOptions, ()> {
    let nanoseconds = u64::try_from(get.timeout.as_nanos()).ok();
    let options = RequestOptions::new();
    options.set_connect_timeout(nanoseconds)?;
    options.set_first_byte_timeout(nanoseconds)?;
    options.set_between_bytes_timeout(nanoseconds)?;
    Ok(options)
}

fn body(answer: &IncomingResponse, get: &Get, url: &Url<'_>) -> Result<Vec<u8>, HttpError> {
    let taken = |()| broken(get, "its body was taken");
    let body = answer.consume().map_err(taken)?;
    let stream = body.stream().map_err(taken)?;
    let mut bytes = Vec::new();
    loop {
        match stream.blocking_read(PIECE) {
            Ok(piece) => bytes.extend(piece),
            Err(StreamError::Closed) => return Ok(bytes),
            Err(StreamError::LastOperationFailed(error)) => {
                return Err(match http_error_code(&error) {
                    Some(code) => told(&code, get, url),
                    None => broken(get, "the connection was lost"),
                });
            }
        }
        if bytes.len() as u64 > get.at_most {
            return Err(HttpError::TooLarge { url: get.url.clone() });
        }
    }
}

fn told(code: &ErrorCode, get: &Get, url: &Url<'_>) -> HttpError {
    let server = url.server();
    let unreachable = |why: &str| HttpError::Unreachable {
        server: url.server(),
        why: why.to_owned(),
    };
    match code {
        ErrorCode::HttpRequestDenied | ErrorCode::DestinationIpProhibited => HttpError::Denied { server },
        ErrorCode::DnsTimeout | ErrorCode::DnsError(_) | ErrorCode::DestinationNotFound => {
            unreachable("its name is not known")
        }
        ErrorCode::ConnectionRefused => unreachable("the connection was refused"),
        ErrorCode::DestinationUnavailable | ErrorCode::DestinationIpUnroutable => unreachable("there is no way to it"),
        ErrorCode::ConnectionTimeout => unreachable("it does not answer"),
        ErrorCode::ConnectionReadTimeout | ErrorCode::ConnectionWriteTimeout | ErrorCode::HttpResponseTimeout => {
            HttpError::Timeout { url: get.url.clone() }
        }
        ErrorCode::HttpResponseBodySize(_) => HttpError::TooLarge { url: get.url.clone() },
        ErrorCode::TlsCertificateError | ErrorCode::TlsProtocolError | ErrorCode::TlsAlertReceived(_) => {
            HttpError::Untrusted {
                server,
                why: words(code),
            }
        }
        other => broken(get, &words(other)),
    }
}

fn broken(get: &Get, why: &str) -> HttpError {
    HttpError::Broken {
        url: get.url.clone(),
        why: why.to_owned(),
    }
}

/// The name of a code without the type's.
fn words(code: &ErrorCode) -> String {
    let text = format!("{code:?}");
    text.strip_prefix("ErrorCode::").unwrap_or(&text).to_owned()
}

/// How much is read at once.
const PIECE: u64 = 1 << 20;
