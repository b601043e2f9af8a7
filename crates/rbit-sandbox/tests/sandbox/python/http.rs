//! HTTP from Python: rbit's own client, the standard library's, and `requests` as it is.

use rbit_job::Plan;
use rbit_sandbox::SandboxSettings;
use rbit_testkit::guests::guest;

use super::{Desk, Seen, function, web::Web};

/// Runs the inside of a function that may reach the server as `URL`.
async fn run(body: &str) -> Seen {
    let (desk, web) = (desk(), Web::start());
    desk.module("worker.py", &text(body, &web));
    desk.run_plan(&granted(desk.plan(), &web)).await
}

fn desk() -> Desk {
    Desk::with(SandboxSettings {
        http_ca: Some(Vec::new()),
        ..SandboxSettings::default()
    })
}

fn text(body: &str, web: &Web) -> String {
    function(&format!("URL = 'http://127.0.0.1:{}'\n{body}", web.port()))
}

fn granted(mut plan: Plan, web: &Web) -> Plan {
    let host = format!("http://127.0.0.1:{}", web.port());
    plan.http = Some(crate::suite::http::grant(&host, &["127.0.0.1=127.0.0.0/8"]));
    plan
}

#[tokio::test]
async fn rbits_own_client_fetches() {
    let body = "answer = rbit.http.get(URL + '/hello', timeout=30)
assert (answer.status, answer.text, answer.content, answer.ok) == (200, 'hello é', 'hello é'.encode(), True)
assert answer.headers['Content-Type'] == answer.headers['content-type'] == 'text/plain; charset=utf-8'
assert rbit.http.get(URL + '/json').json() == {'a': [1]}
assert rbit.http.get(URL + '/chunked').text == 'one two'
assert rbit.http.get(URL + '/redirect').text == 'hello é'
assert rbit.http.get(URL + '/redirect', follow_redirects=False).status == 302
assert rbit.http.get(URL + '/private').status == 401
assert rbit.http.get(URL + '/private', auth=('ann', 'sesame')).text == 'welcome'
assert rbit.http.post(URL + '/length', data=b'x' * 300_000).text == '300000'
answer = rbit.http.get(URL + '/big', stream_to='/output/big')
import os
assert answer.content is None and os.path.getsize('/output/big') == 5_000_000
answer = rbit.http.get(URL + '/missing')
try:
    answer.raise_for_status()
except rbit.http.HTTPError as error:
    print(error.status, isinstance(error, OSError))";
    let seen = run(body).await;
    assert_eq!(seen.done(), [""; 0]);
    assert_eq!(seen.lines, ["stdout: 404 True"]);
}

#[tokio::test]
async fn each_way_of_going_wrong_is_the_exception_that_a_socket_would_raise() {
    let body = "def told(path, kind, **options):
    try:
        rbit.http.get(path, **options)
    except kind as error:
        print(type(error).__mro__[0].__name__)
told(URL + '/silent', TimeoutError, timeout=0.05)
told(URL + '/cut', ConnectionError)
told('http://user:word@127.0.0.1/', ValueError)
told('ftp://127.0.0.1/', ValueError)";
    let seen = run(body).await;
    assert_eq!(seen.done(), [""; 0]);
    let said: Vec<_> = seen
        .lines
        .iter()
        .map(|line| line.trim_start_matches("stdout: "))
        .collect();
    assert_eq!(
        said,
        ["ReadTimeout", "ConnectionResetError", "ValueError", "ValueError"]
    );
}

#[tokio::test]
async fn a_request_that_is_not_allowed_says_which_key_would_allow_it() {
    let (desk, web) = (desk(), Web::start());
    let body = "try:
    rbit.http.get(URL + '/hello')
except PermissionError as error:
    print(error)
import urllib.request
try:
    urllib.request.urlopen(URL)
except OSError as error:
    print(type(error.reason).__mro__[1].__name__)";
    desk.module("worker.py", &text(body, &web));
    let seen = desk.run().await;
    assert_eq!(seen.lines.len(), 2, "{:?}", seen.result);
    assert!(
        seen.lines[0].contains("does not allow this request: the runner's `allow-http`"),
        "{:?}",
        seen.lines
    );
    assert_eq!(seen.lines[1], "stdout: PermissionError");
    assert_eq!(web.requests(), 0);
}

