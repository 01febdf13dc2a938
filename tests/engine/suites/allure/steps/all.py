"""Steps that call allure."""

import allure
from behave import step


@step("it attaches text, bytes and a file")
def attaches(context):
    allure.attach("text", "a text", allure.attachment_type.TEXT)
    allure.attach(b"<p>page</p>", name="a page", attachment_type="text/html", extension="html")
    path = context.folder / "attached.csv"
    path.write_text("a,b")
    allure.attach.file(path, "a file", allure.attachment_type.CSV)
    path.unlink()


@step("it adds links and descriptions")
def describes(context):
    allure.dynamic.link("https://example.org/1", name="a link")
    allure.dynamic.issue("https://example.org/2", "an issue")
    allure.dynamic.description_html("<b>described</b>")
    allure.dynamic.title("a title")
    allure.dynamic.label("owner", "me")


@allure.step("add {first} and {second}")
def add(first, second):
    with allure.step("inside"):
        allure.attach(f"{first + second}", "the sum", allure.attachment_type.TEXT)


@step("it makes steps within steps")
def nests(context):
    with allure.step("outer"):
        add(1, second=2)
    with allure.step("next"):
        pass


@step("it fails in a step")
def fails(context):
    with allure.step("failing"):
        assert 1 == 2, "one is not two"


@step("it breaks in a step")
def breaks(context):
    with allure.step("breaking"), allure.step("inner"):
        raise LookupError("nothing there")
