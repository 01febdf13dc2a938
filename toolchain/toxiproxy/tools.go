//go:build tools

// Package tools pins Toxiproxy: its binary is made from that module.
package tools

import _ "github.com/Shopify/toxiproxy/v2/cmd/server"
