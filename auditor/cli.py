"""The command line: arguments in, exit code out. The contract stands in DESIGN, section 5.

Nothing heavy is imported before the arguments are known, so that ``--help`` answers at once.
"""

from __future__ import annotations

import argparse
import io
import locale
import os
import signal
import sys
from _thread import interrupt_main
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from threading import Timer
from typing import TYPE_CHECKING, NoReturn

from auditor.arguments import audits, bundles, files, nights, people
from auditor.usage import worded
from auditor.version import VERSION
from probes.text import Text, text

if TYPE_CHECKING:
    from reports.edition import Language

DONE, BELOW_PASS_LINE, USAGE, FAILED = 0, 1, 2, 3


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code: 0 done, 1 below the pass line, 2 usage or inventory error, 3 failed."""
    if sys.stdout is None:
        # Closed by the caller (``>&-``): the work is still worth doing, and the exit code tells how it went.
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115  for as long as the process lives
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and not stream.encoding.lower().startswith("utf"):
            # A terminal that knows no Chinese, or no tick: the sign's number says more than a crash.
            stream.reconfigure(errors="backslashreplace")
    arguments = list(sys.argv[1:] if argv is None else argv)
    language = language_of(arguments)
    hook = sys.unraisablehook
    sys.unraisablehook = _heard_again
    try:
        return _command(arguments, language)
    except KeyboardInterrupt:
        complain(text("stopped on request"), language)
        return FAILED
    finally:
        sys.unraisablehook = hook


def _heard_again(lost: sys.UnraisableHookArgs) -> None:
    """A Ctrl-C that compiled code dropped (pydantic does while models are built) is pressed once more."""
    if lost.exc_type is KeyboardInterrupt:
        # Not from here, where it would be dropped as well.
        again = Timer(0.1, _press)
        again.daemon = True
        again.start()
    else:
        sys.__unraisablehook__(lost)


def _press() -> None:
    """Interrupt the main thread, also where it waits for something; a mere mark would be seen only after that."""
    if sys.platform == "win32":
        interrupt_main()
    else:
        os.kill(os.getpid(), signal.SIGINT)


def _command(arguments: Sequence[str], language: Language) -> int:
    options = _options(arguments, language)
    from probes.errors import AuditorError  # noqa: PLC0415  brings pydantic, which --help does not need

    try:
        code: int = import_module(f"auditor.commands.{options.command}").run(options)
        sys.stdout.flush()
    except AuditorError as error:
        complain(error.text, language)
        return error.exit_code
    except BrokenPipeError:
        # The reader of stdout went away (head, less); there is nobody left to tell.
        _forget_stdout()
        return FAILED
    except OSError as error:
        # What may go wrong elsewhere has become an AuditorError by now, so this is the result that cannot be written.
        from probes.trouble import said_by  # noqa: PLC0415

        complain(text("cannot write the result: {error}", error=said_by(error)), language)
        _forget_stdout()
        return FAILED
    return code


def _forget_stdout() -> None:
    """Keep the interpreter from trying once more, at its end, to write what nobody can take."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def complain(sentence: Text, language: Language) -> None:
    """One sentence on stderr."""
    from reports.language import say  # noqa: PLC0415

    sys.stderr.write(f"campus-auditor: {say(sentence, language)}\n")


def language_of(arguments: Sequence[str]) -> Language:
    """The language asked for with ``--lang``, else that of the locale."""
    for position, argument in enumerate(arguments):
        value = argument.partition("=")[2] or next(iter(arguments[position + 1 :]), "")
        if argument.partition("=")[0] == "--lang" and value in {"zh", "en"}:
            return "zh" if value == "zh" else "en"
    spoken = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), None)
    return "zh" if (spoken or locale.getlocale()[0] or "").startswith(("zh", "Chinese")) else "en"


def _options(arguments: Sequence[str], language: Language) -> argparse.Namespace:
    from reports.language import translator  # noqa: PLC0415

    with worded(translator(language)):
        options = _parser(language).parse_args(arguments)
    options.language = language
    return options


class _Parser(argparse.ArgumentParser):
    """Says a usage error in one sentence, in the user's language."""

    language: Language = "en"

    def error(self, message: str) -> NoReturn:
        """End with code 2 and one sentence."""
        from reports.language import say  # noqa: PLC0415

        sentence = text("{message}; “{program} --help” shows what there is", message=message, program=self.prog)
        self.exit(USAGE, f"{self.prog}: {say(sentence, self.language)}\n")


def _parser(language: Language) -> argparse.ArgumentParser:
    from reports.language import translator  # noqa: PLC0415

    _ = translator(language)
    _Parser.language = language
    parser = _Parser(
        prog="campus-auditor",
        description=_("Measures a school's network against the smart-campus indicators and proves every point."),
    )
    version = f"campus-auditor {VERSION}"
    parser.add_argument("--version", action="version", version=version, help=_("show the version and exit"))
    spoken = _("language of messages and reports")
    parser.add_argument("--lang", choices=("zh", "en"), help=spoken)
    common = _Parser(add_help=False)
    # Also after the command; left out there, it must not undo what stood before the command.
    common.add_argument("--lang", choices=("zh", "en"), default=argparse.SUPPRESS, help=spoken)
    commands = parser.add_subparsers(dest="command", required=True, metavar=_("COMMAND"), parser_class=_Parser)

    def command(name: str, words: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, parents=[common], help=words, description=words)

    for family in (audits, nights, people, bundles, files):
        family.commands(command, _)
    return parser


if __name__ == "__main__":
    sys.exit(main())
