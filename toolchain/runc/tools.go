//go:build tools

// Package tools pins runc: its binary is made from that module.
package tools

import _ "github.com/opencontainers/runc"
