"""The editor from outside: its accessibility tree, real pointer and key events, its actions on the bus.

Nothing waits for a fixed time to pass: everything polls for what it expects, with one generous limit.

SPDX-License-Identifier: LGPL-2.1-or-later
"""

import os
import subprocess
import time

LIMIT_S = 90
FRAME_PX = 5  # GTK's own frame round a window without a compositor


class Failure(Exception):
    """What was expected did not come."""


def missing():
    """Why this cannot run here; None: it can."""
    try:
        import pyatspi  # noqa: F401
    except ImportError:
        return "python3-pyatspi is not installed"
    for program in ("xdotool", "gdbus"):
        if subprocess.run(["sh", "-c", f"command -v {program}"], stdout=subprocess.DEVNULL).returncode != 0:
            return f"{program} is not installed"
    return None


def wait(what, check, limit_s=LIMIT_S):
    """Polls until check() gives something true, and returns it."""
    end = time.monotonic() + limit_s
    pause = 0.02
    while True:
        try:
            found = check()
        except Failure:
            raise
        except Exception:  # an object of the tree may go while it is looked at
            found = None
        if found:
            return found
        if time.monotonic() > end:
            raise Failure(f"waited {limit_s} s in vain for {what}")
        time.sleep(pause)
        pause = min(0.2, pause * 1.3)


class Editor:
    """One running editor."""

    def __init__(self, *arguments):
        program = os.path.join(os.environ["WEFT_BUILD_DIR"], "app", "weft")
        self.process = subprocess.Popen([program, *arguments])
        self.app = wait("the editor in the accessibility tree", self._find_app)
        self.window_id = wait("the window", self._find_window)

    def _find_app(self):
        import pyatspi
        if self.process.poll() is not None:
            raise Failure(f"the editor ended with {self.process.returncode}")
        return next((app for app in pyatspi.Registry.getDesktop(0)
                     if app and app.name == "weft" and app.get_process_id() == self.process.pid), None)

    def _find_window(self):
        found = subprocess.run(["xdotool", "search", "--onlyvisible", "--pid", str(self.process.pid)],
                               capture_output=True, text=True).stdout.split()
        return min(found, key=int) if found else None  # what was opened first: a tooltip is a window too

    def alive(self):
        if self.process.poll() is not None:
            raise Failure(f"the editor ended with {self.process.returncode}")

    # ---- Looking ----

    def find(self, name=None, role=None, within=None, starts=None):
        """The first object with this name (or beginning of a name) and role, breadth first; None."""
        self.alive()
        queue = [within or self.app]
        while queue:
            following = []
            for item in queue:
                if item is None:
                    continue
                if item is not within and (name is None or item.name == name) and (starts is None or item.name.startswith(starts)) \
                        and (role is None or item.getRoleName() == role):
                    return item
                following.extend(item)
            queue = following
        return None

    def get(self, name=None, role=None, within=None, starts=None):
        return wait(f"{role or 'object'} “{name or starts}”", lambda: self.find(name, role, within, starts))

    def node(self, title):
        """The card of a node; None."""
        canvas = self.find("Canvas")
        return canvas and self.find(starts=title + ", ", role="panel", within=canvas)

    def description(self, title):
        node = self.node(title)
        return node.description if node else ""

    @staticmethod
    def sensitive(item):
        import pyatspi
        return item.getState().contains(pyatspi.STATE_SENSITIVE)

    # ---- Pointing and typing ----

    def place(self, item, dx=None, dy=None):
        """Where on the screen: an object's middle, or so many pixels from its corner (from its far side if negative)."""
        import pyatspi
        box = item.queryComponent().getExtents(pyatspi.WINDOW_COORDS)
        geometry = subprocess.run(["xdotool", "getwindowgeometry", "--shell", self.window_id],
                                  capture_output=True, text=True, check=True).stdout
        window = dict(line.split("=") for line in geometry.split())
        x = box.width / 2 if dx is None else dx if dx >= 0 else box.width + dx + 1
        y = box.height / 2 if dy is None else dy
        return int(window["X"]) + FRAME_PX + box.x + round(x), int(window["Y"]) + FRAME_PX + box.y + round(y)

    @staticmethod
    def xdotool(*words):
        subprocess.run(["xdotool", *map(str, words)], check=True)

    def click(self, item, dx=None, dy=None):
        x, y = self.place(item, dx, dy)
        self.xdotool("mousemove", x, y, "click", 1)

    def key(self, *keys):
        self.xdotool("key", *keys)

    def drag(self, start, end):
        """As a hand does it: GTK begins a drag only after some motion, and wants to see the pointer where it drops."""
        (x0, y0), (x1, y1) = start, end
        mx, my = (x0 + x1) // 2, (y0 + y1) // 2
        self.xdotool("mousemove", x0, y0, "sleep", 0.05, "mousedown", 1, "sleep", 0.05, "mousemove", x0 + 14, y0 + 12, "sleep", 0.05,
                     "mousemove", x0 + 25, y0 + 28, "sleep", 0.05, "mousemove", mx, my, "sleep", 0.05,
                     "mousemove", x1 - 3, y1 - 2, "sleep", 0.05, "mousemove", x1, y1, "sleep", 0.1, "mouseup", 1)

    def resize(self, width, height):
        self.xdotool("windowmove", self.window_id, 0, 0, "windowsize", self.window_id, width, height)

    # ---- Actions ----

    def act(self, action, parameter="[]", window=None):
        path = "/org/weft/Weft" + (f"/window/{window}" if window else "")
        subprocess.run(["gdbus", "call", "--session", "--dest", "org.weft.Weft", "--object-path", path,
                        "--method", "org.gtk.Actions.Activate", action, parameter, "{}"],
                       check=True, stdout=subprocess.DEVNULL)

    def end(self):
        self.process.terminate()
        self.process.wait(timeout=LIMIT_S)


def run(tests):
    """Runs the functions one after the other as TAP; what follows a failure is not run."""
    reason = missing()
    if reason:
        print(f"1..0 # SKIP {reason}")
        return 0
    print(f"1..{len(tests)}", flush=True)
    failed = False
    for number, (name, test) in enumerate(tests, 1):
        if failed:
            print(f"not ok {number} {name} # not run", flush=True)
            continue
        try:
            test()
            print(f"ok {number} {name}", flush=True)
        except (Failure, AssertionError, subprocess.SubprocessError) as error:
            failed = True
            print(f"not ok {number} {name}", flush=True)
            print("# " + (str(error) or repr(error)).replace("\n", "\n# "), flush=True)
            keep_screenshot()
    return 1 if failed else 0


def keep_screenshot():
    path = os.path.join(os.environ["WEFT_BUILD_DIR"], "meson-logs", "journey-failed.png")
    if subprocess.run(["sh", "-c", f"import -window root '{path}'"], stderr=subprocess.DEVNULL).returncode == 0:
        print(f"# screen: {path}", flush=True)
