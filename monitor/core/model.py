"""The words of the project as values: slots, signals, attempts, observations, verdicts.

Every value that passes between modules is one of these frozen dataclasses. Nothing here reads a
clock, a file or a database. All datetimes are timezone-aware and in UTC.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Outcome(StrEnum):
    """How a slot ended; every slot ends in exactly one of these."""

    UP = "up"
    DEGRADED = "degraded"
    DOWN = "down"
    MAINTENANCE = "maintenance"
    BLOCKED = "blocked"
    LAYOUT_CHANGED = "layout_changed"
    MONITOR_FAULT = "monitor_fault"
    UNKNOWN = "unknown"
    MISSED = "missed"
    SKIPPED = "skipped"

    @property
    def is_available(self) -> bool:
        """True when a user could do what the component is for."""
        return self in (Outcome.UP, Outcome.DEGRADED)

    @property
    def is_failing(self) -> bool:
        """True when the site did not work, announced or not."""
        return self in (Outcome.DOWN, Outcome.MAINTENANCE)

    @property
    def is_known(self) -> bool:
        """True when the outcome counts in figures; the others count neither as up nor as down."""
        return self.is_available or self.is_failing


class Depth(StrEnum):
    """How far a run looked."""

    FORM = "form"
    FULL = "full"


COMPONENTS: tuple[str, ...] = (
    "portal",
    "login",
    "reset",
    "category",
    "upload",
    "tracking",
    "attestation",
    "simultaneous",
    "correction",
)
"""All that a user of ANEF needs, watched or not, in the order in which a user meets them."""


class SignalKind(StrEnum):
    """What a run can notice. Rules read nothing else.

    Signals are facts, not judgements: the rule table in ``classify`` decides what they mean.
    """

    # the run
    COMPLETED = "completed"  # every step did what a user needs
    STEP_FAILED = "step_failed"  # step: the step that did not
    SLOW = "slow"  # step, number: seconds it took, text: the threshold in seconds
    # our side
    BROWSER_GONE = "browser_gone"  # text: what was lost (launch, crash, deadline)
    GUARD_ABORTED = "guard_aborted"  # text: "METHOD host/path" that was not on the allow-list
    INTERNAL_ERROR = "internal_error"  # text: exception class
    CONTROL = "control"  # text: "healthy" or "failing", number: references reached
    CLOCK_OFFSET = "clock_offset"  # number: seconds
    STARVED = "starved"  # number: seconds the self-test page or the event loop was late
    CREDENTIALS_REFUSED = "credentials_refused"
    PASSWORD_EXPIRED = "password_expired"
    ACCOUNT_BLOCKED = "account_blocked"
    PENDING_FILE = "pending_file"  # a pending file closes the choice
    MAIL_CONTROL_MISSING = "mail_control_missing"  # the control message did not arrive either
    # being refused
    CAPTCHA = "captcha"
    FIREWALL_PAGE = "firewall_page"  # text: the wording that gave it away
    RETRY_AFTER = "retry_after"  # number: seconds the site asked us to wait
    # the site
    HTTP_STATUS = "http_status"  # number: status of the document, text: redacted address
    API_STATUS = "api_status"  # number: status of a call of the page, text: redacted path
    API_NOT_JSON = "api_not_json"  # text: redacted path
    API_FAILED = "api_failed"  # a call of the page got no answer; text: error and path
    SCRIPT_STATUS = "script_status"  # number: error status of a script of the site, text: path
    SCRIPT_FAILED = "script_failed"  # a script of the site did not come; text: error and path
    NETWORK_ERROR = "network_error"  # text: dns, connect, tls, reset, timeout, disconnected
    BODY_TIMEOUT = "body_timeout"  # an answer began and did not end
    REDIRECT_LOOP = "redirect_loop"
    MAINTENANCE_WORDING = "maintenance_wording"  # text: the wording, on the page's title or heading
    UNAVAILABLE_WORDING = "unavailable_wording"  # text: the wording
    ERROR_TEXT = "error_text"  # text: the error message that the page shows
    SCRIPT_ERROR = "script_error"  # the site's own script threw; text: the message
    BLANK_PAGE = "blank_page"
    BARE_PAGE = "bare_page"  # hardly any text; number: characters
    SPINNER = "spinner"  # still turning at the step's limit
    SIGN_IN_LOOP = "sign_in_loop"  # right credentials, back to the form, no message
    SESSION_DROPPED = "session_dropped"  # 401 or HTML from the API after a sign-in that succeeded
    CHOICES_EMPTY = "choices_empty"
    CHOICE_DISABLED = "choice_disabled"
    CHOICE_NOT_KEPT = "choice_not_kept"
    CATEGORY_ABSENT = "category_absent"  # text: the category that is not listed
    UPLOAD_REFUSED = "upload_refused"  # text: status or message
    UPLOAD_LOST = "upload_lost"  # text: what was listed instead
    UPLOAD_ENDLESS = "upload_endless"
    RESET_MAIL_MISSING = "reset_mail_missing"  # number: seconds waited
    ELEMENT_ABSENT = "element_absent"  # text: the selector's name in the site file


@dataclass(frozen=True, kw_only=True, order=True)
class Signal:
    """One noticed fact. ``step`` is None for what concerns the whole attempt."""

    kind: SignalKind
    step: str | None = None
    text: str = ""
    number: float | None = None


@dataclass(frozen=True, kw_only=True)
class BlobRef:
    """A stored file, named by its content."""

    sha256: str
    media_type: str
    size: int


@dataclass(frozen=True, kw_only=True)
class Step:
    """One named step of an attempt.

    ``outcome`` is ``ok`` or ``failed``. ``via`` names the component to which the step belongs
    when it is a prerequisite (sign-in during ``upload``). ``url`` has no query and no secret.
    """

    name: str
    outcome: str
    duration_seconds: float
    url: str | None = None
    http_status: int | None = None
    screenshot: BlobRef | None = None
    via: str | None = None


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What the rules made of an attempt or of a slot."""

    outcome: Outcome
    rule: str
    ruleset: str
    flags: tuple[str, ...] = ()
    failed_step: str | None = None
    via: str | None = None
    message_fr: str = ""
    message_en: str = ""


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One fresh browser context, from its opening to its closing."""

    started_at: datetime
    finished_at: datetime
    duration_seconds: float
    signals: tuple[Signal, ...]
    steps: tuple[Step, ...]
    verdict: Verdict
    manifest: BlobRef | None = None


@dataclass(frozen=True, kw_only=True)
class Control:
    """Whether the reference sites answered in the same minute. ``tried`` is 0 when not asked."""

    reachable: int = 0
    tried: int = 0


@dataclass(frozen=True, kw_only=True)
class Profile:
    """What the run looked at: the category chosen, and the state of the account.

    ``account`` is ``none``, ``not_read``, ``eligible``, ``blocked``, ``pending_file``,
    ``password_expired`` or ``credentials_refused``.
    """

    category: str | None = None
    account: str = "none"


@dataclass(frozen=True, kw_only=True)
class Vantage:
    """Where a probe runs from. What identifies the machine is not here."""

    id: str
    label: str
    operator: str = ""
    asn: int | None = None
    country: str = ""


@dataclass(frozen=True, kw_only=True)
class Slot:
    """One planned run. (component, vantage, scheduled_at) is unique."""

    component: str
    vantage: str
    scheduled_at: datetime
    interval_seconds: float


@dataclass(frozen=True, kw_only=True)
class Observation:
    """What a run saw, with its verdict. ``queued_seconds`` is how late it started;
    ``duration_seconds`` is what the site took: the steps of the deciding attempt, without
    pictures, controls or the wait between two attempts."""

    slot: Slot
    started_at: datetime
    finished_at: datetime
    duration_seconds: float
    depth: Depth
    profile: Profile
    verdict: Verdict
    attempts: tuple[Attempt, ...] = ()
    control: Control = Control()
    blocked_requests: tuple[str, ...] = ()
    queued_seconds: float = 0.0
    environment: tuple[tuple[str, str], ...] = ()
    """Versions and set-up as (name, value): program, playwright, browser, site file hash …"""

    @property
    def manifest_sha256(self) -> str | None:
        """The bundle of the deciding attempt: the last one."""
        last = self.attempts[-1].manifest if self.attempts else None
        return last.sha256 if last else None


@dataclass(frozen=True, kw_only=True)
class SlotRecord:
    """A slot of the ledger as readers see it: the thin line that folding and figures need.

    ``started_at`` and ``finished_at`` are None when nothing ran. ``first_finished_at`` is the end
    of the first attempt, ``last_started_at`` the start of the last one: they bound an incident.
    ``sequence`` is contiguous from 1 in the order of recording.
    """

    sequence: int
    slot: Slot
    outcome: Outcome
    rule: str
    ruleset: str = ""
    depth: Depth = Depth.FORM
    flags: tuple[str, ...] = ()
    via: str | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    first_finished_at: datetime | None = None
    last_started_at: datetime | None = None
    duration_seconds: float | None = None
    category: str | None = None
    retry_after_seconds: float | None = None


@dataclass(frozen=True, kw_only=True)
class Incident:
    """Consecutive failing observations folded together; start and end are intervals.

    A flank is None where no good observation bounds it. ``ended_after`` and ``ended_before`` are
    None while the incident is open. ``holes`` are spans not observed inside the incident
    ("continuité non observée"); they are not counted as down. ``respites`` are spans between two
    failing slots with a good slot in between that did not close it; not counted as down either.
    """

    component: str
    vantage: str
    kind: str  # "maintenance" when every failing slot was announced as such, else "down"
    opened_sequence: int
    closed_sequence: int | None = None
    started_after: datetime | None = None
    started_before: datetime
    ended_after: datetime | None = None
    ended_before: datetime | None = None
    rule: str = ""
    via: str | None = None
    failing_slots: int = 0
    first_failing_sequence: int = 0
    last_failing_sequence: int = 0
    holes: tuple[tuple[datetime, datetime], ...] = field(default=())
    respites: tuple[tuple[datetime, datetime], ...] = field(default=())

    @property
    def is_open(self) -> bool:
        """True until two good slots in a row have closed it."""
        return self.closed_sequence is None
