"""Checks a DSSE envelope with securesystemslib: python3 envelope.py ENVELOPE CERTIFICATES SEAL.

The key is that of the first certificate; the payload has to be the statement that the JAdES seal is set on.
"""

import base64
import json
import sys

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509 import load_pem_x509_certificates
from securesystemslib.dsse import Envelope
from securesystemslib.signer import SSlibKey

envelope_path, certificates, seal = sys.argv[1:]
with open(envelope_path, encoding="utf-8") as file:
    envelope = Envelope.from_dict(json.load(file))
with open(certificates, "rb") as file:
    key = load_pem_x509_certificates(file.read())[0].public_key()
pem = key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
kind = ("rsa", "rsassa-pss-sha256") if isinstance(key, rsa.RSAPublicKey) else ("ecdsa", "ecdsa-sha2-nistp256")
(keyid,) = envelope.signatures
envelope.verify([SSlibKey(keyid, *kind, {"public": pem})], 1)

assert envelope.payload_type == "application/vnd.in-toto+json", envelope.payload_type
with open(seal, encoding="utf-8") as file:
    payload = json.load(file)["payload"]
assert envelope.payload == base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)), "another statement"
statement = json.loads(envelope.payload)
assert statement["_type"] == "https://in-toto.io/Statement/v1"
print(statement["predicateType"])
