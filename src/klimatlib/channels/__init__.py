"""Channels: what the year's report becomes on the web, in mail, in social media and in the press.

Each channel has a text in ``data/<name>/texts/channels/``, bound to the published claims as the report's own
texts are. It prints no number that the report does not print, and none that two people have not signed; a
draft may, and says on every file that it is one. The folder is ``outputs/<name>-channels/``, which a run of
the report does not touch.
"""

from __future__ import annotations

from klimatlib.channels.make import make

__all__ = ["make"]
