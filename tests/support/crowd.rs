//! Clients that connect from addresses of their own, and a crowd of those that only take up room.

use std::io::{ErrorKind, Read};
use std::net::TcpStream;
use std::time::Duration;

use rocket::tokio::io::{AsyncReadExt, AsyncWriteExt};
use rocket::tokio::net::TcpSocket;
use rocket::tokio::runtime::{Builder, Runtime};
use rocket::tokio::time::sleep;

/// Connects to this port of 127.0.0.1, from that address.
pub fn knock(port: u16, from: [u8; 4]) -> TcpStream {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let stream = runtime.block_on(connect(port, from)).unwrap().into_std().unwrap();
    stream.set_nonblocking(false).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(90))).unwrap();
    stream
}

async fn connect(port: u16, from: [u8; 4]) -> std::io::Result<rocket::tokio::net::TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind((from, 0).into())?;
    socket.connect(([127, 0, 0, 1], port).into()).await
}

/// All that comes until the other side ends, however it ends.
pub fn hear(stream: &mut TcpStream) -> String {
    let (mut heard, mut piece) = (Vec::new(), [0; 4096]);
    loop {
        match stream.read(&mut piece) {
            Ok(0) => break,
            Ok(count) => heard.extend_from_slice(&piece[..count]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => panic!("nobody ended it: {heard:?}"),
            Err(_) => break,
        }
    }
    String::from_utf8_lossy(&heard).into_owned()
}

/// Goes home when dropped.
pub struct Crowd(Option<Runtime>);

impl Crowd {
    /// So many connections from 200 addresses, each kind alike: headers and bodies of two bytes a second, answers that
    /// nobody reads, and silence. Who is thrown out comes back.
    pub fn of(count: usize, port: u16) -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        for number in 0..count {
            runtime.spawn(async move {
                loop {
                    let _ = pester(number, port).await;
                    sleep(Duration::from_secs(1)).await;
                }
            });
        }
        Self(Some(runtime))
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

async fn pester(number: usize, port: u16) -> std::io::Result<()> {
    let mut stream = connect(port, [127, 0, 2, (number % 200 + 1) as u8]).await?;
    let drip = match number / 200 % 4 {
        0 => "GET /login HTTP/1.1\r\nHost: x\r\nX-Slow: ",
        1 => {
            "POST /login HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 90000\r\n\r\n"
        }
        2 => {
            stream.read_u8().await?;
            return Ok(());
        }
        _ => {
            stream.write_all("GET /login HTTP/1.1\r\nHost: x\r\n\r\n".repeat(300).as_bytes()).await?;
            sleep(Duration::from_secs(600)).await;
            return Ok(());
        }
    };
    stream.write_all(drip.as_bytes()).await?;
    loop {
        stream.write_all(b"a").await?;
        sleep(Duration::from_millis(500)).await;
    }
}
