"""What is said of a run that ends while another window is looked at, from outside: a program that shows notifications, as a
desktop has one, is told; who looks at the run is not; and a click on it brings the run to the front.

SPDX-License-Identifier: LGPL-2.1-or-later
"""

import json
import os
import subprocess
import sys
import threading

import driver
from driver import wait

HOME = os.environ["WEFT_TEST_HOME"]
DOCUMENT = os.path.join(HOME, "digits.weft")
TOLD = []  # (title, text, actions)
PLACE = "/org/freedesktop/Notifications"
NAME = "org.freedesktop.Notifications"
editor = None
bus = None

INTERFACE = """
<node><interface name="org.freedesktop.Notifications">
  <method name="Notify"><arg type="s" direction="in"/><arg type="u" direction="in"/><arg type="s" direction="in"/>
    <arg type="s" direction="in"/><arg type="s" direction="in"/><arg type="as" direction="in"/><arg type="a{sv}" direction="in"/>
    <arg type="i" direction="in"/><arg type="u" direction="out"/></method>
  <method name="CloseNotification"><arg type="u" direction="in"/></method>
  <method name="GetCapabilities"><arg type="as" direction="out"/></method>
  <method name="GetServerInformation"><arg type="s" direction="out"/><arg type="s" direction="out"/><arg type="s" direction="out"/>
    <arg type="s" direction="out"/></method>
  <signal name="ActionInvoked"><arg type="u"/><arg type="s"/></signal>
</interface></node>"""


def show_notifications():
    """What a desktop's shell does; TOLD keeps what it would show."""
    from gi.repository import Gio, GLib
    ready = threading.Event()

    def called(connection, sender, path, interface, method, parameters, invocation):
        if method == "Notify":
            TOLD.append((parameters[3], parameters[4], parameters[5]))
            invocation.return_value(GLib.Variant("(u)", (len(TOLD),)))
        elif method == "GetCapabilities":
            invocation.return_value(GLib.Variant("(as)", (["body", "actions"],)))
        elif method == "GetServerInformation":
            invocation.return_value(GLib.Variant("(ssss)", ("test", "weft", "1", "1.2")))
        else:
            invocation.return_value(None)

    def serve():
        global bus
        context = GLib.MainContext()
        context.push_thread_default()
        bus = Gio.DBusConnection.new_for_address_sync(
            os.environ["DBUS_SESSION_BUS_ADDRESS"],
            Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION)
        bus.register_object(PLACE, Gio.DBusNodeInfo.new_for_xml(INTERFACE).interfaces[0], called)
        Gio.bus_own_name_on_connection(bus, NAME, Gio.BusNameOwnerFlags.NONE, lambda *_: ready.set())
        GLib.MainLoop(context).run()

    threading.Thread(target=serve, daemon=True).start()
    if not ready.wait(driver.LIMIT_S):
        raise driver.Failure("the bus gave no name to the program that shows notifications")


def begin():
    global editor
    show_notifications()
    with open(os.path.join(os.environ["WEFT_DATA_DIR"], "examples", "digits-mlp.weft")) as source:
        document = json.load(source)
    document["training"]["epochs"] = 6
    with open(DOCUMENT, "w") as copy:
        json.dump(document, copy)
    editor = driver.Editor(DOCUMENT)
    wait("the cards", lambda: editor.node("hidden"))


def focused():
    found = subprocess.run(["xdotool", "getwindowfocus"], capture_output=True, text=True).stdout.split()
    return found[0] if found else None


def windows():
    return subprocess.run(["xdotool", "search", "--onlyvisible", "--pid", str(editor.process.pid)],
                          capture_output=True, text=True).stdout.split()


def looked_at():
    """Who sees the run end is told in the window alone."""
    editor.xdotool("windowfocus", "--sync", editor.window_id)
    editor.act("train", window=1)
    wait("the end", lambda: editor.find(starts="epoch 6/6") and editor.sensitive(editor.find("Train", "push button")))
    assert not TOLD, TOLD


def looked_away():
    """Where another window has the focus, the desktop is told."""
    before = set(windows())
    editor.act("new-window")
    other = wait("another window", lambda: next((w for w in windows() if w not in before), None))
    editor.xdotool("windowfocus", "--sync", other)
    wait("its focus", lambda: focused() == other)
    editor.act("train", window=1)
    wait("the notification", lambda: TOLD)
    title, text, actions = TOLD[0]
    assert title == "Digits, one hidden layer" and text.startswith("Training is done"), TOLD
    assert "default" in actions, TOLD


def clicked():
    """A click on it shows the run: its window has the focus, at Train."""
    from gi.repository import GLib
    assert focused() != editor.window_id
    bus.emit_signal(None, PLACE, NAME, "ActionInvoked", GLib.Variant("(us)", (1, "default")))
    wait("the focus", lambda: focused() == editor.window_id)
    wait("the Train page", lambda: editor.find("Optimiser", "label") or editor.find("Runs", "label"))
    assert len(TOLD) == 1, TOLD
    editor.process.kill()


def main():
    try:
        return driver.run([("begin", begin), ("looked-at", looked_at), ("looked-away", looked_away), ("clicked", clicked)])
    finally:
        if editor:
            editor.process.kill()


if __name__ == "__main__":
    sys.exit(main())
