"""Makes a Compute in a cluster of which it has the configuration in a file of its own."""

import sys

from kubernetes import client, config
from skytorch.client import Compute, init

name, namespace, file = sys.argv[1:]
configuration = client.Configuration()
config.load_kube_config(file, client_configuration=configuration)
init(client_config=configuration, namespace=namespace)
Compute(name, suspend=True)
