//! Certificates of both sides, good and bad, against small TLS servers on loopback.

use super::*;
use crate::runtime::files::new_private_file;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::{
    RootCertStore, ServerConfig, ServerConnection, Stream,
    crypto::{CryptoProvider, ring},
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
    server::WebPkiClientVerifier,
};
use std::{net::Shutdown, os::unix::fs::PermissionsExt, path::Path, sync::Arc};

/// An authority of the test's own.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    der: CertificateDer<'static>,
    pem: String,
}

/// A certificate with its key.
struct Identity {
    der: CertificateDer<'static>,
    pem: String,
    key: KeyPair,
}

fn authority(name: &str) -> Authority {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, name);
    let key = KeyPair::generate().unwrap();
    let own = params.self_signed(&key).unwrap();
    Authority { pem: own.pem(), der: own.der().clone(), issuer: Issuer::new(params, key) }
}

impl Authority {
    fn issue(&self, name: &str, last_year: i32) -> Identity {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        (params.not_before, params.not_after) = (date_time_ymd(2019, 1, 1), date_time_ymd(last_year, 1, 1));
        let key = KeyPair::generate().unwrap();
        let made = params.signed_by(&key, &self.issuer).unwrap();
        Identity { der: made.der().clone(), pem: made.pem(), key }
    }
}

/// An authority's own certificate, shown as if it were a server's.
fn self_made() -> Identity {
    let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let made = params.self_signed(&key).unwrap();
    Identity { der: made.der().clone(), pem: made.pem(), key }
}

/// A TLS server for one connection; with an authority it wants a certificate of the other side. Gives back what it
/// read, empty when the handshake failed.
fn serve(identity: &Identity, wants: Option<&Authority>) -> Server {
    let provider: Arc<CryptoProvider> = Arc::new(ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider));
    let builder = builder.with_safe_default_protocol_versions().unwrap();
    let builder = match wants {
        None => builder.with_no_client_auth(),
        Some(authority) => {
            let mut roots = RootCertStore::empty();
            roots.add(authority.der.clone()).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build();
            builder.with_client_cert_verifier(verifier.unwrap())
        }
    };
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(identity.key.serialize_der()));
    let config = Arc::new(builder.with_single_cert(vec![identity.der.clone()], key).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("https://{}", listener.local_addr().unwrap());
    let heard = std::thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        let mut connection = ServerConnection::new(config).unwrap();
        let mut stream = Stream::new(&mut connection, &mut socket);
        let (mut request, mut part) = (Vec::new(), [0; 4096]);
        while !request.ends_with(b"\r\n\r\n") {
            match stream.read(&mut part) {
                Ok(length) if length > 0 => request.extend_from_slice(&part[..length]),
                _ => break,
            }
        }
        if !request.is_empty() {
            stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").ok();
        }
        // What is not read when a socket closes would take our last words with it.
        socket.shutdown(Shutdown::Write).ok();
        socket.read_to_end(&mut Vec::new()).ok();
        String::from_utf8(request).unwrap()
    });
    Server { base, heard }
}

fn closed_file(path: &Path, text: &str) -> PathBuf {
    new_private_file(path).unwrap().write_all(text.as_bytes()).unwrap();
    path.to_owned()
}

#[tokio::test]
async fn a_certificate_that_does_not_verify_is_named_and_nothing_is_sent() {
    let dir = TestDir::new();
    let (ours, theirs) = (authority("Synthetic ward"), authority("Synthetic elsewhere"));
    let ca_file = closed_file(&dir.0.join("ca.pem"), &ours.pem);
    let cases = [
        (ours.issue("127.0.0.1", 2999), None),
        (theirs.issue("127.0.0.1", 2999), Some("an authority that this machine does not know")),
        (ours.issue("elsewhere.example", 2999), Some("is for another host name")),
        (ours.issue("127.0.0.1", 2020), Some("expired on 2020-01-01")),
        (self_made(), Some("self-signed")),
    ];
    for (identity, expected) in cases {
        let server = serve(&identity, None);
        let options = OriginOptions { ca_file: Some(ca_file.clone()), ..OriginOptions::default() };
        let reply = Origin::new(&server.base, options).unwrap().exchange(&get("/tasks"), Some(&key())).await;
        let heard = server.heard().await;
        match expected {
            None => assert!(answered(reply).status == 204 && heard.contains(KEY)),
            Some(words) => {
                let said = not_sent_sentence(reply);
                assert!(said.contains("127.0.0.1") && said.contains(words), "{words}: {said}");
                assert_eq!(heard, "");
            }
        }
    }
}

