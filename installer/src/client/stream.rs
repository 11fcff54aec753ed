//! A connection: plain or TLS, direct or through a proxy.

use super::budget::Budget;
use crate::error::{Error, Result, cannot};
use crate::settings::{Certificates, Settings};
use crate::url::Url;
use rustls::pki_types::{CertificateDer, ServerName, pem::PemObject as _};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs as _};
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

pub enum Stream {
    Plain(Socket),
    Tls(Box<StreamOwned<ClientConnection, Socket>>),
}

/// The kernel's timeout starts anew with each byte, and TLS asks for bytes until it has a whole record: this end stays.
pub struct Socket {
    tcp: TcpStream,
    timeout: Duration,
    until: Instant,
}

/// What all connections share: what servers must show, and where they are, both read when the first one is asked; and memory.
pub struct Network {
    certificates: Certificates,
    config: OnceLock<std::result::Result<Arc<ClientConfig>, String>>,
    addresses: Mutex<HashMap<(String, u16), Vec<SocketAddr>>>,
    pub budget: Arc<Budget>,
}

impl Network {
    pub fn new(certificates: Certificates) -> Network {
        Network { certificates, config: OnceLock::new(), addresses: Mutex::default(), budget: Arc::default() }
    }

    /// One question for all threads: dozens at once are more than some name servers answer.
    fn addresses_of(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        let mut known = self.addresses.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(addresses) = known.get(&(host.to_owned(), port)) {
            return Ok(addresses.clone());
        }
        let addresses: Vec<SocketAddr> = (host, port).to_socket_addrs()?.collect();
        known.insert((host.to_owned(), port), addresses.clone());
        Ok(addresses)
    }

    fn config(&self) -> io::Result<Arc<ClientConfig>> {
        let config = self.config.get_or_init(|| config(&self.certificates).map_err(|error| error.to_string()));
        config.clone().map_err(|text| io::Error::new(io::ErrorKind::InvalidInput, text))
    }
}

fn config(certificates: &Certificates) -> Result<Arc<ClientConfig>> {
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::Failed(error.to_string()))?;
    Ok(Arc::new(config.with_root_certificates(roots(certificates)?).with_no_client_auth()))
}

fn roots(certificates: &Certificates) -> Result<RootCertStore> {
    let Certificates { text, files, extra } = certificates;
    let own = !text.is_empty() || !files.is_empty();
    let roots = if own { Vec::new() } else { webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let mut roots = RootCertStore { roots };
    if !text.is_empty() {
        add(&mut roots, text.as_bytes(), "ca")?;
    }
    for path in files.iter().chain(extra.iter().filter(|_| !own)) {
        let read = std::fs::read(path).map_err(cannot("read the certificates of", Path::new(path)))?;
        add(&mut roots, &read, path)?;
    }
    Ok(roots)
}

fn add(roots: &mut RootCertStore, text: &[u8], place: &str) -> Result<()> {
    let certificates = CertificateDer::pem_slice_iter(text).filter_map(std::result::Result::ok);
    match roots.add_parsable_certificates(certificates) {
        (0, _) => Err(Error::Usage(format!("{place} holds no certificate"))),
        _ => Ok(()),
    }
}

impl Stream {
    pub fn connect(url: &Url, settings: &Settings, network: &Network) -> io::Result<Stream> {
        let proxy = settings.proxy_for(url);
        let first = proxy.unwrap_or(url);
        let mut socket = Socket::open(network, &first.host, first.port, settings.timeout)?;
        if !url.tls {
            return Ok(Stream::Plain(socket));
        }
        if proxy.is_some() {
            tunnel(&mut socket, url)?;
        }
        let name = ServerName::try_from(url.host.clone())
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        let session = ClientConnection::new(network.config()?, name).map_err(io::Error::other)?;
        let mut stream = StreamOwned::new(session, socket);
        // The handshake here, so that a bad certificate is told apart from a broken connection.
        while stream.conn.is_handshaking() {
            stream.conn.complete_io(&mut stream.sock)?;
        }
        Ok(Stream::Tls(Box::new(stream)))
    }
}

impl Socket {
    /// The handshake has its end from here on.
    fn open(network: &Network, host: &str, port: u16, timeout: Duration) -> io::Result<Socket> {
        let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
        for address in network.addresses_of(host, port)? {
            match TcpStream::connect_timeout(&address, timeout) {
                Ok(tcp) => {
                    tcp.set_nodelay(true)?;
                    tcp.set_read_timeout(Some(timeout))?;
                    tcp.set_write_timeout(Some(timeout))?;
                    return Ok(Socket { tcp, timeout, until: Instant::now() + timeout });
                }
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// Another step has its own end.
    fn start(&mut self) {
        self.until = Instant::now() + self.timeout;
    }

    fn in_time(&mut self) -> io::Result<&mut TcpStream> {
        if Instant::now() < self.until { Ok(&mut self.tcp) } else { Err(io::ErrorKind::TimedOut.into()) }
    }
}

impl Read for Socket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.in_time()?.read(buffer)
    }
}

impl Write for Socket {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.in_time()?.write(buffer)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.tcp.flush()
    }
}

fn tunnel(tcp: &mut Socket, url: &Url) -> io::Result<()> {
    let place =
        format!("{}:{}", if url.host.contains(':') { format!("[{}]", url.host) } else { url.host.clone() }, url.port);
    tcp.write_all(format!("CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n\r\n").as_bytes())?;
    let mut answer = Vec::new();
    // Byte by byte: what follows the empty line belongs to TLS.
    while !answer.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        tcp.read_exact(&mut byte)?;
        answer.push(byte[0]);
        if answer.len() > 16 << 10 {
            return Err(io::Error::other("the proxy's answer has no end"));
        }
    }
    let status = answer.split(|byte| *byte == b' ').nth(1).unwrap_or_default();
    if status == b"200" {
        Ok(())
    } else {
        Err(io::Error::other(format!("the proxy answers {}", status.escape_ascii())))
    }
}

impl Stream {
    fn started(&mut self) -> &mut Stream {
        match self {
            Stream::Plain(stream) => stream.start(),
            Stream::Tls(stream) => stream.sock.start(),
        }
        self
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.started() {
            Stream::Plain(stream) => stream.read(buffer),
            Stream::Tls(stream) => stream.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        match self.started() {
            Stream::Plain(stream) => stream.write(buffer),
            Stream::Tls(stream) => stream.write(buffer),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self.started() {
            Stream::Plain(stream) => stream.flush(),
            Stream::Tls(stream) => stream.flush(),
        }
    }
}
