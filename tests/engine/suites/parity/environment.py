from behave import fixture, use_fixture


@fixture
def thing(context):
    print("thing up")
    yield "thing"
    print("thing down")


def before_all(context):
    print("before all")
    context.from_before_all = 1


def before_feature(context, feature):
    print(f"before feature {feature.name}")
    context.thing = use_fixture(thing, context)
    if "feature_hook.fails" in feature.tags:
        raise RuntimeError("no feature today")


def after_feature(context, feature):
    assert context.thing == "thing"


def before_tag(context, tag):
    if tag == "hook.fails":
        raise ValueError("a tag that fails")


def before_scenario(context, scenario):
    if "skipped.in.hook" in scenario.tags:
        scenario.skip("not today")
    if scenario.name == "has a hook that fails":
        print("in the hook")
        assert context.from_before_all == 2


def after_step(context, step):
    print(f"after {step.name}")
