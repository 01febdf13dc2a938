// Command cloud-controller-manager gives services of type LoadBalancer their addresses. It is a binary of its own,
// because it exists nowhere else: whoever has the other components builds this one alone.
package main

import (
	"os"

	"k8s.io/component-base/cli"

	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
)

func main() {
	os.Exit(cli.Run(newCloudControllerManager()))
}
