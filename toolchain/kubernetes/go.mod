// The root of the module. The versions are in a file per version of Kubernetes, such as 1.36.mod, which go build's
// -modfile chooses.
module maidenhair.dev/toolchain/kubernetes

go 1.24.0
