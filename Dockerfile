# The monitor with its browser. Playwright's own image brings the headless shell that belongs to
# the Playwright version in requirements-run.lock, with its libraries and fonts.
FROM mcr.microsoft.com/playwright/python:v1.65.2-noble

LABEL org.opencontainers.image.title="anef-monitor" \
      org.opencontainers.image.description="Independent observatory of the ANEF online service" \
      org.opencontainers.image.licenses="EUPL-1.2"

ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_ROOT_USER_ACTION=ignore

# tini is PID 1: it passes signals on and buries the processes that a killed browser leaves.
# Not pinned: Ubuntu removes a package's old versions, so that a pin would soon fail to build.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends tini fonts-dejavu-core fonts-liberation \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --no-log-init --create-home --uid 10001 anef \
    && install -d -o anef -g anef /var/lib/anef

WORKDIR /srv/anef-monitor

COPY requirements-run.lock ./
RUN python3 -m pip install --require-hashes --requirement requirements-run.lock

COPY pyproject.toml README.md LICENSE verify.py ./
COPY migrations migrations
COPY probes probes
COPY monitor monitor
# Printed in every manifest: docker compose build --build-arg COMMIT="$(git rev-parse HEAD)"
ARG COMMIT=unknown
RUN echo "${COMMIT}" > monitor/COMMIT && python3 -m pip install --no-deps .

USER 10001
VOLUME /var/lib/anef

# Within the container every address; compose.yaml decides what can be reached from outside.
ENV ANEF_STATE_DIR=/var/lib/anef \
    ANEF_WEB__HOST=0.0.0.0 \
    ANEF_METRICS__HOST=0.0.0.0 \
    ANEF_BROWSER__SANDBOX=false
EXPOSE 8600 9600

HEALTHCHECK --interval=60s --timeout=10s --start-period=60s --retries=3 \
    CMD ["python3", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:9600/healthz', timeout=8)"]

ENTRYPOINT ["/usr/bin/tini", "--", "anef-monitor"]
CMD ["run"]
