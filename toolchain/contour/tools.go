//go:build tools

// Package tools pins Contour: its binary, and its gateway provisioner's manifests, are made from that module.
package tools

import _ "github.com/projectcontour/contour/cmd/contour"
