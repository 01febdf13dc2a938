from behave import then, when

from maidenhair import eventually, matchers


@when('Widget "{name}" of size {size:d} is created')
def create(context, name, size):
    context.widgets.create(name, size)


@then('Widget "{name}" has the colour "{colour}"')
def has_colour(context, name, colour):
    eventually(
        lambda: context.widgets.get(name),
        matchers.matches_tree({"spec": {"colour": colour}}),
        within=2,
        described_as=f'Widget "{name}"',
    )
