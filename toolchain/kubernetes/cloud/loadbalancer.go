// Package cloud is a cloud of one machine: it gives services of type LoadBalancer their addresses.
package cloud

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"sync"

	"github.com/spf13/cobra"
	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/kubernetes"
	cloudprovider "k8s.io/cloud-provider"
	"k8s.io/cloud-provider/app"
	"k8s.io/cloud-provider/app/config"
	"k8s.io/cloud-provider/names"
	"k8s.io/cloud-provider/options"
	cliflag "k8s.io/component-base/cli/flag"
	"k8s.io/klog/v2"
)

const (
	providerName = "maidenhair"
	// poolVariable names the environment variable with the CIDR of the addresses for services of type LoadBalancer.
	poolVariable = "MAIDENHAIR_LOAD_BALANCER_CIDR"
)

var errPoolExhausted = errors.New("every address of the load balancer pool is taken")

// NewControllerManagerCommand returns Kubernetes' cloud controller manager with the service controller only,
// on a cloud whose load balancers are addresses that this machine routes to a healthy node, where kube-proxy
// answers for them.
func NewControllerManagerCommand() *cobra.Command {
	opts, err := options.NewCloudControllerManagerOptions()
	if err != nil {
		klog.Fatalf("cloud controller manager's options: %v", err)
	}
	opts.KubeCloudShared.CloudProvider.Name = providerName
	serviceController := map[string]app.ControllerInitFuncConstructor{
		names.ServiceLBController: app.DefaultInitFuncConstructors[names.ServiceLBController],
	}
	return app.NewCloudControllerManagerCommand(opts, newCloud, serviceController, names.CCMControllerAliases(), cliflag.NamedFlagSets{}, wait.NeverStop)
}

func newCloud(*config.CompletedConfig) cloudprovider.Interface {
	pool, err := netip.ParsePrefix(os.Getenv(poolVariable))
	if err != nil {
		klog.Fatalf("%s: %v", poolVariable, err)
	}
	return &cloud{pool: pool, taken: map[types.UID]netip.Addr{}, routes: newRouter()}
}

// cloud hands out the addresses of a pool. The API's services are the record of what is taken;
// `taken` covers the moment between handing out and the service's status being written.
type cloud struct {
	pool   netip.Prefix
	client kubernetes.Interface
	routes *router

	mutex sync.Mutex
	taken map[types.UID]netip.Addr
}

func (c *cloud) Initialize(clientBuilder cloudprovider.ControllerClientBuilder, stop <-chan struct{}) {
	c.client = clientBuilder.ClientOrDie("service-controller")
	go c.routes.run(stop)
}

func (c *cloud) LoadBalancer() (cloudprovider.LoadBalancer, bool) { return c, true }
func (c *cloud) Instances() (cloudprovider.Instances, bool)       { return nil, false }
func (c *cloud) InstancesV2() (cloudprovider.InstancesV2, bool)   { return nil, false }
func (c *cloud) Zones() (cloudprovider.Zones, bool)               { return nil, false }
func (c *cloud) Clusters() (cloudprovider.Clusters, bool)         { return nil, false }
func (c *cloud) Routes() (cloudprovider.Routes, bool)             { return nil, false }
func (c *cloud) ProviderName() string                             { return providerName }
func (c *cloud) HasClusterID() bool                               { return true }
func (c *cloud) GetLoadBalancerName(_ context.Context, _ string, service *v1.Service) string {
	return cloudprovider.DefaultLoadBalancerName(service)
}

func (c *cloud) GetLoadBalancer(_ context.Context, _ string, service *v1.Service) (*v1.LoadBalancerStatus, bool, error) {
	address, exists := c.addressOf(service)
	if !exists {
		return nil, false, nil
	}
	return statusWith(address), true, nil
}

func (c *cloud) EnsureLoadBalancer(ctx context.Context, _ string, service *v1.Service, nodes []*v1.Node) (*v1.LoadBalancerStatus, error) {
	address, err := c.addressFor(ctx, service)
	if err != nil {
		return nil, fmt.Errorf("address for service %s/%s from %s: %w", service.Namespace, service.Name, c.pool, err)
	}
	if err := c.routes.set(address, nodes, service.Spec.HealthCheckNodePort); err != nil {
		return nil, fmt.Errorf("route to service %s/%s: %w", service.Namespace, service.Name, err)
	}
	return statusWith(address), nil
}

func (c *cloud) UpdateLoadBalancer(_ context.Context, _ string, service *v1.Service, nodes []*v1.Node) error {
	address, exists := c.addressOf(service)
	if !exists {
		return nil
	}
	return c.routes.set(address, nodes, service.Spec.HealthCheckNodePort)
}

func (c *cloud) EnsureLoadBalancerDeleted(_ context.Context, _ string, service *v1.Service) error {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if address, exists := c.addressOf(service); exists {
		c.routes.remove(address)
	}
	delete(c.taken, service.UID)
	return nil
}

// addressFor returns the address that a service has, or a free one, which it has from then on.
func (c *cloud) addressFor(ctx context.Context, service *v1.Service) (netip.Addr, error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	address, exists := c.addressOf(service)
	if !exists {
		var err error
		if address, err = c.free(ctx); err != nil {
			return address, err
		}
	}
	c.taken[service.UID] = address
	return address, nil
}

// addressOf returns the address of the pool that a service's status shows.
func (c *cloud) addressOf(service *v1.Service) (netip.Addr, bool) {
	for _, ingress := range service.Status.LoadBalancer.Ingress {
		if address, err := netip.ParseAddr(ingress.IP); err == nil && c.pool.Contains(address) {
			return address, true
		}
	}
	return netip.Addr{}, false
}

// free returns the lowest address of the pool that no service has.
func (c *cloud) free(ctx context.Context) (netip.Addr, error) {
	services, err := c.client.CoreV1().Services(metav1.NamespaceAll).List(ctx, metav1.ListOptions{})
	if err != nil {
		return netip.Addr{}, err
	}
	used := map[netip.Addr]bool{}
	for _, address := range c.taken {
		used[address] = true
	}
	for i := range services.Items {
		if address, exists := c.addressOf(&services.Items[i]); exists {
			used[address] = true
		}
	}
	for address := c.pool.Addr().Next(); c.pool.Contains(address.Next()); address = address.Next() {
		if !used[address] {
			return address, nil
		}
	}
	return netip.Addr{}, errPoolExhausted
}

func statusWith(address netip.Addr) *v1.LoadBalancerStatus {
	return &v1.LoadBalancerStatus{Ingress: []v1.LoadBalancerIngress{{IP: address.String()}}}
}
