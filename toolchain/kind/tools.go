//go:build tools

// Package tools pins kind: its binary is made from that module.
package tools

import _ "sigs.k8s.io/kind"
