"""Makes a container in Azurite and puts the files of a folder into it, signed with the key that it comes with.

usage: azure_upload.py URL CONTAINER FOLDER
"""

import base64
import email.utils
import hashlib
import hmac
import pathlib
import sys
import urllib.parse
import urllib.request

ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
TYPE = "application/octet-stream"

url, container, folder = sys.argv[1:]


def put(path, query, content, headers):
    headers |= {"x-ms-date": email.utils.formatdate(usegmt=True), "x-ms-version": "2021-08-06"}
    path = f"/{ACCOUNT}/{container}" + urllib.parse.quote(path, safe="/=")
    canonical = "".join(f"{name}:{value}\n" for name, value in sorted(headers.items()))
    resource = f"/{ACCOUNT}{path}" + (f"\n{query.replace('=', ':')}" if query else "")
    text = f"PUT\n\n\n{len(content) or ''}\n\n{TYPE}\n\n\n\n\n\n\n{canonical}{resource}"
    signature = hmac.new(base64.b64decode(KEY), text.encode(), hashlib.sha256).digest()
    request = urllib.request.Request(f"{url}{path}" + (f"?{query}" if query else ""), method="PUT", data=content)
    for name, value in headers.items():
        request.add_header(name, value)
    request.add_header("Authorization", f"SharedKey {ACCOUNT}:{base64.b64encode(signature).decode()}")
    request.add_header("Content-Type", TYPE)
    urllib.request.urlopen(request).read()


put("", "restype=container", b"", {})
folder = pathlib.Path(folder)
for file in folder.rglob("*"):
    if file.is_file():
        put(f"/{file.relative_to(folder)}", "", file.read_bytes(), {"x-ms-blob-type": "BlockBlob"})
