//go:build tools

// Package goquorum names what the recipe builds; it has no code of its own.
package goquorum

import _ "github.com/ethereum/go-ethereum/cmd/geth"
