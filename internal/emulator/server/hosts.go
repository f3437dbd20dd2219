package server

import (
	"net"
	"slices"
	"strings"

	"github.com/nsauth/nsauth/internal/emulator/account"
)

// The hosts of NetSuite that belong to no account.
var sharedHosts = [...]string{account.DiscoveryHost, "system.netsuite.com"}

// proxied are the hosts that a tunnel may lead to: the ones that this server is.
func (s *Server) proxied(host string) bool {
	name := strings.ToLower(host)
	if slices.Contains(sharedHosts[:], name) {
		return true
	}
	for _, suffix := range []string{account.SuiteTalkSuffix, account.RESTletsSuffix, account.AppSuffix} {
		if label, is := strings.CutSuffix(name, suffix); is {
			return s.accounts[label] != nil
		}
	}
	return false
}

func (s *Server) hostNames() []string {
	names := append([]string{"localhost"}, sharedHosts[:]...)
	for label := range s.accounts {
		names = append(names, label+account.SuiteTalkSuffix, label+account.RESTletsSuffix, label+account.AppSuffix)
	}
	slices.Sort(names)
	return names
}

// find returns the account and the service of a Host header. By its loopback
// name, an only account is there with all its services ("").
func (s *Server) find(host string) (a *account.Snapshot, service string) {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	name = strings.ToLower(strings.Trim(name, "[]"))
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

// ownName reports whether a Host header is one of an account's hosts, a shared
// one, localhost, or an address. An address cannot be somebody else's name.
func (s *Server) ownName(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	name = strings.Trim(name, "[]")
	return strings.EqualFold(name, "localhost") || net.ParseIP(name) != nil || s.proxied(name)
}
