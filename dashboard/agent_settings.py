"""Settings of the agent: those of the server, with the application that has its command, and no other.

The others, the admin and Daphne with Twisted above all, would make every agent 30 MB larger.
"""

from dashboard.settings import *  # noqa: F403  # a settings module has every name

INSTALLED_APPS = ["inspector"]
