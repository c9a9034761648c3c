//go:build !linux

package probe

import (
	"context"
	"net/netip"
)

func connect(ctx context.Context, to netip.AddrPort) error { return dial(ctx, "tcp", to.String()) }
