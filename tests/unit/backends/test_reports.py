from __future__ import annotations

from pathlib import Path

import pytest
from ansible.module_utils.postroom.backends.reports import ReportError, read_audit_page, write_copy


def test_the_audit_page_is_read_with_what_is_beside_it(tmp_path: Path) -> None:
    (tmp_path / "audit.html").write_text('<link rel="stylesheet" href="audit.css"><script src="audit.js"></script>')
    (tmp_path / "audit.css").write_text("p{}")
    (tmp_path / "audit.js").write_text("é")
    assert read_audit_page(tmp_path / "audit.html") == "<style>p{}</style><script>é</script>"


@pytest.mark.parametrize(("content", "said"), [(None, "No such file"), ('<script src="audit.js"></script>', "needs audit.js")])
def test_a_page_that_cannot_be_used_is_named(tmp_path: Path, content: str | None, said: str) -> None:
    template = tmp_path / "audit.html"
    if content is not None:
        template.write_text(content)
    with pytest.raises(ReportError, match=f"audit page {template}: .*{said}"):
        read_audit_page(template)


def test_a_copy_is_whole_and_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "removed" / "a.sieve"
    (tmp_path / "removed").mkdir()
    (tmp_path / "removed" / ".a.sieve.unfinished").write_text("of a run that was killed")
    write_copy(path, b"\xffkeep;")
    assert [found.name for found in path.parent.iterdir()] == ["a.sieve"]
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"\xffkeep;", 0o600)


def test_a_copy_that_cannot_be_kept_is_named(tmp_path: Path) -> None:
    (tmp_path / "removed").write_text("in the way")
    with pytest.raises(ReportError, match=r"cannot keep the copy .*a\.sieve"):
        write_copy(tmp_path / "removed" / "a.sieve", b"keep;")
