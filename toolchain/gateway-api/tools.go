//go:build tools

// Package tools pins the Gateway API's module, whose CRDs are read at run time.
package tools

import _ "sigs.k8s.io/gateway-api/apis/v1"
