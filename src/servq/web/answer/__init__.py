"""Pages for respondents: server-rendered, complete without JavaScript."""
