"""A formatter and a reporter that write what they get."""

import json
import os
from pathlib import Path

from behave.formatter.base import Formatter
from behave.reporter.base import Reporter


class TraceFormatter(Formatter):
    name = "trace"
    description = "every call, and the attributes of its argument"

    def __init__(self, stream_opener, config):
        super().__init__(stream_opener, config)
        self.stream = self.open()

    def write(self, call, **details):
        self.stream.write(json.dumps({"call": call, **details}) + "\n")
        self.stream.flush()

    def uri(self, uri):
        self.write("uri", uri=uri)

    def feature(self, feature):
        self.write("feature", **element(feature))

    def background(self, background):
        self.write("background", name=background.name, line=background.line)

    def rule(self, rule):
        self.write("rule", **element(rule))

    def rule_finished(self):
        self.write("rule_finished")

    def scenario(self, scenario):
        self.write("scenario", **element(scenario), effective=sorted(scenario.effective_tags))

    def step(self, step):
        table = None if step.table is None else [list(row) for row in step.table.rows]
        self.write(
            "step",
            name=f"{step.keyword} {step.name}",
            type=step.step_type,
            line=step.line,
            text=step.text,
            table=table,
        )

    def match(self, match):
        arguments = [
            [argument.name, argument.original, repr(argument.value), argument.start, argument.end]
            for argument in match.arguments or ()
        ]
        function = getattr(match.func, "__name__", None)
        self.write("match", location=str(match.location), arguments=arguments, function=function)

    def result(self, step):
        error = step.exception
        self.write(
            "result",
            name=step.name,
            status=step.status.name,
            message=step.error_message,
            error=None if error is None else f"{type(error).__module__}.{type(error).__name__}",
            base=[each.__name__ for each in type(error).__mro__ if each is not type(error)],
            hook_failed=step.hook_failed,
            has_traceback=step.exc_traceback is not None,
            output=step.captured.make_report(),
        )

    def embedding(self, mime_type, data):
        self.write("embedding", type=mime_type, data=data.decode())

    def eof(self):
        self.write("eof")

    def close(self):
        self.write("close")
        self.close_stream()


class TraceReporter(Reporter):
    def write(self, **details):
        with Path(os.environ["SUITE_REPORTER"]).open("a") as file:
            file.write(json.dumps(details) + "\n")

    def feature(self, feature):
        scenarios = [
            {
                **element(scenario),
                "status": scenario.status.name,
                "skip_reason": scenario.skip_reason,
                "message": scenario.error_message,
                "error": type(scenario.exception).__name__,
                "hook_failed": scenario.hook_failed,
                "output": [scenario.captured.stdout, scenario.captured.stderr],
                "steps": [[step.name, step.status.name] for step in scenario.all_steps],
            }
            for scenario in feature.walk_scenarios()
        ]
        self.write(**element(feature), status=feature.status.name, scenarios=scenarios)

    def end(self):
        self.write(end=True)


def element(value):
    return {
        "name": value.name,
        "tags": [str(tag) for tag in value.tags],
        "line": value.line,
        "description": list(value.description or ()),
    }
