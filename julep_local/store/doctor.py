"""Looks a file over from end to end, and, when asked, mends what can be mended, after a copy of it was made.

Others write meanwhile: each check is one statement, or looks at rows of which each is right or wrong by itself.
"""

import os

from julep_local.errors import StoreError
from julep_local.settings import IN_MEMORY
from julep_local.store import backups, examination, mending, place, schema
from julep_local.store.database import AsItIs, Database, open_here
from julep_local.store.library import SQLITE_VERSION
from julep_local.types.doctor import DoctorCheck, DoctorFinding, DoctorReport


def examine(db: Database, *, repair: bool = False) -> DoctorReport:
    """Return what is wrong with the file; with `repair`, what is left after mending.

    The copy is made beside the file, and kept. Nothing is mended where pages are damaged: that makes it worse.

    Raises:
        StoreError: it is to be mended, and cannot be copied or written.
    """
    report = _report(db)
    if not repair or not any(each.repairable for each in report.findings):
        return report
    if any(each.kind == "pages" for each in report.findings):
        return report
    copy = None
    if db.path != IN_MEMORY:
        copy = place.name_beside(db.path, "before-repair")
        backups.make(db, copy)
    repaired = mending.mend(db, report.findings)
    return _report(db).model_copy(update={"repaired": repaired, "backup": copy})


def examine_file(path: str, *, repair: bool = False, key: str | None = None) -> DoctorReport:
    """The same of a file that is not open, as it is: it is neither made nor brought up to date.

    Raises:
        StoreError: there is no such file, or it is to be mended, and cannot be copied or written.
    """
    if not os.path.exists(path):
        raise StoreError("there is no such file", path=path)
    mine = open_here(path)
    if mine is not None:  # opened and closed once more, the file would lose the locks of those who have it open
        return examine(mine, repair=repair)
    try:
        db = AsItIs(path, key=key)
    except StoreError as error:
        return _unopened(path, error)
    try:
        if repair and not db.is_current:
            raise StoreError(
                f"the file is of another version than {schema.VERSION}: open it with a client first, which brings it "
                "up to date after a copy was made",
                path=path,
            )
        return examine(db, repair=repair)
    finally:
        db.close()


def _report(db: Database) -> DoctorReport:
    checks: list[DoctorCheck] = []
    findings: list[DoctorFinding] = []
    for each in examination.all_checks(db):
        if isinstance(each, DoctorCheck):
            checks.append(each)
        else:
            findings.append(each)
    findings.sort(key=lambda each: each.severity)
    return DoctorReport(
        path=db.path,
        is_sound=all(each.severity != "damage" for each in findings),
        checks=checks,
        findings=findings,
        schema_version=int(db.query("pragma user_version")[0][0]),
        sqlite_version=SQLITE_VERSION,
    )


def _unopened(path: str, error: StoreError) -> DoctorReport:
    finding = DoctorFinding(
        kind="cannot_be_opened",
        severity="damage",
        meaning=str(error),
        remedy="go back to a copy, or do what the sentence says",
        repairable=False,
    )
    return DoctorReport(
        path=path,
        is_sound=False,
        checks=[DoctorCheck(name="opening", passed=False, summary="the file cannot be opened")],
        findings=[finding],
        sqlite_version=SQLITE_VERSION,
    )
