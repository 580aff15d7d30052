# SPDX-License-Identifier: GPL-3.0-or-later
"""The control socket: one line of JSON in, one out. `ctl` is its client.

It lies in the state directory and is reached through that directory's descriptor, because
the path of a UNIX socket must not be longer than some hundred bytes.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, Mapping

Command = Callable[..., Any]
_NAME = "control"


@contextmanager
def _short_path(state: Path) -> Iterator[str]:
    descriptor = os.open(state, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}/{_NAME}"
    finally:
        os.close(descriptor)


class ControlServer:
    """Runs commands by name in a thread of its own, one after another."""

    def __init__(self, state: Path, commands: Mapping[str, Command]) -> None:
        self._commands = commands
        (state / _NAME).unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        with _short_path(state) as path:
            self._socket.bind(path)
        os.chmod(state / _NAME, 0o600)
        self._socket.listen(8)
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            connection, _ = self._socket.accept()
            with connection, connection.makefile("rwb") as stream:
                try:
                    answer = self._run(json.loads(stream.readline()))
                except Exception as error:
                    print(f"labca: control: {error!r}", file=sys.stderr, flush=True)
                    answer = {"error": str(error)}
                try:
                    stream.write(json.dumps(answer).encode() + b"\n")
                except OSError:
                    pass

    def _run(self, call: Dict[str, Any]) -> Dict[str, Any]:
        command = self._commands.get(call["command"])
        if command is None:
            return {"error": f"unknown command '{call['command']}'"}
        return {"result": command(**call.get("arguments", {}))}


def call(state: Path, command: str, **arguments: Any) -> Any:
    """Ask the server of this state directory; RuntimeError carries its refusal."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        with _short_path(state) as path:
            connection.connect(path)
        with connection.makefile("rwb") as stream:
            stream.write(json.dumps({"command": command, "arguments": arguments}).encode() + b"\n")
            stream.flush()
            line = stream.readline()
    if not line:
        raise RuntimeError("the server closed the connection")
    answer = json.loads(line)
    if "error" in answer:
        raise RuntimeError(answer["error"])
    return answer["result"]
