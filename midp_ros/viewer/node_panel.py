"""A node's folder on the page: its report, and buttons for the services that it offers now; imports viser."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

import viser

from midp_ros.viewer.requests import Note, Press, Request

COLOURS = {"stop": "red", "discard": "red", "confirm": "green", "resume": "green", "keep": "green", "start": "blue"}
Ask = Callable[[Request], None]


class NodePanel:
    """A folder that is visible while the node is there.

    Args:
        hints: what each button does, by service.
        ask: takes what is asked for; called on another thread.
    """

    def __init__(self, gui: viser.GuiApi, node: str, hints: Mapping[str, str], ask: Ask):
        self._node, self._ask, self._content = node, ask, ""
        self._folder = gui.add_folder(node, visible=False)
        with self._folder:
            self._report = gui.add_html("", visible=False)
            self._buttons = {service: self._button(gui, service, hint) for service, hint in hints.items()}

    def show(self, offered: Collection[str]) -> None:
        """Shows the buttons of the services that the node offers now."""
        for service, button in self._buttons.items():
            if button.visible != (service in offered):
                button.visible = service in offered
        self._update(bool(offered))

    def report(self, text: str) -> None:
        """Shows HTML above the buttons; empty: nothing."""
        if text != self._content:
            self._content = self._report.content = text
            if self._report.visible != bool(text):
                self._report.visible = bool(text)
        self._update(any(b.visible for b in self._buttons.values()))

    def _update(self, offers: bool) -> None:
        wanted = offers or bool(self._content)
        if self._folder.visible != wanted:
            self._folder.visible = wanted

    def _button(self, gui: viser.GuiApi, service: str, hint: str) -> viser.GuiButtonHandle:
        button = gui.add_button(service, hint=hint, visible=False, color=COLOURS.get(service, "gray"))
        button.on_click(lambda _: self._ask(Press(self._node, service)))
        return button


class RecorderPanel(NodePanel):
    """The recorder's folder, which also takes notes."""

    def __init__(self, gui: viser.GuiApi, node: str, hints: Mapping[str, str], ask: Ask):
        super().__init__(gui, node, hints, ask)
        with self._folder:
            self._text = gui.add_text("note", "")
            button = gui.add_button("add note", hint="write it into the running episode", color="gray")
        button.on_click(lambda _: self._send_note())

    def _send_note(self) -> None:
        if text := self._text.value.strip():
            self._ask(Note(text))
            self._text.value = ""
