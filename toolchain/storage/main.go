// Command volume-provisioner makes volumes out of folders of an embedded cluster's nodes, for the controller of
// Kubernetes' SIG Storage. It runs beside the control plane, where it sees the folder of every node, so it needs
// no helper pods, and removes a volume also when its node is stopped.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
	"sigs.k8s.io/sig-storage-lib-external-provisioner/v13/controller"
)

const (
	// provisionerName is what a StorageClass names.
	provisionerName = "maidenhair.dev/node-folder"
	// volumesFolder is the folder of a machine's folder with its volumes.
	volumesFolder = "volumes"
	workers       = 4
)

func main() {
	kubeconfig := flag.String("kubeconfig", "", "the kubeconfig of a user that may make volumes")
	machines := flag.String("machines", "", "the folder of the machines' folders")
	klog.InitFlags(nil)
	flag.Parse()
	if *kubeconfig == "" || !filepath.IsAbs(*machines) {
		klog.Fatalf("--kubeconfig and --machines, an absolute path, are needed")
	}
	config, err := clientcmd.BuildConfigFromFlags("", *kubeconfig)
	if err != nil {
		klog.Fatalf("kubeconfig %s: %v", *kubeconfig, err)
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		klog.Fatalf("client for %s: %v", *kubeconfig, err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	provisioner := &folders{machines: *machines}
	controller.NewProvisionController(ctx, client, provisionerName, provisioner,
		controller.LeaderElection(false), controller.Threadiness(workers)).Run(ctx)
}

// folders provisions volumes as <machines>/<node>/volumes/<volume>, a path that is the same for the node.
type folders struct {
	machines string
}

func (f *folders) Provision(_ context.Context, options controller.ProvisionOptions) (*v1.PersistentVolume, controller.ProvisioningState, error) {
	claim, node := options.PVC, options.SelectedNodeName
	if err := check(claim); err != nil {
		return nil, controller.ProvisioningFinished, err
	}
	if node == "" {
		return nil, controller.ProvisioningFinished, errors.New("no node was chosen for the volume: its StorageClass has to wait for the first consumer (volumeBindingMode: WaitForFirstConsumer)")
	}
	path, err := f.path(node, options.PVName)
	if err != nil {
		return nil, controller.ProvisioningReschedule, err
	}
	if err := os.Mkdir(path, 0o777); err != nil && !errors.Is(err, os.ErrExist) {
		return nil, controller.ProvisioningFinished, fmt.Errorf("folder of volume %s on %s: %w", options.PVName, node, err)
	}
	// Whatever user a pod has can write: the umask would keep others from it.
	if err := os.Chmod(path, 0o777); err != nil {
		return nil, controller.ProvisioningFinished, fmt.Errorf("rights of volume %s on %s: %w", options.PVName, node, err)
	}
	return volume(options, path), controller.ProvisioningFinished, nil
}

func (f *folders) Delete(_ context.Context, volume *v1.PersistentVolume) error {
	// Not the path that the object tells: whoever may write volumes could name any.
	matches, err := filepath.Glob(filepath.Join(f.machines, "*", volumesFolder, filepath.Base(volume.Name)))
	if err != nil {
		return fmt.Errorf("folder of volume %s: %w", volume.Name, err)
	}
	for _, path := range matches {
		if err := os.RemoveAll(path); err != nil {
			return fmt.Errorf("data of volume %s: %w", volume.Name, err)
		}
	}
	return nil
}

// path returns where a node has a volume; the node has to have a folder for volumes.
func (f *folders) path(node, volume string) (string, error) {
	parent := filepath.Join(f.machines, filepath.Base(node), volumesFolder)
	if _, err := os.Stat(parent); err != nil {
		return "", fmt.Errorf("node %s has no folder for volumes: %w", node, err)
	}
	return filepath.Join(parent, filepath.Base(volume)), nil
}

// check refuses what a folder of one node cannot give.
func check(claim *v1.PersistentVolumeClaim) error {
	if claim.Spec.Selector != nil {
		return errors.New("a volume that is made for a claim has no labels: remove the claim's selector")
	}
	for _, mode := range claim.Spec.AccessModes {
		if mode != v1.ReadWriteOnce && mode != v1.ReadWriteOncePod {
			return fmt.Errorf("access mode %s: a volume lies on one node, so it can be ReadWriteOnce or ReadWriteOncePod", mode)
		}
	}
	return nil
}

func volume(options controller.ProvisionOptions, path string) *v1.PersistentVolume {
	hostname := v1.NodeSelectorRequirement{
		Key: v1.LabelHostname, Operator: v1.NodeSelectorOpIn, Values: []string{options.SelectedNodeName},
	}
	terms := []v1.NodeSelectorTerm{{MatchExpressions: []v1.NodeSelectorRequirement{hostname}}}
	return &v1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: options.PVName},
		Spec: v1.PersistentVolumeSpec{
			PersistentVolumeReclaimPolicy: *options.StorageClass.ReclaimPolicy,
			AccessModes:                   options.PVC.Spec.AccessModes,
			Capacity:                      v1.ResourceList{v1.ResourceStorage: options.PVC.Spec.Resources.Requests[v1.ResourceStorage]},
			PersistentVolumeSource:        v1.PersistentVolumeSource{Local: &v1.LocalVolumeSource{Path: path}},
			NodeAffinity:                  &v1.VolumeNodeAffinity{Required: &v1.NodeSelector{NodeSelectorTerms: terms}},
		},
	}
}
