//go:build tools

// Package tools pins Helm: its binary is made from that module.
package tools

import _ "helm.sh/helm/v3/cmd/helm"
