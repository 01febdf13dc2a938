// Command cloud-controller-manager gives services of type LoadBalancer their addresses. It is a binary of its own for
// machines that have the other components, because no project releases this one.
package main

import (
	"os"

	"k8s.io/component-base/cli"
	"maidenhair.dev/toolchain/kubernetes/cloud"

	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
)

func main() {
	os.Exit(cli.Run(cloud.NewControllerManagerCommand()))
}
