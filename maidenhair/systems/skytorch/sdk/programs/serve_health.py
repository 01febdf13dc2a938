"""Serve health checks as SkyTorch's server does, and nothing else. It is ready at once, because it imports no torch."""

import asyncio
import os
import signal

import grpc
from skytorch.server.health import HealthServicer, health_pb2, health_pb2_grpc


async def serve() -> None:
    """Serve until SIGTERM."""
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    health = HealthServicer()
    for service in ("", "skytorch.torch.Service"):
        health.set_service_status(service, health_pb2.HealthCheckResponse.SERVING)
    server = grpc.aio.server()
    health_pb2_grpc.add_HealthServicer_to_server(health, server)
    server.add_insecure_port(f"{os.environ['SKYTORCH_HOST']}:{os.environ['SKYTORCH_PORT']}")
    await server.start()
    await ended.wait()
    await server.stop(grace=None)


asyncio.run(serve())
