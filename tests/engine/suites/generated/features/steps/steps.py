import asyncio
import sys

import parse
from actions import ACTIONS, act
from behave import register_type, step


class Weight:
    def __init__(self, text):
        self.text = text

    def __repr__(self):
        return f"Weight({self.text!r})"


@parse.with_pattern(r"\d+ kg")
def parse_weight(text):
    return Weight(text)


@parse.with_pattern(r"\w+")
def parse_broken(text):
    raise ValueError(f"{text} cannot be converted")


register_type(Weight=parse_weight, Broken=parse_broken)


@step("it passes")
def passes(context):
    pass


@step('it "{action}" with "{argument}"')
def acts(context, action, argument):
    act(context, action, argument)


@step("it runs {count:d} steps and then one that {ending}")
def runs_steps(context, count, ending):
    last = {"passes": "it passes", "is undefined": "it is not defined"}.get(
        ending, 'it "fails" with "value"'
    )
    context.execute_steps("\n".join(["Given it passes"] * count + [f"Then {last}"]))


@step("it weighs {weight:Weight} and {number:g} more")
def weighs(context, weight, number):
    print(weight.text, number)


@step("it converts {value:Broken}")
def converts(context, value):
    pass


@step("it shows its text")
def shows_text(context):
    print(repr(context.text))


@step("it shows its table")
def shows_table(context):
    for row in context.table or ():
        print(row.as_dict(), file=sys.stderr)


@step("it waits asynchronously and then {ending}")
async def waits(context, ending):
    await asyncio.sleep(0)
    if ending == "fails":
        raise AssertionError("after an await")


@step("it shows what the context has")
def shows_context(context):
    print(
        getattr(context, "memory", "nothing"),
        context.feature.name,
        context.scenario.name,
        sorted(context.tags),
        context.active_outline and context.active_outline.as_dict(),
        context.config.userdata.get("place"),
        len(ACTIONS),
    )
