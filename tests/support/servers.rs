//! Servers for the tests of object stores, as `scripts/servers.sh` installs them. Each ends with its owner, or with the
//! process of the tests.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long a server may take to start.
const START: Duration = Duration::from_secs(30);

/// A server that runs.
pub struct Server {
    pub port: u16,
    process: Child,
    /// What it writes, and what it keeps.
    folder: tempfile::TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        // the end of its input ends it
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

/// The folder that the servers are installed in.
fn installed() -> PathBuf {
    let home = || std::env::home_dir().expect("a home folder").join(".cache/weir/servers");
    let folder = std::env::var_os("WEIR_SERVERS").map_or_else(home, PathBuf::from);
    let is_there = folder.join("installed").is_file();
    assert!(is_there, "the servers that these tests need are not installed: run scripts/servers.sh");
    folder
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/servers").join(name)
}

pub fn python() -> PathBuf {
    installed().join("python/bin/python")
}

impl Server {
    /// Starts a program with what it is to be told of its port and its folder, and waits until it answers.
    fn start(command: impl Fn(u16, &Path) -> Command) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a free port").port();
        let folder = tempfile::tempdir().expect("a temporary folder");
        let program = command(port, folder.path());
        let file = |name| File::create(folder.path().join(name)).expect("the folder can be written to");
        let process = Command::new(python())
            .arg(script("until_closed.py"))
            .arg(program.get_program())
            .args(program.get_args())
            .stdin(Stdio::piped())
            .stdout(file("output"))
            .stderr(file("errors"))
            .spawn()
            .expect("Python runs");
        let server = Self { port, process, folder };
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let said = || fs::read_to_string(server.folder.path().join("errors")).unwrap_or_default();
            assert!(begun.elapsed() < START, "a server does not start: {program:?}: {}", said());
            std::thread::sleep(Duration::from_millis(20));
        }
        server
    }

    /// Starts one that speaks as S3 does.
    pub fn s3() -> Self {
        Self::start(|port, _| {
            let mut command = Command::new(installed().join("python/bin/moto_server"));
            command.args(["--host", "127.0.0.1", "--port", &port.to_string()]);
            command
        })
    }

    /// Starts one that speaks as Google's storage does, with a bucket for each folder in `data`.
    pub fn google(data: &Path) -> Self {
        Self::start(|port, _| {
            let mut command = Command::new(installed().join("bin/fake-gcs-server"));
            command.args(["-scheme", "http", "-host", "127.0.0.1", "-port", &port.to_string(), "-backend", "memory"]);
            command.args(["-public-host", &format!("127.0.0.1:{port}")]).arg("-data").arg(data);
            command
        })
    }

    /// Starts one that speaks as Azure's storage does.
    pub fn azure() -> Self {
        Self::start(|port, _| {
            let mut command = Command::new("node");
            command.arg(installed().join("azurite/node_modules/azurite/dist/src/blob/main.js"));
            command.args(["--blobPort", &port.to_string(), "--inMemoryPersistence", "--silent"]);
            command.args(["--skipApiVersionCheck", "--disableTelemetry"]);
            command
        })
    }

    /// Starts a web server for a folder, over TLS.
    pub fn web_with_tls(data: &Path) -> Self {
        Self::start(|port, folder| {
            let mut command = Command::new(python());
            command.arg(script("web.py")).arg(port.to_string()).arg(data).arg(folder);
            command
        })
    }

    /// Starts a web server for a folder.
    pub fn web(data: &Path) -> Self {
        Self::start(|port, _| {
            let mut command = Command::new(python());
            command.arg(script("web.py")).arg(port.to_string()).arg(data);
            command
        })
    }

    /// Starts one that passes requests on to this one, and spoils some.
    pub fn spoiled(&self, faults: &str, file: Option<&Path>) -> Self {
        Self::start(|port, _| {
            let mut command = Command::new(python());
            command.arg(script("faulty.py")).args([&port.to_string(), &self.port.to_string(), faults]).args(file);
            command
        })
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The certificate that is to be trusted.
    pub fn authority(&self) -> PathBuf {
        self.folder.path().join("authority.pem")
    }

    /// What it wrote, line by line.
    pub fn lines(&self) -> Vec<String> {
        let text = fs::read_to_string(self.folder.path().join("output")).expect("it is there");
        text.lines().map(str::to_owned).collect()
    }

    /// Puts something there, for everybody to read.
    pub fn put(&self, path: &str, content: &[u8]) {
        self.send("PUT", path, "x-amz-acl: public-read\r\n", content);
    }

    /// Tells the server something.
    pub fn post(&self, path: &str, content: &[u8]) {
        self.send("POST", path, "", content);
    }

    /// Sends a plain request.
    fn send(&self, method: &str, path: &str, headers: &str, content: &[u8]) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("it answers");
        let (port, length) = (self.port, content.len());
        write!(stream, "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: {length}\r\n")
            .and_then(|()| stream.write_all(format!("{headers}Connection: close\r\n\r\n").as_bytes()))
            .and_then(|()| stream.write_all(content))
            .expect("it takes it");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers");
        assert!(answer.starts_with("HTTP/1.1 200"), "{path}: {answer}");
    }
}
