#!/usr/bin/env bash
# openapi-python-client: a word that the API adds to an enum makes clients that were generated earlier refuse the whole answer.
#
# A description says `"enum": ["active", "paused"]`. The API adds `"suspended"` later, and its version of the description
# with it. A client of the earlier description raises ValueError where it reads such an answer; it does not keep the word,
# and does not give the rest. The same words as `anyOf` an enum or any string are read as a plain string when they are new.
#
# Why it matters to us: reasons of access, kinds of notices and statuses grow with Stripe's and with our versions, and
# whoever asks for access must not fail because of a word. So a new word in a closed enum of docs/openapi.json is a
# breaking change for generated Python clients; one in an open enum is not.
#
# Seen: openapi-python-client 0.26.1
#   closed enum: ValueError: 'suspended' is not a valid ClosedWord
#   open enum:   'suspended'
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check openapi-python-client==0.26.1 httpx==0.28.1

cat > api.json <<'JSON'
{"openapi": "3.1.0", "info": {"title": "words", "version": "1"},
 "paths": {"/word": {"get": {"operationId": "getWord", "responses": {"200": {"description": "words",
   "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Answer"}}}}}}}},
 "components": {"schemas": {
   "Answer": {"type": "object", "properties": {
     "closed": {"$ref": "#/components/schemas/ClosedWord"}, "free": {"$ref": "#/components/schemas/OpenWord"}}},
   "ClosedWord": {"type": "string", "enum": ["active", "paused"]},
   "OpenWord": {"anyOf": [{"type": "string", "enum": ["active", "paused"]}, {"type": "string"}]}}}}
JSON
tools/bin/openapi-python-client generate --path api.json --output-path client --meta none > generated.log 2>&1

cat > ask.py <<'PY'
from client.models import Answer

assert Answer.from_dict({"closed": "paused", "free": "paused"}).closed == "paused"
print("open enum:  ", repr(Answer.from_dict({"free": "suspended"}).free))
try:
    Answer.from_dict({"closed": "suspended", "free": "active"})
    print("closed enum: no error")
except ValueError as error:
    print("closed enum: ValueError:", error)
PY
seen=$(tools/bin/python ask.py)
echo "$seen"
grep -qxF "closed enum: ValueError: 'suspended' is not a valid ClosedWord" <<<"$seen" &&
    grep -qxF "open enum:   'suspended'" <<<"$seen" ||
    { echo "this has changed: see the header" >&2; exit 1; }
