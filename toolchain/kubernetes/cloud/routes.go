package cloud

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"github.com/vishvananda/netlink"
	v1 "k8s.io/api/core/v1"
	"k8s.io/klog/v2"
)

const (
	// proxyHealthPort is where kube-proxy tells its health, if a service has no port of its own for that.
	proxyHealthPort = 10256
	probeInterval   = time.Second
	probeTimeout    = time.Second
	// toleratedFailures is how often a node may keep silent, one time after the other, and count as healthy still.
	toleratedFailures = 2
)

// router keeps a route from this machine to a healthy node for each load balancer's address, as a load balancer
// does that probes its targets. One node at a time: other nodes do not know the connections of this one.
type router struct {
	client http.Client

	mutex   sync.Mutex
	targets map[netip.Addr]*target
}

// target is the nodes behind an address, and which of them has it now.
type target struct {
	nodes    []netip.Addr
	port     int
	current  netip.Addr
	failures int
}

func newRouter() *router {
	return &router{
		// Each probe is a connection of its own: one that is kept says nothing of a node that is gone.
		client:  http.Client{Timeout: probeTimeout, Transport: &http.Transport{DisableKeepAlives: true}},
		targets: map[netip.Addr]*target{},
	}
}

// set gives an address its nodes, and routes it at once; healthPort is 0 for a service that any node answers for.
func (r *router) set(address netip.Addr, nodes []*v1.Node, healthPort int32) error {
	next := &target{port: int(healthPort)}
	if next.port == 0 {
		next.port = proxyHealthPort
	}
	for _, node := range nodes {
		if internal, found := internalAddress(node); found {
			next.nodes = append(next.nodes, internal)
		}
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if former := r.targets[address]; former != nil && contains(next.nodes, former.current) {
		next.current, next.failures = former.current, former.failures
	}
	r.targets[address] = next
	if next.current.IsValid() || len(next.nodes) == 0 {
		return nil
	}
	return next.route(address, next.nodes[0])
}

// remove forgets an address.
func (r *router) remove(address netip.Addr) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	delete(r.targets, address)
	if err := netlink.RouteDel(&netlink.Route{Dst: network(address)}); err != nil {
		klog.Warningf("route to %s: %v", address, err)
	}
}

// run probes the nodes for as long as the machine lives.
func (r *router) run(stop <-chan struct{}) {
	ticker := time.NewTicker(probeInterval)
	defer ticker.Stop()
	for {
		select {
		case <-stop:
			return
		case <-ticker.C:
			r.check()
		}
	}
}

// check moves every address whose node does not answer well to one that does.
func (r *router) check() {
	for address, seen := range r.snapshot() {
		healthy, answered := r.probe(seen.current, seen.port)
		if healthy {
			r.update(address, seen, func(t *target) { t.failures = 0 })
			continue
		}
		if !answered && seen.failures < toleratedFailures {
			r.update(address, seen, func(t *target) { t.failures++ })
			continue
		}
		for _, node := range seen.nodes {
			if node == seen.current {
				continue
			}
			if healthy, _ := r.probe(node, seen.port); healthy {
				r.update(address, seen, func(t *target) {
					if err := t.route(address, node); err != nil {
						klog.Errorf("route to %s: %v", address, err)
					}
				})
				break
			}
		}
	}
}

func (r *router) snapshot() map[netip.Addr]target {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	seen := map[netip.Addr]target{}
	for address, each := range r.targets {
		seen[address] = *each
	}
	return seen
}

// update changes the target of an address, unless it was set anew since it was seen.
func (r *router) update(address netip.Addr, seen target, change func(*target)) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if now := r.targets[address]; now != nil && now.current == seen.current {
		change(now)
	}
}

// probe tells whether a node is healthy, and whether it answered at all.
func (r *router) probe(node netip.Addr, port int) (healthy, answered bool) {
	if !node.IsValid() {
		return false, true
	}
	response, err := r.client.Get("http://" + net.JoinHostPort(node.String(), strconv.Itoa(port)) + "/healthz")
	if err != nil {
		return false, false
	}
	response.Body.Close()
	return response.StatusCode == http.StatusOK, true
}

func (t *target) route(address, node netip.Addr) error {
	if err := netlink.RouteReplace(&netlink.Route{Dst: network(address), Gw: node.AsSlice()}); err != nil {
		return fmt.Errorf("%s through %s: %w", address, node, err)
	}
	klog.Infof("%s is routed through %s", address, node)
	t.current, t.failures = node, 0
	return nil
}

func network(address netip.Addr) *net.IPNet {
	return &net.IPNet{IP: address.AsSlice(), Mask: net.CIDRMask(address.BitLen(), address.BitLen())}
}

func contains(all []netip.Addr, one netip.Addr) bool {
	for _, each := range all {
		if each == one {
			return true
		}
	}
	return false
}

func internalAddress(node *v1.Node) (netip.Addr, bool) {
	for _, address := range node.Status.Addresses {
		if address.Type == v1.NodeInternalIP {
			if parsed, err := netip.ParseAddr(address.Address); err == nil {
				return parsed, true
			}
		}
	}
	return netip.Addr{}, false
}
