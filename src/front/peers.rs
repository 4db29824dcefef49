//! Whose connection each is that the web server sees.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;

use parking_lot::Mutex;

/// From the front's own end of a connection to the web server, to the client that it is for. Cheap to clone.
#[derive(Clone, Default)]
pub struct Peers(Arc<Mutex<HashMap<SocketAddr, SocketAddr>>>);

impl Peers {
    /// Whom the connection from `front` is for; None where it did not come from the front.
    pub fn client_of(&self, front: SocketAddr) -> Option<SocketAddr> {
        self.0.lock().get(&front).copied()
    }

    /// Says it before anything is sent there, until what is given back is dropped: that is before the connection is closed.
    pub(super) fn introduce(&self, front: SocketAddr, client: SocketAddr) -> Introduced {
        self.0.lock().insert(front, client);
        Introduced { peers: self.clone(), front }
    }
}

pub(super) struct Introduced {
    peers: Peers,
    front: SocketAddr,
}

impl Drop for Introduced {
    fn drop(&mut self) {
        self.peers.0.lock().remove(&self.front);
    }
}
