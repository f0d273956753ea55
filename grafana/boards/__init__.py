"""The boards of Grafana and the rules of Prometheus, as code: ``python -m grafana.boards``.

French on what is shown, taken from the tables of the public pages, so that both say the same.
"""
