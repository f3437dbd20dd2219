package stand

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/finding"
)

// DefaultListen is the address of --listen, and the one that Health asks.
const DefaultListen = "127.0.0.1:8443"

// The most that Health waits for, and reads of, the answer.
const (
	healthWait  = 5 * time.Second
	healthBytes = 64 << 10
)

// Health asks the emulator at an address whether it is ready. Any other answer than its
// own ends with exit code 1: container engines know no other code for "unhealthy".
func Health(ctx context.Context, a *cli.App, address string) error {
	if host, port, err := net.SplitHostPort(address); err != nil || host == "" || port == "" {
		return cli.Fail(finding.UsageFlag, cli.Quoted(address)+" is not ADDRESS:PORT", "such as "+DefaultListen)
	}
	accounts, err := askHealth(ctx, a.Dial, address)
	if err != nil {
		fmt.Fprintf(a.Stderr, "nsauth: error: no emulator at %s: %s\n", address, err)
		return cli.Exit(finding.ExitFail)
	}
	_, err = fmt.Fprintf(a.Stdout, "ready: the emulator at %s, account %s\n", address, strings.Join(accounts, ", "))
	return err
}

// askHealth returns the accounts that the emulator serves.
func askHealth(ctx context.Context, dial func(context.Context, string, string) (net.Conn, error), address string) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, healthWait)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/healthz", nil)
	if err != nil {
		return nil, fmt.Errorf("the address is invalid")
	}
	client := http.Client{
		Transport:     &http.Transport{DialContext: dial, DisableKeepAlives: true}, // and no proxy
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	response, err := client.Do(request)
	switch {
	case ctx.Err() != nil:
		return nil, fmt.Errorf("no answer within %s", healthWait)
	case err != nil:
		return nil, fmt.Errorf("%s", listenReason(err))
	}
	defer response.Body.Close()
	var answer struct {
		Status   string   `json:"status"`
		Accounts []string `json:"accounts"`
	}
	if response.StatusCode == http.StatusMisdirectedRequest {
		return nil, fmt.Errorf("it does not know this name; use its IP address")
	}
	if response.StatusCode != http.StatusOK || json.NewDecoder(io.LimitReader(response.Body, healthBytes)).Decode(&answer) != nil ||
		answer.Status != "ok" || len(answer.Accounts) == 0 {
		return nil, fmt.Errorf("another program answers, with status %d", response.StatusCode)
	}
	return answer.Accounts, nil
}
