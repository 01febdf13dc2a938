// The process that holds a pod's namespaces open; no dependencies.
module maidenhair.dev/toolchain/pause

go 1.24.0
