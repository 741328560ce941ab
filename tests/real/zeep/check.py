"""An independent SOAP stack (zeep) asks with a message of its own, and reads an answer of ours.

check.py WSDL FOLDER: in the folder `answer.bin` is the answer and `answer.type` its Content-Type. What zeep sends is written to
`request.bin` and `request.type`; what it read of the answer is printed as JSON.
"""

import hashlib
import json
import pathlib
import sys

import requests
from zeep import Client, Transport
from zeep.wsa import WsAddressingPlugin

wsdl, folder = sys.argv[1], pathlib.Path(sys.argv[2])


class Canned(Transport):
    def post(self, address, message, headers):
        (folder / "request.bin").write_bytes(message)
        (folder / "request.type").write_text(headers["Content-Type"])
        answer = requests.Response()
        answer.status_code = 200
        answer.headers["Content-Type"] = (folder / "answer.type").read_text()
        answer._content = (folder / "answer.bin").read_bytes()
        return answer


client = Client(wsdl, transport=Canned(), plugins=[WsAddressingPlugin()])
asked = [{"HomeCommunityId": "urn:oid:2.999.1.1", "RepositoryUniqueId": "2.999.1.1.10", "DocumentUniqueId": "2.999.5"}]
answer = client.service.Retrieve(DocumentRequest=asked)
# With a package zeep gives the message together with its attachments.
answer = getattr(answer, "root", answer)
documents = [
    {
        "home": document.HomeCommunityId,
        "document": document.DocumentUniqueId,
        "mime": document.mimeType,
        "sha1": hashlib.sha1(document.Document).hexdigest(),
        "length": len(document.Document),
    }
    for document in answer.DocumentResponse
]
print(json.dumps({"status": answer.RegistryResponse.status, "documents": documents}))
