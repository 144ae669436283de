"""The command line: `python -m checks --stack prod`."""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from dataclasses import replace
from pathlib import Path

from rich.markdown import Markdown

from checks import base, deploying, junit, levels, markdown, metrics, sarif
from checks.judging import Deployment, judge, judge_all
from checks.model import Check, Comparison, Place
from policies.kit import exceptions as kit
from policies.kit.exceptions import ExceptionsError
from policies.pack import RULES
from sandbox.failures import ExitCode, SandboxError
from sandbox.progress import error_console, observer_for, output_console
from sandbox.runner import CHECKOUT

EXIT_CODES = """\
exit codes:
  0  nothing found
  1  findings: a mandatory rule, a rule that could not be run, a stack that could not be deployed, an exception that
     has ended or that nothing needs
  2  bad input: an argument, a stack without a file, a wrong file of exceptions or levels
"""


def main(arguments: list[str] | None = None) -> int:
    """Checks, writes the reports, shows the summary, and returns the exit code."""
    options = _parser().parse_args(arguments)
    console = error_console()
    try:
        levels.require_files()
        exceptions = kit.load_own(RULES)
        check = _check(options, exceptions)
    except (ExceptionsError, SandboxError) as error:
        console.print(str(error), markup=False, highlight=False, style="red", soft_wrap=True)
        return ExitCode.BAD_INPUT
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    write(check, options.out)
    output_console().print(Markdown(markdown.summary(check)))
    console.print(f"Reports: {options.out}", markup=False, highlight=False)
    return ExitCode.OK if check.ok else ExitCode.FAILED


def write(check: Check, folder: Path) -> None:
    """Writes all reports into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for stack in check.stacks:
        (folder / f"{stack.stack}.md").write_text(markdown.report(check, stack), encoding="utf-8")
    (folder / "summary.md").write_text(markdown.summary(check), encoding="utf-8")
    (folder / "results.sarif").write_text(json.dumps(sarif.sarif(check), indent=1), encoding="utf-8")
    (folder / "junit.xml").write_bytes(junit.junit(check))
    (folder / "exceptions.prom").write_text(metrics.metrics(check), encoding="utf-8")


def _check(options: argparse.Namespace, exceptions: kit.Exceptions) -> Check:
    project = options.project.resolve()
    known = deploying.stacks_of(project)
    observer = observer_for(error_console(), quiet_terminal=bool(os.environ.get("CI")))
    with tempfile.TemporaryDirectory(prefix="odoo-azure-check-") as folder:
        home = Path(folder) / "home"
        deployer = deploying.Deployer(project=project, home=home, cluster=options.cluster, observer=observer)
        stacks = deploying.in_order(project, home, options.stack or known)
        before = None
        if options.base:
            found = base.base_of(project, options.base, Path(folder) / "base")
            before = base.deploy(found, home, stacks, cluster=options.cluster, say=observer.say)
        checked = [judge(_deploy(deployer, stack, before), exceptions) for stack in stacks]
    return judge_all(checked, exceptions, known, _exceptions_file(project))


def _deploy(deployer: deploying.Deployer, stack: str, before: base.Deployed | None) -> Deployment:
    """Onto what was deployed of it before; onto nothing where that failed, or was not asked for."""
    if before is None:
        return deployer.deploy(stack)
    commit = before.base.commit
    if stack in before.stacks:
        return deployer.deploy(stack, Comparison(base=commit))
    if stack in before.failed:
        alone = replace(deployer, home=deployer.home.with_name("alone"))
        return alone.deploy(stack, Comparison(base=commit, why_not=f"{commit} could not be deployed"))
    return deployer.deploy(stack, Comparison(base=commit, why_not=f"{commit} does not have it"))


def _exceptions_file(project: Path) -> Place:
    path = Path(os.environ.get("POLICY_EXCEPTIONS") or kit.FILE).resolve()
    return Place(file=path.relative_to(project).as_posix() if path.is_relative_to(project) else path.name)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m checks",
        description="Deploys every stack into a sandbox of its own, with the policies on full values, and reports.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--stack", action="append", help="a stack, repeatable; a tenant's brings its platform")
    parser.add_argument("--project", type=Path, default=CHECKOUT, metavar="DIR", help="the project (default: this one)")
    parser.add_argument("--out", type=Path, default=Path(".check"), metavar="DIR", help="reports (default: .check)")
    parser.add_argument("--base", metavar="REF", help="deploy it first, and report what changes, as origin/main")
    parser.add_argument("--cluster", action="store_true", help="put Kubernetes objects onto a real API server")
    return parser
