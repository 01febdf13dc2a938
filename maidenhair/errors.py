"""The one tree of errors.

MaidenhairError
├── ConfigurationError      a wrong setting, option or file of the user's (exit code 2)
├── ToolchainError          a component that no source could provide
├── ProgramFailed           a program that could not be started, failed or did not end in time
├── ImageError              an image archive that could not be made or read
├── ClusterError            a cluster that could not be made, reached or removed
├── StackError              a part of the SkyTorch stack that did not come up
├── DevicesError            simulated devices that could not be made or read
├── KubernetesError         the API could not be used
│   ├── ApiUnreachable      nothing answered at the server's address
│   ├── ApiRefused          the API server answered with an error status
│   ├── NotOurs             an object that the run did not make, and leaves alone
│   └── HeldByOthers        a namespace that is empty and stays because of APIs that no run made
├── WaitError               an expectation that did not come true (also an AssertionError)
│   ├── WaitTimedOut        … within its time
│   ├── WaitStopped         … and no future change can help
│   └── WaitBroken          … or that did not keep holding
├── TransferError           a call of a tensor server that failed, with its gRPC status
│   ├── TensorNotFound      … which knows no tensor of that number
│   ├── NotServed           … because nothing there serves it: no such Compute, or a release without that call
│   ├── ServerUnavailable   … which did not answer, or whose connection broke
│   ├── TransferTimedOut    … that did not end within its deadline
│   ├── TransferCancelled   … that was cancelled, as by closing its client
│   ├── ServiceFailed       … whose service reported a failure of its own
│   └── ChunksBroken        … whose answer's chunks do not make a tensor
├── EventsError             run events that cannot be read, or shards that do not belong together (exit code 2)
├── CleanupFailed           cleanups of a spec or a run that failed (also an ExceptionGroup)
├── CleanupInterrupted      a cleanup that an interrupt cut off
├── LimitExceeded           a step, hook or cleanup that was interrupted at its limit
└── SpecBroken              a step, hook or cleanup that tried to end the process

Example:
    >>> from maidenhair import errors
    >>> try:
    ...     kube.get("example.com/v1", "Gadget", "blue")
    ... except errors.ApiRefused as refused:
    ...     print(refused.reason)
    NotFound
"""

from __future__ import annotations


class MaidenhairError(Exception):
    """Base of every error of maidenhair's own; its text says what was tried, on what, what was seen, what next.

    Attributes:
        exit_code: the process's exit status when a command ends with this error.
    """

    exit_code = 1


class ConfigurationError(MaidenhairError):
    """A setting, option or file of the user's is wrong; the text names it and the allowed values."""

    exit_code = 2


class ToolchainError(MaidenhairError):
    """No source could provide a component; the text lists every source tried and why it failed."""


class ProgramFailed(MaidenhairError):
    """A program could not be started, failed, or did not end in time.

    Attributes:
        command: the command line.
        problem: such as "exited with status 1".
        output: what it wrote, to standard error if it wrote there.
        status: its exit status, or the negative number of the signal that ended it; None if it never ended by itself.
    """

    def __init__(
        self, command: str, problem: str, output: str = "", status: int | None = None
    ) -> None:
        last_lines = [f"  {line.rstrip()}" for line in output.splitlines() if line.strip()][-15:]
        super().__init__(
            f"`{command}` {problem}" + (":\n" if last_lines else "") + "\n".join(last_lines)
        )
        self.command = command
        self.problem = problem
        self.output = output
        self.status = status


class ImageError(MaidenhairError):
    """An image archive could not be made, read or loaded."""


class ClusterError(MaidenhairError):
    """A cluster could not be made, reached or removed."""


class StackError(MaidenhairError):
    """A part of the SkyTorch stack could not be deployed or did not become available."""


class DevicesError(MaidenhairError):
    """Simulated devices could not be offered or changed, or data about devices is malformed."""


class KubernetesError(MaidenhairError):
    """The Kubernetes API could not be used."""


class ApiUnreachable(KubernetesError):
    """Nothing answered at the API server's address."""


class ApiRefused(KubernetesError):
    """The API server answered a request with an error.

    Attributes:
        status: the HTTP status code.
        reason: the machine-readable reason of the API's Status, such as "NotFound" or "Invalid".
        message: the API server's own message.
    """

    def __init__(self, attempted: str, status: int, reason: str, message: str) -> None:
        super().__init__(f"{attempted}: the API server refused ({status} {reason}): {message}")
        self.status = status
        self.reason = reason
        self.message = message


class NotOurs(KubernetesError):
    """An object that would have to be changed or removed is none of the run's; it is left as it is."""


class HeldByOthers(KubernetesError):
    """An empty namespace cannot be deleted, because of broken APIs that no run made."""


class WaitError(MaidenhairError, AssertionError):
    """An expectation did not come true; behave counts it as a failed assertion."""


class WaitTimedOut(WaitError):
    """An expectation did not come true within its time."""


class WaitStopped(WaitError):
    """A wait ended early because no future change can make the expectation true."""


class WaitBroken(WaitError):
    """An expectation that had to hold all the time did not."""


class TransferError(MaidenhairError):
    """A call of a tensor server failed.

    Attributes:
        status: the name of the gRPC status, such as "NOT_FOUND"; "OK" when the call itself went through.
        details: what the server, or gRPC, says about it.
    """

    def __init__(self, attempted: str, status: str, details: str) -> None:
        super().__init__(f"{attempted}: {status}: {details or 'no details'}")
        self.status = status
        self.details = details


class TensorNotFound(TransferError):
    """The server knows no tensor of that number."""


class NotServed(TransferError):
    """Nothing at that address serves the call: there is no such Compute, or its release has no such call."""


class ServerUnavailable(TransferError):
    """The server did not answer, or the connection to it broke."""


class TransferTimedOut(TransferError):
    """A call did not end within its deadline."""


class TransferCancelled(TransferError):
    """A call was cancelled, as by closing its client."""


class ServiceFailed(TransferError):
    """The call went through, but the service reported a failure of its own; the details are its message."""


class ChunksBroken(TransferError):
    """The call went through, but the chunks that the server sent do not make a tensor."""


class EventsError(MaidenhairError):
    """Run events cannot be read or written, or results of shards do not belong together."""

    exit_code = 2


class CleanupFailed(MaidenhairError, ExceptionGroup[Exception]):
    """Cleanups of a spec or a run failed; the text names each of them, and `exceptions` are their errors."""

    def __str__(self) -> str:
        """Return the text alone, without the count that Python adds."""
        return self.message


class CleanupInterrupted(MaidenhairError):
    """An interrupt cut off a cleanup; those after it ran all the same."""


class LimitExceeded(MaidenhairError):
    """A step, hook or cleanup was interrupted at its limit; the text tells the limit, the last wait and the stack."""


class SpecBroken(MaidenhairError):
    """A step, hook or cleanup tried to end the process, or raised what is no Exception."""
