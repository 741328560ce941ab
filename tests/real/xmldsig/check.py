"""Signs and verifies a SAML assertion with signxml.

verify MESSAGE CERTIFICATE      the assertion in the security header is signed by that certificate
sign ASSERTION KEY CERTIFICATE  prints the assertion, signed; ALGORITHM names the signature algorithm
"""

import os
import sys

from lxml import etree
from signxml import DigestAlgorithm, SignatureConfiguration, SignatureMethod, XMLSigner, XMLVerifier, methods

SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
PARSER = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=False)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def verify(message, certificate):
    root = etree.fromstring(read(message), PARSER)
    assertion = root.find(f".//{{*}}Security/{{{SAML}}}Assertion")
    config = SignatureConfiguration(
        signature_methods=frozenset(m for m in SignatureMethod if "SHA1" not in m.name),
        digest_algorithms=frozenset([DigestAlgorithm.SHA256, DigestAlgorithm.SHA384, DigestAlgorithm.SHA512]),
    )
    result = XMLVerifier().verify(
        etree.tostring(assertion), x509_cert=read(certificate).decode(), id_attribute="ID", expect_config=config
    )
    assert result.signed_xml.get("ID") == assertion.get("ID")


def sign(assertion, key, certificate):
    root = etree.fromstring(read(assertion), PARSER)
    signer = XMLSigner(
        method=methods.enveloped,
        signature_algorithm=os.environ["ALGORITHM"],
        digest_algorithm="sha256",
        c14n_algorithm=EXCLUSIVE,
    )
    signed = signer.sign(
        root, key=read(key), cert=read(certificate).decode(), reference_uri="#" + root.get("ID"), id_attribute="ID"
    )
    sys.stdout.write(etree.tostring(signed).decode())


{"verify": verify, "sign": sign}[sys.argv[1]](*sys.argv[2:])
