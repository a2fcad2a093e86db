#!/bin/sh
# psrpcore 0.3.1: what it writes of an object whose text (ToString) has a control character is no XML, and it cannot read it itself.
#
# CLIXML writes control characters as _xHHHH_ (MS-PSRP, section 2.2.5.3.2). psrpcore does so in properties and in texts by themselves, and
# reads them. The text that stands for a whole object goes out as it is; a character such as U+001F is not allowed in XML 1.0, so the
# whole message cannot be parsed by its own reader either. Objects with other texts come back as they went.
#
# Seen (Python 3.11.2, psrpcore 0.3.1):
#   a property with U+001F: escaped as _x001F_, read back the same
#   an object's text with U+001F: not escaped, ParseError when read back
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check psrpcore==0.3.1
cat > look.py <<'LOOK'
from xml.etree.ElementTree import ParseError

from psrpcore.types import PSCustomObject, deserialize_clixml, serialize_clixml


def looked(in_property, in_text):
    thing = PSCustomObject(Note=in_property)
    thing.PSObject.to_string = in_text
    written = serialize_clixml(thing, None)
    escaped = "escaped as _x001F_" if "_x001F_" in written else "not escaped"
    try:
        back = deserialize_clixml(written, None)
    except ParseError:
        return f"{escaped}, ParseError when read back"
    back = back[0] if isinstance(back, list) else back
    same = (back.Note, str(back)) == (in_property, in_text)
    return f"{escaped}, read back {'the same' if same else 'as something else'}"


print("a property with U+001F:", looked("one\x1ftwo", "plain"))
print("an object's text with U+001F:", looked("plain", "one\x1ftwo"))
LOOK
venv/bin/python look.py | tee seen
cat > expected <<'EXPECTED'
a property with U+001F: escaped as _x001F_, read back the same
an object's text with U+001F: not escaped, ParseError when read back
EXPECTED
diff expected seen || { echo "this has changed" >&2; exit 1; }
