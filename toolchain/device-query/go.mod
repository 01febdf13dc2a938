module maidenhair.dev/toolchain/device-query

go 1.22
