"""The command line: `python -m sandbox up --stack prod`."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from rich.console import Console

from sandbox import report
from sandbox.failures import BadInputError, ExitCode, SandboxError
from sandbox.progress import Observer, error_console, observer_for, output_console
from sandbox.result import Result
from sandbox.runner import CHECKOUT, HOME, Run

COMMANDS = {
    "up": "preview, then make it so; stops at the preview if a mandatory policy is violated",
    "preview": "what up would do, checked by the policies",
    "refresh": "make the state say what the sandbox's cloud says, and show what that changes",
    "drift": "show what changed in the cloud behind the state's back; changes nothing",
    "destroy": "delete everything, unless something is protected; asks nothing",
    "move": "move component --resource, with all below it, into the state of stack --to; nothing in the cloud changes",
    "export": "write the stack's state to --file as JSON, secrets encrypted",
}
EXIT_CODES = """\
exit codes:
  0    done; for drift: there is none
  1    failed: the engine, a provider, the program, or a mandatory policy
  2    bad input: an argument, a file, a setting
  3    the port is taken
  4    another run of this stack is in progress
  5    drift found
  130  interrupted
"""


def main(arguments: list[str] | None = None) -> int:
    """Runs a command and returns its exit code."""
    options = _parser().parse_args(arguments)
    console = error_console()
    observer = observer_for(console, quiet_terminal=options.json or bool(os.environ.get("CI")))
    try:
        result = _run(options, observer)
    except SandboxError as error:
        return _failed(options, error, console)
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    if result is None:
        return ExitCode.OK
    if options.json:
        json.dump(report.as_json(result), sys.stdout, default=str)
        print()
    else:
        report.show(result, output_console())
    return result.exit_code


def _run(options: argparse.Namespace, observer: Observer) -> Result | None:
    run = Run(
        stack=options.stack,
        project=options.project,
        home=options.home,
        policy_packs=options.policy_pack,
        latency=options.latency,
        port=options.port,
        cluster=not options.schemas_only,
        observer=observer,
    )
    if options.command == "export":
        if options.file is None:
            raise BadInputError("export needs --file PATH (make export FILE=PATH).")
        run.export(options.file)
        observer.say(f"Wrote the state of stack {options.stack} to {options.file}.")
        return None
    if options.command == "move":
        if not options.to or not options.resource:
            raise BadInputError("move needs --to STACK and --resource NAME (make move FROM=... TO=... RESOURCE=...).")
        return run.move(options.to, options.resource)
    if options.command == "preview":
        return run.preview(save_plan=options.save_plan)
    if options.command == "up":
        return run.up(skip_preview=options.skip_preview, plan=options.plan)
    result = getattr(run, options.command)()
    return result if isinstance(result, Result) else None


def _failed(options: argparse.Namespace, error: SandboxError, console: Console) -> int:
    if options.json:
        failure = {"command": options.command, "stack": options.stack, "ok": False}
        json.dump({**failure, "exit_code": int(error.exit_code), "message": str(error)}, sys.stdout)
        print()
    else:
        console.print(str(error), markup=False, highlight=False, style="red", soft_wrap=True)
    return error.exit_code


def _parser() -> argparse.ArgumentParser:
    commands = "\n".join(f"  {name:<9} {text}" for name, text in COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog="python -m sandbox",
        description="Runs a Pulumi project with the real engine against an Azure and a cluster on this machine.\n\n"
        f"commands:\n{commands}",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", choices=COMMANDS, metavar="command", help="one of the above")
    parser.add_argument("--stack", default="prod", help="the stack, Pulumi.<stack>.yaml (default: %(default)s)")
    parser.add_argument("--project", type=Path, default=CHECKOUT, metavar="DIR", help="the project (default: this one)")
    parser.add_argument("--home", type=Path, default=HOME, metavar="DIR", help="state and cloud (default: .sandbox)")
    parser.add_argument(
        "--policy-pack",
        type=_folder,
        action="append",
        metavar="DIR",
        help="a policy pack to check with; repeatable (default: policies in the project)",
    )
    parser.add_argument("--latency", type=float, metavar="F", help="factor on realistic provisioning times")
    parser.add_argument("--port", type=int, default=0, metavar="N", help="the providers' port (default: a free one)")
    parser.add_argument("--schemas-only", action="store_true", help="start no API server for clusters")
    parser.add_argument("--skip-preview", action="store_true", help="let up begin without a preview, as pulumi's does")
    parser.add_argument("--save-plan", type=Path, metavar="PATH", help="where preview writes its plan, if it passes")
    parser.add_argument("--plan", type=Path, metavar="PATH", help="the plan that up is held to: nothing else is done")
    parser.add_argument("--file", type=Path, metavar="PATH", help="where export writes")
    parser.add_argument("--to", metavar="STACK", help="the stack that move moves to")
    parser.add_argument("--resource", metavar="NAME", help="the component that move moves, by its Pulumi name")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of text")
    return parser


def _folder(text: str) -> Path:
    path = Path(text)
    if not (path / "PulumiPolicy.yaml").is_file():
        raise argparse.ArgumentTypeError(f"{text} is no policy pack: it holds no PulumiPolicy.yaml")
    return path
