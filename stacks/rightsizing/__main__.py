"""`python -m stacks.rightsizing FROM... --stack prod`: what a measured month says about the workload profile."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from stacks.assessing_files import PROJECT_DIRECTORY, profile_file
from stacks.errors import Problem, SettingsError
from stacks.planning.assessment.assess import assess
from stacks.profile import Profile
from stacks.rightsizing.csv_file import read_csv
from stacks.rightsizing.days import Days
from stacks.rightsizing.figures import all_figures
from stacks.rightsizing.measurement import Measurements, Metric, Series
from stacks.rightsizing.patch import patch
from stacks.rightsizing.prometheus import Span, queries, read_prometheus, shown_url
from stacks.rightsizing.proposal import propose
from stacks.rightsizing.quality import check
from stacks.rightsizing.report import Report, as_json, show
from stacks.rightsizing.sizes import resized
from stacks.rightsizing.subject import Subject, profile_subject, stack_subject
from stacks.scalars import Attachments

EXIT_REFUSED = 2
TOKEN = "PROMETHEUS_TOKEN"  # noqa: S105 the name of an environment variable
DAYS_ASKED = 45
"""The days around a turn of the month that hold a whole close wherever in a month one asks: 31, and the close's own."""


def main(arguments: Sequence[str] | None = None, directory: Path = PROJECT_DIRECTORY) -> int:
    """Prints what should change.

    Args:
        arguments: of the command line; None for the process's own.
        directory: the project's folder.

    Returns:
        0, whether anything should change or not; 2 where the file or the measurements cannot be used, or what was
        measured is more than can be planned.
    """
    options = _parser().parse_args(arguments)
    try:
        subject = _subject(options, directory)
        report = _report(subject, _measurements(options, subject), [_shown(source) for source in options.sources])
    except SettingsError as error:
        print(error, file=sys.stderr)
        return EXIT_REFUSED
    if options.json:
        print(as_json(report))
    else:
        show(report, Console())
    return 0


def _subject(options: argparse.Namespace, directory: Path) -> Subject:
    if options.profile:
        path = profile_file(options.profile, directory)
        name = path.relative_to(directory).as_posix() if path.is_relative_to(directory) else str(path)
        return profile_subject(path, name)
    return stack_subject(directory / f"Pulumi.{options.stack}.yaml")


def _measurements(options: argparse.Namespace, subject: Subject) -> Measurements:
    """What all sources have measured.

    Raises:
        SettingsError: one cannot be used, or two have measured the same.
    """
    span = Span(until=options.until, days=options.days)
    found: dict[Metric, Series] = {}
    for source in options.sources:
        measured = _read(source, subject.profile, span)
        if twice := found.keys() & measured.keys():
            raise SettingsError([_measured_twice(metric) for metric in sorted(twice)], _shown(source))
        found |= measured
    return found


def _read(source: str, profile: Profile, span: Span) -> Measurements:
    if "://" not in source:
        return read_csv(Path(source))
    asked = queries(attachments_in_files=profile.odoo.attachments is Attachments.SHARED_FILES)
    return read_prometheus(source, asked, span, os.environ.get(TOKEN, ""))


def _report(subject: Subject, measurements: Measurements, sources: Sequence[str]) -> Report:
    days, source = Days(subject.profile.calendar), ", ".join(sources)
    check(measurements, days, source)
    figures = all_figures(measurements, days)
    proposal = propose(subject.profile, figures, subject.name)
    first = min(series.first for series in measurements.values())
    last = max(series.last for series in measurements.values())
    return Report(
        file=subject.name,
        source=source,
        span=(days.local(first).date().isoformat(), days.local(last).date().isoformat()),
        figures=figures,
        proposal=proposal,
        diff=patch(subject.path, subject.name, subject.lines, subject.section, proposal.changes),
        sizes=resized(subject.sizes(subject.profile.workload), subject.sizes(proposal.workload)),
        topology=(
            assess(subject.profile).topology,
            assess(subject.with_workload(proposal.workload)).topology,
        ),
    )


def _shown(source: str) -> str:
    return shown_url(source) if "://" in source else Path(source).name


def _measured_twice(metric: Metric) -> Problem:
    return Problem(
        path=metric,
        found="measurements by another source as well",
        allowed="each metric from one source",
        remedy="Remove it from the CSV file, or leave a source out.",
    )


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _days(text: str) -> int:
    if not 1 <= int(text) <= 366:  # noqa: PLR2004 a year
        raise ValueError(text)
    return int(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m stacks.rightsizing", description="What a measured month says about the workload profile."
    )
    parser.add_argument("sources", nargs="+", metavar="FROM", help="a CSV file, or the URL of a Prometheus")
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--stack", help="its name: prod for Pulumi.prod.yaml")
    which.add_argument("--profile", help="a profile's file, or its name in profiles/")
    parser.add_argument("--json", action="store_true", help="print it as JSON")
    parser.add_argument(
        "--until", type=_moment, default=datetime.now(UTC), metavar="DATE", help="last day asked of a Prometheus (now)"
    )
    parser.add_argument("--days", type=_days, default=DAYS_ASKED, help="days asked of a Prometheus (%(default)s)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
