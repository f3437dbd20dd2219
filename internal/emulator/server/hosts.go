package server

import (
	"net"
	"slices"
	"strings"

	"github.com/nsauth/nsauth/internal/emulator/account"
)

// sharedHosts are NetSuite's hosts that belong to no account.
var sharedHosts = [...]string{account.DiscoveryHost, "system.netsuite.com"}

// proxied reports whether a tunnel may lead to the host: to those of this server only.
func (s *Server) proxied(host string) bool {
	name := strings.ToLower(host)
	return name != "localhost" && s.isHost(name)
}

func (s *Server) isHost(name string) bool {
	_, found := slices.BinarySearch(s.hosts, name)
	return found
}

// hostNames returns the hosts of these accounts, the shared ones and localhost, sorted.
func hostNames(accounts map[string]*account.Snapshot) []string {
	names := append([]string{"localhost"}, sharedHosts[:]...)
	for label := range accounts {
		names = append(names, label+account.SuiteTalkSuffix, label+account.RESTletsSuffix, label+account.AppSuffix)
	}
	slices.Sort(names)
	return names
}

// hostName is the name in a Host header, in lower case and without the port.
func hostName(host string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	return strings.ToLower(strings.Trim(host, "[]"))
}

// find returns the account and the service of a Host header. A single account can also
// be reached by a loopback name, with all its services ("").
func (s *Server) find(host string) (a *account.Snapshot, service string) {
	name := hostName(host)
	for _, suffix := range []string{account.SuiteTalkSuffix, account.RESTletsSuffix, account.AppSuffix} {
		if label, is := strings.CutSuffix(name, suffix); is {
			return s.accounts[label].Current(), suffix
		}
	}
	if name == account.DiscoveryHost {
		return nil, account.DiscoveryHost
	}
	if ip := net.ParseIP(name); name == "localhost" || ip != nil && ip.IsLoopback() {
		if len(s.accounts) == 1 {
			for _, a := range s.accounts {
				return a.Current(), ""
			}
		}
	}
	return nil, ""
}

// ownName reports whether a Host header is a host of this server or an address, which
// cannot be another site's name.
func (s *Server) ownName(host string) bool {
	name := hostName(host)
	return net.ParseIP(name) != nil || s.isHost(name)
}
