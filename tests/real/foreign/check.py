"""A sealed statement by jwcrypto, rfc3161-client and pyhanko-certvalidator: check.py SEAL ROOT LEVEL."""

import asyncio
import base64
import datetime
import json
import sys

from asn1crypto import cms, pem, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from jwcrypto import jwk, jws
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from rfc3161_client import VerifierBuilder, decode_timestamp_response

ALGORITHMS = ["PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]


def url_decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


seal_file, root_file, level = sys.argv[1:4]
seal = json.load(open(seal_file, encoding="utf-8"))
header = json.loads(url_decode(seal["protected"]))
chain = [base64.b64decode(text) for text in header["x5c"]]
root_pem = open(root_file, "rb").read()

# The signature, with nothing but the leaf.
public = x509.load_der_x509_certificate(chain[0]).public_key()
token = jws.JWS()
token.allowed_algs = ALGORITHMS
token.deserialize(json.dumps(seal))
token.verify(jwk.JWK.from_pyca(public))
json.loads(token.payload)

beside = [json.loads(url_decode(e)) if isinstance(e, str) else e for e in seal.get("header", {}).get("etsiU", [])]
found = {name: value for element in beside for name, value in element.items()}
assert ("sigTst" in found) == (level != "B-B"), "time-stamp"
assert ("rVals" in found) == (level == "B-LT"), "revocation values"

# The time-stamp over the text of the signature.
moment = datetime.datetime.fromtimestamp(header["iat"], datetime.timezone.utc)
if "sigTst" in found:
    content = cms.ContentInfo.load(base64.b64decode(found["sigTst"]["tstTokens"][0]["val"]))
    response = tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": content}).dump()
    response = decode_timestamp_response(response)
    builder = VerifierBuilder().add_root_certificate(x509.load_pem_x509_certificate(root_pem))
    builder.build().verify_message(response, seal["signature"].encode("ascii"))
    moment = response.tst_info.gen_time
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.timezone.utc)

# The certificates, as things stood then; with what lies beside when that is all that may be used.
_, _, root = pem.unarmor(root_pem)
values = found.get("rVals", {})
context = ValidationContext(
    trust_roots=[asn1_x509.Certificate.load(root)],
    moment=moment,
    allow_fetching=False,
    revocation_mode="hard-fail" if level == "B-LT" else "soft-fail",
    crls=[base64.b64decode(value["val"]) for value in values.get("crlVals", [])],
    ocsps=[base64.b64decode(value["val"]) for value in values.get("ocspVals", [])],
    time_tolerance=datetime.timedelta(seconds=60),
)
others = [asn1_x509.Certificate.load(der) for der in chain[1:]]
validator = CertificateValidator(asn1_x509.Certificate.load(chain[0]), others, validation_context=context)
asyncio.run(validator.async_validate_usage({"non_repudiation"}))
print("accepted")
