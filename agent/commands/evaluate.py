"""The command `eval`: run tasks, write their results and the report, or compare two runs."""

from pathlib import Path
from typing import Annotated, Any

import typer

from shelftalker.commands import terminal
from shelftalker.errors import InputError


def evaluate(
    directory: terminal.Dir,
    tasks: Annotated[
        list[str] | None,
        typer.Argument(metavar="[TASK]...", help="Names or YAML files; default: standard."),
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for results and report.html.")] = Path(
        "runs/eval"
    ),
    domain: terminal.DomainOption = None,
    engine: terminal.EngineOption = "auto",
    adapter: Annotated[str | None, typer.Option(help="An adapter, e.g. movies@v3.")] = None,
    users: Annotated[
        int | None, typer.Option(help="Number of users to test, instead of the task's.", min=2)
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="Folder of the public data sets.", envvar="SHELFTALKER_DATA")
    ] = None,
    judge_url: Annotated[
        str | None, typer.Option(help="OpenAI-compatible address of an LLM judge of the texts.")
    ] = None,
    judge_model: Annotated[str | None, typer.Option(help="The judge's model.")] = None,
    compare: Annotated[
        tuple[Path, Path] | None,
        typer.Option(help="Compare two result folders instead of running tasks.", metavar="A B"),
    ] = None,
    as_json: terminal.Json = False,
) -> None:
    """Measure ranking, picking, texts and speed on held-out events; write results and a report."""
    from shelftalker.eval.harness import run_tasks
    from shelftalker.eval.report import write_report
    from shelftalker.eval.result import results_of
    from shelftalker.eval.task import find_tasks
    from shelftalker.eval.task_setup import TaskSetup
    from shelftalker.store.workspace import Workspace

    if engine == "none":
        raise InputError(
            "engine 'none' writes no text; allowed: auto, openai, openvino, transformers, vllm"
        )
    with Workspace.open(directory) as workspace:
        if compare:
            _compare(*compare, out, as_json)
            return
        changed = {"users": users} if users else {}
        chosen = [task.model_copy(update=changed) for task in find_tasks(tasks or [])]
        judge = _judge(judge_url, judge_model, [task.kind for task in chosen])
        name = workspace.domain_name(domain)
        with terminal.bar(f"evaluating {name}") as progress:
            setup = TaskSetup(workspace, name, engine, adapter, data, progress, judge)
            workspace.catalog(name)  # raises WorkspaceError: every task needs it
            try:
                results = run_tasks(chosen, setup, out, terminal.say)
            finally:
                known = any(out.glob("*.json"))
                file = write_report(results_of(out), out / "report.html") if known else None
    _print(results, file, as_json)


def _judge(url: str | None, model: str | None, kinds: list[str]) -> Any:
    from shelftalker.engine.chat_client import ChatClient

    if url is None and model is None:
        return None
    if url is None or model is None:
        raise InputError("--judge-url and --judge-model are given together, or neither")
    if "descriptions" not in kinds:
        raise InputError("the judge reads the texts of task 'descriptions'; name that task too")
    return ChatClient(url, model)


def _compare(a: Path, b: Path, out: Path, as_json: bool) -> None:
    from dataclasses import asdict

    from shelftalker.eval.compare_runs import changes
    from shelftalker.eval.report import write_report
    from shelftalker.eval.result import results_of

    second = results_of(b)
    figures = changes(results_of(a), second)
    out.mkdir(parents=True, exist_ok=True)
    file = write_report(second, out / "compare.html", figures)
    rows = [{**asdict(one), "verdict": one.verdict} for one in figures]
    told = [
        f"{one.task}, {one.system}, {one.metric}: {one.a} -> {one.b}, {one.verdict}"
        for one in figures
    ]
    terminal.report({"changes": rows, "report": str(file)}, as_json, [*told, f"report: {file}"])


def _print(results: Any, file: Path | None, as_json: bool) -> None:
    from shelftalker.eval.report import summary
    from shelftalker.eval.result import as_json as plain

    if as_json:
        terminal.print_json({"results": [plain(result) for result in results], "report": str(file)})
        return
    for question, sentences in summary(results):
        terminal.print_line(question, style="bold")
        for sentence in sentences:
            terminal.print_line(f"  {sentence}")
    for result in results:
        for flag in result.flags:
            terminal.say(f"doubtful, {result.task}: {flag}", style="yellow")
    terminal.print_line(f"report: {file}")