#[tokio::test]
async fn the_standard_librarys_clients_work_as_ever() {
    let body = "import http.client, urllib.request, urllib.error, shutil
connection = http.client.HTTPConnection(URL.removeprefix('http://'))
for _ in range(3):
    connection.request('GET', '/hello', headers={'X-Of': 'mine'})
    answer = connection.getresponse()
    assert (answer.status, answer.reason, answer.read()) == (200, 'OK', 'hello é'.encode())
connection.request('POST', '/length', body=iter([b'a' * 1000, b'b' * 500]), encode_chunked=True, headers={'Transfer-Encoding': 'chunked'})
assert connection.getresponse().read() == b'1500'
connection.request('HEAD', '/hello')
assert connection.getresponse().read() == b''
with urllib.request.urlopen(URL + '/redirect', timeout=30) as answer:
    assert answer.read().decode() == 'hello é' and answer.url == URL + '/hello'
urllib.request.urlretrieve(URL + '/big', '/output/big')
passwords = urllib.request.HTTPPasswordMgrWithDefaultRealm()
passwords.add_password(None, URL, 'ann', 'sesame')
opener = urllib.request.build_opener(urllib.request.HTTPBasicAuthHandler(passwords))
assert opener.open(URL + '/private').read() == b'welcome'
try:
    urllib.request.urlopen(URL + '/missing')
except urllib.error.HTTPError as error:
    print(error.code)
try:
    urllib.request.urlopen(URL + '/silent', timeout=0.05)
except TimeoutError:
    print('late')";
    let seen = run(body).await;
    assert_eq!(seen.done(), [""; 0]);
    assert_eq!(seen.lines, ["stdout: 404", "stdout: late"]);
}

#[tokio::test]
async fn requests_works_unmodified() {
    let (desk, web) = (desk(), Web::start());
    let body = "import requests
answer = requests.get(URL + '/redirect', timeout=30)
assert (answer.status_code, answer.text, len(answer.history)) == (200, 'hello é', 1)
assert requests.get(URL + '/json').json() == {'a': [1]}
assert requests.get(URL + '/private', auth=('ann', 'sesame')).text == 'welcome'
assert requests.post(URL + '/length', json={'a': 1}).text == '8'
assert requests.post(URL + '/length', data=(part for part in [b'ab', b'c'])).text == '3'
with requests.Session() as session, session.get(URL + '/big', stream=True) as answer:
    assert sum(len(part) for part in answer.iter_content(65536)) == 5_000_000
for path, options, kind in [('/missing', {}, requests.HTTPError), ('/silent', {'timeout': 0.05}, requests.Timeout), ('/cut', {}, requests.exceptions.ChunkedEncodingError)]:
    try:
        requests.get(URL + path, **options).raise_for_status()
    except kind:
        print(kind.__name__)";
    desk.module("worker.py", &text(body, &web));
    let mut plan = granted(desk.plan(), &web);
    let packages = guest("python").with_file_name("python-packages");
    assert!(packages.join("requests").is_dir(), "run `cargo xtask guests python`");
    plan.mounts.push(rbit_job::python_call::module_mount(1, packages));
    let path = rbit_job::python_call::guest_path(&plan.mounts);
    plan.settings.push(("python-path".into(), path));
    let seen = desk.run_plan(&plan).await;
    assert_eq!(seen.done(), [""; 0]);
    assert_eq!(
        seen.lines,
        ["stdout: HTTPError", "stdout: Timeout", "stdout: ChunkedEncodingError"]
    );
}
