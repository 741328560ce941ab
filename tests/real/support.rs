//! What tests against real software need: programs, a free port, a server in a folder that vanishes.
#![allow(clippy::unwrap_used, dead_code)]

use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

pub use super::ports::free_port;

/// How long a server may take until it listens.
const START: Duration = Duration::from_secs(60);

/// The path of a program, or a failure that says which package has it.
pub fn program(name: &str, package: &str) -> PathBuf {
    find(name).unwrap_or_else(|| panic!("`{name}` is not there; it is in {package}"))
}

/// The path of a program, if it is installed. Debian keeps servers where ordinary users do not look.
pub fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(["/usr/sbin", "/usr/local/sbin", "/sbin"].map(PathBuf::from));
    folders.map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// The binary that cargo built for these tests.
pub fn harness() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_twiin-harness"));
    command.env("NO_COLOR", "1").current_dir(env!("CARGO_MANIFEST_DIR"));
    command
}

/// Runs a command to its end.
pub fn run(command: &mut Command) -> Output {
    command.output().unwrap_or_else(|error| panic!("cannot run {command:?}: {error}"))
}

/// Runs a command that must end well, and gives its standard output.
pub fn text_of(command: &mut Command) -> String {
    let output = run(command);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{command:?}: {}\n{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}

/// A server that others made; it ends when dropped.
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    /// Its configuration, certificates and logs.
    pub folder: TempDir,
    process: Child,
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail only when it ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Server {
    /// Starts a program in a folder and waits until its port answers. Its output goes to `output.log` in the folder.
    pub fn start(mut command: Command, port: u16, folder: TempDir) -> Self {
        let log = std::fs::File::create(folder.path().join("output.log")).unwrap();
        command.stdin(Stdio::piped()).stdout(log.try_clone().unwrap()).stderr(log).current_dir(folder.path());
        let process = command.spawn().unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
        let mut server = Self { address: SocketAddr::from((Ipv4Addr::LOCALHOST, port)), folder, process };
        let began = Instant::now();
        while TcpStream::connect(server.address).is_err() {
            let ended = server.process.try_wait().unwrap();
            assert!(
                ended.is_none() && began.elapsed() < START,
                "{command:?} does not listen on {}:\n{}",
                server.address,
                server.log("output.log")
            );
            std::thread::sleep(Duration::from_millis(20));
        }
        server
    }

    /// A file that the server wrote.
    pub fn log(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(name)).unwrap_or_default()
    }
}

/// nginx on a loopback port. `server` is what stands in its `server` block besides `listen`; `$folder` in it is the
/// folder, where certificates and keys can be put beforehand.
pub fn nginx(folder: TempDir, server: &str) -> Server {
    let program = program("nginx", "the Debian package nginx-light");
    let port = free_port();
    let path = folder.path().to_string_lossy().into_owned();
    let configuration = format!(
        "daemon off;\nmaster_process off;\nworker_processes 1;\npid {path}/nginx.pid;\nerror_log {path}/error.log info;\n\
         events {{ worker_connections 512; }}\nhttp {{\n  access_log {path}/access.log;\n\
         client_body_temp_path {path}/body;\n  proxy_temp_path {path}/proxy;\n  fastcgi_temp_path {path}/fastcgi;\n\
         uwsgi_temp_path {path}/uwsgi;\n  scgi_temp_path {path}/scgi;\n\
         server {{\n    listen 127.0.0.1:{port} ssl;\n    {}\n  }}\n}}\n",
        server.replace("$folder", &path)
    );
    write(folder.path(), "nginx.conf", &configuration);
    let mut command = Command::new(program);
    command.args(["-e", "error.log", "-p", &path, "-c", &format!("{path}/nginx.conf")]);
    Server::start(command, port, folder)
}

/// Writes a text into a folder.
pub fn write(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join(name), text).unwrap();
}
