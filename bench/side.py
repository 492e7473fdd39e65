"""What a side of the bench can do, and what it says; each side lives in a process of its own."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter, process_time
from types import ModuleType
from typing import Any, ClassVar, Protocol
from unittest.mock import patch

from django.test import Client

LIST = "list"
OPEN = "open"
_HOST = "localhost"


class WrongAnswerError(Exception):
    """A page did not show what it must show, so its time would mean nothing."""


class Answer(Protocol):
    """What the test client gives."""

    @property
    def status_code(self) -> int:
        """The code of HTTP."""

    @property
    def content(self) -> bytes:
        """The page."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """One sign-in: seconds on the clock and of all cores, and how much of both the hash took."""

    wall: float
    cpu: float
    hash_wall: float
    hash_cpu: float


class Side(ABC):
    """One system under measurement, through Django's test client and its whole middleware."""

    # Where the sign-in looks up the function that hashes the pass phrase.
    hash_module: ClassVar[ModuleType]
    hash_name: ClassVar[str]

    def __init__(self, total: int) -> None:
        self.total = total
        self.client = Client(SERVER_NAME=_HOST)

    @abstractmethod
    def prepare(self) -> None:
        """Find out what will be opened, before the first call."""

    @abstractmethod
    def sign_in_page(self) -> Answer:
        """The answer to the reader's name and pass phrase; the client keeps the session."""

    @abstractmethod
    def list_page(self) -> Answer:
        """The first page of the reader's open referrals."""

    @abstractmethod
    def open_page(self, number: int) -> Answer:
        """The page that shows one item's text; each number another one."""

    @abstractmethod
    def shows(self, act: str, text: str) -> bool:
        """Whether an answer shows what it must."""

    def timed(self, act: str, number: int) -> float:
        """Milliseconds of one call. Raises WrongAnswerError."""
        started = perf_counter()
        response = self.list_page() if act == LIST else self.open_page(number)
        taken = perf_counter() - started
        if response.status_code != 200 or not self.shows(act, response.content.decode()):
            raise WrongAnswerError(f"{act}: {response.status_code}")
        return taken * 1000

    def sign_in(self) -> SignIn:
        """Sign in once with a new browser, the hash watched. Raises WrongAnswerError."""
        self.client = Client(SERVER_NAME=_HOST)
        watch = Stopwatch(getattr(self.hash_module, self.hash_name))
        with patch.object(self.hash_module, self.hash_name, watch):
            wall, cpu = perf_counter(), process_time()
            response = self.sign_in_page()
            wall, cpu = perf_counter() - wall, process_time() - cpu
        if response.status_code != 302 or not watch.runs:
            raise WrongAnswerError(f"sign-in: {response.status_code}")
        return SignIn(wall, cpu, watch.wall, watch.cpu)


class Stopwatch:
    """A function that adds up how long it ran, on the clock and on all cores."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.runs = 0
        self.wall = 0.0
        self.cpu = 0.0

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        wall, cpu = perf_counter(), process_time()
        result = self.function(*args, **kwargs)
        self.wall += perf_counter() - wall
        self.cpu += process_time() - cpu
        self.runs += 1
        return result
