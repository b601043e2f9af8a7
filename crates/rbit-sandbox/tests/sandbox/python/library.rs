//! The standard library: what works, and what says that it does not.

use super::run_body;

#[tokio::test]
async fn what_needs_no_more_than_files_works() {
    let body = "import asyncio, csv, datetime, decimal, hashlib, io, json, os, pickle, shutil, sqlite3, tarfile, tempfile, unittest
import xml.etree.ElementTree as tree, zipfile, zlib, pathlib, re, html.parser, configparser, base64, inspect
with tempfile.TemporaryDirectory() as folder:
    path = pathlib.Path(folder, 'a.txt')
    path.write_text('é' * 100_000)
    with zipfile.ZipFile('/output/a.zip', 'w', zipfile.ZIP_DEFLATED) as archive:
        archive.write(path, 'a.txt')
    with tarfile.open('a.tar.gz', 'w:gz') as archive:
        archive.add(path)
    assert path.stat().st_size == 200_000
assert zipfile.ZipFile('/output/a.zip').read('a.txt').decode() == 'é' * 100_000
assert tree.fromstring('<a><b>x</b></a>').find('b').text == 'x'
base = sqlite3.connect('/work/a.db')
base.execute('create table t (x)')
base.execute('insert into t values (7)')
base.commit()
assert base.execute('select x from t').fetchall() == [(7,)]
assert 'def run' in inspect.getsource(run)
async def tasks():
    async with asyncio.timeout(5):
        await asyncio.sleep(0.01)
        return await asyncio.gather(asyncio.to_thread(lambda: 1), asyncio.sleep(0, 2))
assert asyncio.run(tasks()) == [1, 2]
shutil.copytree('/mnt/python-path', '/output/copy')
return ['/output/a.zip']";
    assert_eq!(run_body(body).await.done(), ["/output/a.zip"]);
}

#[tokio::test]
async fn what_a_sandbox_does_not_have_says_so() {
    for (call, exception) in [
        (
            "import subprocess; subprocess.run(['ls'])",
            "OSError: [Errno 58] wasi does not support processes.",
        ),
        (
            "import threading; threading.Thread(target=print).start()",
            "RuntimeError: can't start new thread",
        ),
        (
            "import socket; socket.create_connection(('127.0.0.1', 80))",
            "PermissionError: a runner has no sockets: use rbit.http",
        ),
        (
            "import socket; socket.socket().connect(('127.0.0.1', 80))",
            "PermissionError: a runner has no sockets",
        ),
        (
            "import smtplib; smtplib.SMTP('mail.test')",
            "PermissionError: a runner has no sockets",
        ),
        ("import ssl", "TLS is rbit's own"),
        ("import lxml", "packages must be plain Python"),
        ("import ctypes", "ModuleNotFoundError: No module named '_ctypes'"),
        ("import bz2", "ModuleNotFoundError: No module named '_bz2'"),
        ("input()", "EOFError"),
        (
            "import os; os.fork()",
            "AttributeError: module 'os' has no attribute 'fork'",
        ),
        (
            "import asyncio\nasync def f():\n    await asyncio.create_subprocess_exec('ls')\nasyncio.run(f())",
            "OSError: a runner cannot start processes",
        ),
        (
            "import asyncio\nasync def f():\n    await asyncio.Event().wait()\nasyncio.run(f())",
            "RuntimeError: every task waits for another",
        ),
    ] {
        let seen = run_body(call).await;
        assert!(seen.failed().contains(exception), "{call}: {}", seen.failed());
    }
}

#[tokio::test]
async fn a_zone_of_time_is_utc_and_text_is_utf_8() {
    let body = "import locale, sys, time, datetime
assert time.localtime().tm_gmtoff in (0, None)
assert datetime.datetime.now().replace(microsecond=0) - datetime.datetime.utcnow().replace(microsecond=0) < datetime.timedelta(seconds=2)
assert sys.getfilesystemencoding() == 'utf-8' and sys.stdout.encoding == 'utf-8'
open('/output/é', 'w').write('é')
return sys.argv";
    assert_eq!(run_body(body).await.done(), ["worker:run"]);
}
