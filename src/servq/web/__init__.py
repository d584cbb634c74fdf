"""The service over HTTP: pages for respondents and the JSON interface for programs."""

from servq.web.application import create_app

__all__ = ["create_app"]
