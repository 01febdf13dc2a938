//go:build tools

// Package tools pins KWOK: its binary is made from that module.
package tools

import _ "sigs.k8s.io/kwok/cmd/kwok"
