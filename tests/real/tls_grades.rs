//! The prober of TLS against nginx and openssl, beside testssl.sh and sslyze.
