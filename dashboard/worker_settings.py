"""Settings of a worker process: those of the server, with the applications that its work needs.

The others, the admin and Daphne with Twisted above all, would make every worker 27 MB larger.
"""

from dashboard.settings import *  # noqa: F403  # a settings module has every name

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "inspector",
    "dashboard",
]
