"""What Cyrus takes for a Sieve script, Postroom can read: compared with ``sievec``, the server's own compiler."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from ansible.module_utils.postroom.wire.sieve import Sending, parse_script

from .conftest import Lab

SCRIPTS = [
    "", "keep;", 'redirect "a@x.be";', 'redirect "An <a@x.be>";', "redirect text:\na@x.be\n.\n;", "discard; stop;", "if true {}",
    'require ["copy"]; redirect :copy "a@x.be";',
    'if header :contains "subject" "x" { redirect "a@x.be"; stop; } elsif not exists "x" { keep; } else { redirect "b@x.be"; }',
    'if anyof (header :is ["From","To"] ["a","b"], not size :over 1M, allof (exists "a", not address :all "from" "x")) { discard; }',
    'if not not true { if allof (true, false) { keep; } }', '/* redirect "a@x.be"; **/ # redirect\nkeep;',
    'require ["include"]; include :personal "a"; include "b"; include :global :optional "c"; return;',
    'require ["variables"]; set :lower :upperfirst "a" "B"; if string :is "${a}" "b" { redirect "${a}"; }',
    'require ["encoded-character"]; redirect "a${hex:40}x.be";',
    'require ["enotify"]; notify :importance "3" :message "x" "mailto:a@x.be"; if valid_notify_method ["mailto:a@x.be"] { keep; }',
    'require ["reject", "ereject"]; if true { reject "no"; } else { ereject "no"; }',
    'require ["vacation", "vacation-seconds"]; vacation :seconds 5 :addresses ["a@x.be"] :subject "x" text:\nhello\n..\n.\n;',
    'require ["vacation", "fcc", "fileinto"]; vacation :days 3 :handle "h" :from "a@x.be" :mime :fcc "Sent" "x";',
    'require ["fileinto", "imap4flags", "mailbox", "copy"]; fileinto :copy :create :flags ["\\\\Seen"] "X"; addflag "\\\\Seen";',
    'require ["imap4flags"]; setflag "a"; removeflag "a"; if hasflag :contains "x" { keep :flags "a"; }',
    'require ["relational", "comparator-i;ascii-numeric"]; if header :value "ge" :comparator "i;ascii-numeric" "x" ["5"] { keep; }',
    'require ["editheader"]; addheader :last "X-A" "y"; deleteheader :index 1 :contains "X" "y";',
    'require ["date", "relational"]; if currentdate :zone "+0100" :value "ge" "date" "2026-01-01" { redirect "a@x.be"; }',
    'require ["date", "index"]; if allof (date :index 1 :originalzone "date" "hour" "9", header :index 1 :last "x" "y") { keep; }',
    'require ["mailbox", "fileinto"]; if mailboxexists "X" { fileinto "X"; }', 'require "mailboxid"; if mailboxidexists "x" { keep; }',
    'require ["special-use", "fileinto"]; if specialuse_exists "\\\\Junk" { fileinto :specialuse "\\\\Junk" "Junk"; }',
    'require ["duplicate"]; if duplicate :seconds 3 { discard; }', 'require ["body"]; if body :content "text" :contains ["x"] { keep; }',
    'require ["ihave"]; if ihave "copy" { keep; }', 'require ["envelope", "subaddress"]; if envelope :user :is "to" "x" { keep; }',
    'require ["redirect-dsn", "redirect-deliverby"]; redirect :notify "NEVER" :ret "HDRS" :bytimerelative 60 :bymode "return" "a@x.be";',
    'require ["regex"]; if header :regex "subject" "^x\\\\.y" { keep; }', 'require ["vnd.cyrus.log"]; log "x";',
    'require ["environment"]; if environment :contains "name" "x" { keep; }',
    'require ["mboxmetadata", "servermetadata"]; if metadata "INBOX" "/private/x" "y" { keep; } if servermetadataexists "/x" { keep; }',
]  # fmt: skip

OLD_SCRIPTS = [
    ("notify", 'require ["notify"]; notify :method "mailto" :options ["a@x.be"] :message "x"; denotify;', [Sending("notify", "a@x.be")]),
    ("imapflags", 'require ["imapflags"]; mark; unmark;', []),
]
"""With extensions that Cyrus 3.6 takes and 3.10 does not: such a script can have been stored before a newer Cyrus came."""


def compiled(lab: Lab, folder: Path, script: str) -> subprocess.CompletedProcess[str]:
    source, settings = folder / "script", lab.directory / "cyrus" / "imapd.conf"
    source.write_text(script)
    command = ["/usr/lib/cyrus/bin/sievec", "-C", str(settings), str(source), str(folder / "compiled")]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("script", SCRIPTS)
def test_what_cyrus_takes_can_be_read(lab: Lab, tmp_path: Path, script: str) -> None:
    done = compiled(lab, tmp_path, script)
    assert done.returncode == 0, done.stderr
    parsed = parse_script(script.encode())
    assert parsed.error == ""
    code = script.replace("# redirect", "").replace('/* redirect "a@x.be"; **/', "").replace("redirect-d", "")
    assert bool([one for one in parsed.sendings if one.action != "notify"]) == ("redirect" in code)


@pytest.mark.parametrize(("extension", "script", "sendings"), OLD_SCRIPTS)
def test_what_an_older_cyrus_took_can_be_read_too(lab: Lab, tmp_path: Path, extension: str, script: str, sendings: list[Sending]) -> None:
    is_taken = compiled(lab, tmp_path, f'require "{extension}";').returncode == 0
    done = compiled(lab, tmp_path, script)
    if is_taken:
        assert done.returncode == 0, done.stderr
    else:
        assert f'"require": "{extension}"' in done.stderr
    parsed = parse_script(script.encode())
    assert (parsed.error, list(parsed.sendings)) == ("", sendings)