#[tokio::test]
async fn a_server_that_wants_our_certificate_gets_it_from_one_file_or_two() {
    let dir = TestDir::new();
    let (ours, theirs) = (authority("Synthetic ward"), authority("Synthetic elsewhere"));
    let ca_file = closed_file(&dir.0.join("ca.pem"), &ours.pem);
    let (me, stranger) = (ours.issue("me.example", 2999), theirs.issue("me.example", 2999));
    let file = |name: &str, text: &str| Some(closed_file(&dir.0.join(name), text));
    let whole = file("whole.pem", &(me.pem.clone() + &me.key.serialize_pem()));
    let certificate = file("certificate.pem", &me.pem);
    // A certificate is public: its own file may be read by everybody.
    std::fs::set_permissions(certificate.as_ref().unwrap(), PermissionsExt::from_mode(0o644)).unwrap();
    let key_file = file("key.pem", &me.key.serialize_pem());
    let wrong = file("wrong.pem", &(stranger.key.serialize_pem() + &stranger.pem));
    let cases = [
        (whole, None, None),
        (certificate, key_file, None),
        (None, None, Some("wants a certificate from this side")),
        (wrong, None, Some("does not take the certificate of client_cert_file")),
    ];
    for (client_cert_file, client_key_file, expected) in cases {
        let server = serve(&ours.issue("127.0.0.1", 2999), Some(&ours));
        let ca_file = Some(ca_file.clone());
        let options =
            OriginOptions { ca_file, client_cert_file, client_key_file, ..OriginOptions::default() };
        let reply = Origin::new(&server.base, options).unwrap().exchange(&get("/tasks"), Some(&key())).await;
        server.heard().await;
        match expected {
            None => assert_eq!(answered(reply).status, 204),
            Some(words) => {
                let said = not_sent_sentence(reply);
                assert!(said.contains(words), "{words}: {said}");
            }
        }
    }
}

#[tokio::test]
async fn files_of_our_certificate_that_cannot_be_used_are_named() {
    let dir = TestDir::new();
    let me = authority("Synthetic ward").issue("me.example", 2999);
    let file = |name: &str, text: &str| closed_file(&dir.0.join(name), text);
    let certificate = file("certificate.pem", &me.pem);
    let key_file = file("key.pem", &me.key.serialize_pem());
    let empty = file("empty.pem", "no certificate\n");
    let open = file("open.pem", &(me.pem.clone() + &me.key.serialize_pem()));
    std::fs::set_permissions(&open, PermissionsExt::from_mode(0o644)).unwrap();
    let missing = dir.0.join("missing.pem");
    for (cert_file, key_file, expected) in [
        (&missing, None, "missing.pem cannot be read"),
        (&missing, Some(&key_file), "missing.pem cannot be read"),
        (&certificate, Some(&missing), "missing.pem cannot be read"),
        (&empty, None, "empty.pem holds no certificate in PEM form"),
        (&key_file, None, "key.pem holds no certificate in PEM form"),
        (&certificate, None, "certificate.pem holds no key beside the certificate"),
        (&certificate, Some(&empty), "empty.pem holds no key in PEM form"),
        (&open, None, "chmod 600"),
        (&certificate, Some(&open), "chmod 600"),
    ] {
        let options = OriginOptions {
            client_cert_file: Some(cert_file.clone()),
            client_key_file: key_file.cloned(),
            ..OriginOptions::default()
        };
        let origin = Origin::new("https://rounds-test.invalid", options).unwrap();
        let said = origin.check().unwrap_err().to_string();
        assert!(said.contains(expected) && said.starts_with("The client_"), "{expected}: {said}");
        assert!(!said.contains("PRIVATE"), "{said}");
    }
}
