"""A person who uses the keyboard alone: what has the focus, and that one can see it."""

from playwright.sync_api import Page

_MOST_TABS = 80
_NAME = """() => {
    const here = document.activeElement;
    if (!here || here === document.body) return "";
    if (here.tagName === "MAIN") return "main";
    const label = here.labels && here.labels[0] ? here.labels[0].innerText : here.innerText;
    return label.replace(/\\s+/g, " ").trim();
}"""
# A ring, a box or an underline that the same thing does not have without the focus.
_LOOK = """() => {
    const style = getComputedStyle(document.activeElement);
    const label = document.activeElement.labels && document.activeElement.labels[0];
    const before = label ? getComputedStyle(label, "::before") : style;
    return [style.outlineStyle !== "none" && style.outlineWidth !== "0px",
            style.boxShadow !== "none", before.boxShadow !== "none"].some(Boolean);
}"""


class Keyboard:
    """Moves through a page by Tab and acts by keys; stops where the focus cannot be seen."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def tab(self) -> str:
        """Go one further; the name of what has the focus then."""
        self.page.keyboard.press("Tab")
        name = self.focused()
        if name and not self.page.evaluate(_LOOK):
            raise AssertionError(f"one cannot see that “{name}” has the focus")
        return name

    def tab_to(self, name: str) -> None:
        """Go on until this has the focus; never more than a page has."""
        passed = []
        for _each in range(_MOST_TABS):
            passed.append(self.tab())
            if passed[-1] == name:
                return
        raise AssertionError(f"“{name}” is not reached by Tab, only {passed}")

    def focused(self) -> str:
        """The name of what has the focus."""
        return str(self.page.evaluate(_NAME))

    def press(self, key: str) -> None:
        """Press one key."""
        self.page.keyboard.press(key)

    def leave_by(self, key: str) -> None:
        """Press a key that leads to another page."""
        with self.page.expect_navigation():
            self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        """Type letter by letter."""
        self.page.keyboard.type(text)
