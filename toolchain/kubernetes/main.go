// Command kubernetes is every component of an embedded cluster's control plane
// and node in one binary: the name it is called by (a link such as "kubelet")
// chooses the component. One binary links the shared code once, which makes the
// build several times shorter than one build per component.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"github.com/spf13/cobra"
	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	_ "time/tzdata" // CronJob time zones

	_ "k8s.io/client-go/plugin/pkg/client/auth"
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	kubectl "k8s.io/kubectl/pkg/cmd"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	proxy "k8s.io/kubernetes/cmd/kube-proxy/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
	kubelet "k8s.io/kubernetes/cmd/kubelet/app"
	"maidenhair.dev/toolchain/kubernetes/cloud"
)

var components = map[string]func() *cobra.Command{
	"cloud-controller-manager": cloud.NewControllerManagerCommand,
	"kube-apiserver":           apiserver.NewAPIServerCommand,
	"kube-controller-manager":  controllermanager.NewControllerManagerCommand,
	"kube-proxy":               proxy.NewProxyCommand,
	"kube-scheduler":           func() *cobra.Command { return scheduler.NewSchedulerCommand() },
	"kubelet":                  func() *cobra.Command { return kubelet.NewKubeletCommand(context.Background()) },
	"kubectl":                  kubectl.NewDefaultKubectlCommand,
}

func main() {
	name := filepath.Base(os.Args[0])
	if name == "etcd" {
		etcdmain.Main(os.Args)
		return
	}
	newCommand, known := components[name]
	if !known {
		fmt.Fprintf(os.Stderr, "%s: not a component; call this binary by one of: %s\n", name, strings.Join(commandNames(), ", "))
		os.Exit(2)
	}
	os.Exit(cli.Run(newCommand()))
}

func commandNames() []string {
	all := []string{"etcd"}
	for name := range components {
		all = append(all, name)
	}
	sort.Strings(all)
	return all
}
