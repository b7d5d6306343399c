//! A way to a server that a test opens and shuts while its address stays.

use std::{
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, Sender, channel},
    },
    thread::JoinHandle,
};

/// How requests are told from their bodies.
const METHODS: [&[u8]; 4] = [b"GET ", b"POST ", b"PATCH ", b"PUT "];

/// What a door does with what comes through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// Lets everything through.
    Open,
    /// Lets one request and its answer through, and is shut from then on.
    Once,
    /// Lets everything through but the answers to creates.
    Swallows,
}

/// A way to a server.
pub(crate) struct Door {
    server: SocketAddr,
    /// Where it is found, open or shut.
    pub(crate) address: SocketAddr,
    swallowed: (Sender<()>, Receiver<()>),
    open: Option<(Arc<Passage>, JoinHandle<()>)>,
}

/// What is open at this moment.
struct Passage {
    way: Way,
    is_shut: AtomicBool,
    through: Mutex<Vec<TcpStream>>,
    swallowed: Sender<()>,
}

impl Door {
    /// A door that is shut: nobody listens behind its address.
    pub(crate) fn shut(server: SocketAddr) -> Door {
        let address = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
        Door { server, address, swallowed: channel(), open: None }
    }

    /// Opens it.
    pub(crate) fn open(&mut self, way: Way) {
        self.close();
        let listener = TcpListener::bind(self.address).unwrap();
        let passage = Arc::new(Passage {
            way,
            is_shut: AtomicBool::new(false),
            through: Mutex::default(),
            swallowed: self.swallowed.0.clone(),
        });
        let (server, opened) = (self.server, Arc::clone(&passage));
        let listening = std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if passage.is_shut.load(Ordering::SeqCst) {
                    return;
                }
                passage.let_in(&client, server);
                if passage.way == Way::Once {
                    return;
                }
            }
        });
        self.open = Some((opened, listening));
    }

    /// Shuts it; what is on its way is cut.
    pub(crate) fn close(&mut self) {
        let Some((passage, listening)) = self.open.take() else { return };
        passage.is_shut.store(true, Ordering::SeqCst);
        // The listener looks up when somebody knocks.
        drop(TcpStream::connect(self.address));
        listening.join().unwrap();
        for stream in passage.through.lock().unwrap().drain(..) {
            stream.shutdown(Shutdown::Both).ok();
        }
    }

    /// Waits until an answer was swallowed.
    pub(crate) fn until_swallowed(&self, patience: std::time::Duration) {
        self.swallowed.1.recv_timeout(patience).expect("the server does the work");
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        self.close();
    }
}

impl Passage {
    fn let_in(self: &Arc<Self>, client: &TcpStream, server: SocketAddr) {
        let Ok(upstream) = TcpStream::connect(server) else { return };
        let pair = || Some((client.try_clone().ok()?, upstream.try_clone().ok()?));
        let (Some((there, back)), Some((client, upstream)), Some(kept)) = (pair(), pair(), pair()) else {
            return;
        };
        self.through.lock().unwrap().extend([kept.0, kept.1]);
        let is_mute = Arc::new(AtomicBool::new(false));
        let (passage, creates) = (Arc::clone(self), Arc::clone(&is_mute));
        std::thread::spawn(move || {
            let mut requests = 0;
            pour(there, back, |bytes| {
                requests += usize::from(METHODS.iter().any(|method| bytes.starts_with(method)));
                creates
                    .fetch_or(passage.way == Way::Swallows && bytes.starts_with(b"POST "), Ordering::SeqCst);
                passage.way != Way::Once || requests < 2
            });
        });
        let passage = Arc::clone(self);
        std::thread::spawn(move || {
            pour(upstream, client, |_| {
                let swallow = is_mute.load(Ordering::SeqCst);
                if swallow {
                    passage.swallowed.send(()).ok();
                }
                !swallow
            });
        });
    }
}

/// Everything that goes from a socket to another, until either is closed or `see` has seen enough.
fn pour(mut from: TcpStream, mut to: TcpStream, mut see: impl FnMut(&[u8]) -> bool) {
    let mut bytes = [0; 8_192];
    while let Ok(count @ 1..) = from.read(&mut bytes) {
        let goes_on = see(&bytes[..count]);
        if goes_on && to.write_all(&bytes[..count]).is_err() {
            break;
        }
        if !goes_on {
            from.shutdown(Shutdown::Both).ok();
            break;
        }
    }
    to.shutdown(Shutdown::Write).ok();
}
