//! The contract suite's guest in Rust: see the README beside this folder.

use std::{
    fmt::Write as _,
    fs,
    hint::black_box,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
};

use rbit_guest::{BuildRequest, Error, OUTPUT, Settings};

rbit_guest::runner!(contract);

fn contract(request: &BuildRequest, settings: &Settings) -> Result<Vec<PathBuf>, Error> {
    let text = settings.get("text").unwrap_or_default();
    let folder = settings.get("folder").unwrap_or_default();
    match settings.require("case")? {
        "tells" => put("told.txt", &tells(request, settings)?),
        "none" => Ok(vec![]),
        "several" => several(),
        "fails" => Err(Error::failed(text)),
        "blocks" => Err(Error::blocked(text)),
        "crashes" => panic!("on purpose"),
        "reads" => put("read.txt", &fs::read_to_string(Path::new(folder).join("text.txt"))?),
        "escapes" => escapes(folder),
        "eats" => eats(),
        "spins" => loop {
            black_box(());
        },
        "prints" => {
            println!("out: ä");
            eprintln!("err: ä");
            Ok(vec![])
        }
        "marks" => marks(),
        other => Err(Error::failed(format!("there is no case `{other}`"))),
    }
}

fn put(name: &str, text: &str) -> Result<Vec<PathBuf>, Error> {
    let file = Path::new(OUTPUT).join(name);
    fs::write(&file, text)?;
    Ok(vec![file])
}

fn tells(request: &BuildRequest, settings: &Settings) -> Result<String, Error> {
    let (transport, master) = (&request.transport, request.master.to_string());
    let (timestamp, attempt) = (request.timestamp.to_string(), request.attempt.to_string());
    let fields = [
        ("job", Some(&request.job)),
        ("package", Some(&request.package)),
        ("version", Some(&request.version)),
        ("arch", Some(&request.arch)),
        ("suite", Some(&request.suite)),
        ("dist", Some(&request.dist)),
        ("format", Some(&request.format)),
        ("build-env", request.build_env.as_ref()),
        ("master", Some(&master)),
        ("method", Some(&transport.method)),
        ("uri", transport.uri.as_ref()),
        ("vcs-id", transport.vcs_id.as_ref()),
        ("commands", request.commands.as_ref()),
        ("timestamp", Some(&timestamp)),
        ("attempt", Some(&attempt)),
    ];
    let mut told = String::new();
    for (key, value) in fields {
        match value {
            Some(value) => writeln!(told, "{key}={value}")?,
            None => writeln!(told, "{key}")?,
        }
    }
    for (key, value) in settings {
        writeln!(told, "{key}={value}")?;
    }
    Ok(told)
}

fn several() -> Result<Vec<PathBuf>, Error> {
    fs::create_dir(Path::new(OUTPUT).join("folder"))?;
    let mut files = vec![];
    for (name, text) in [("one.txt", "1\n"), ("folder/two.txt", "2\n"), ("drei ß.txt", "3\n")] {
        files.extend(put(name, text)?);
    }
    Ok(files)
}

fn escapes(folder: &str) -> Result<Vec<PathBuf>, Error> {
    let out = format!("{folder}/../../etc/passwd");
    for way in ["/etc/passwd", "/work/../etc/passwd", &out] {
        if fs::File::open(way).is_ok() {
            return Err(Error::failed(format!("read `{way}`")));
        }
    }
    if fs::write(format!("{folder}/new.txt"), "").is_ok() {
        return Err(Error::failed("wrote to the mount"));
    }
    Ok(vec![])
}

fn eats() -> ! {
    let mut taken = vec![];
    loop {
        taken.push(black_box(vec![1_u8; 1 << 20]));
    }
}

fn marks() -> Result<Vec<PathBuf>, Error> {
    static IS_MARKED: AtomicBool = AtomicBool::new(false);
    if IS_MARKED.swap(true, Ordering::Relaxed) {
        return Err(Error::failed("a variable was set"));
    }
    for file in ["/work/mark", "/output/mark"] {
        if Path::new(file).exists() {
            return Err(Error::failed(format!("`{file}` was there")));
        }
        fs::write(file, "mark\n")?;
    }
    Ok(vec![])
}
