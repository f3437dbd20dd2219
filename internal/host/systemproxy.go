package host

import (
	"net/url"
	"strings"
)

// SystemProxy is the proxy in the operating system's settings. nsauth does not use it;
// it is a hint where NetSuite cannot be reached. Zero means none.
type SystemProxy struct {
	URL    string // for https, without user name and password
	Script string // address of a proxy script (PAC), which nsauth does not run
}

// maxProxySetting bounds a setting; a longer one is ignored.
const maxProxySetting = 2048

// systemProxyFrom reads the values in Windows's Internet Settings: ProxyEnable,
// ProxyServer and AutoConfigURL. ProxyServer is either one HOST:PORT for all
// schemes or a list such as "http=HOST:PORT;https=HOST:PORT".
func systemProxyFrom(enabled bool, server, script string) SystemProxy {
	var s SystemProxy
	if enabled && len(server) <= maxProxySetting {
		s.URL = httpsProxy(server)
	}
	if u, err := url.Parse(strings.TrimSpace(script)); err == nil && u.Host != "" && len(script) <= maxProxySetting {
		s.Script = u.Scheme + "://" + u.Host + u.EscapedPath()
	}
	return s
}

// httpsProxy is the entry for https, or the one for all schemes, as a URL.
func httpsProxy(server string) string {
	for entry := range strings.FieldsFuncSeq(server, func(r rune) bool { return r == ';' || r == ' ' }) {
		scheme, address, listed := strings.Cut(entry, "=")
		switch {
		case !listed:
			address = entry
		case !strings.EqualFold(scheme, "https"):
			continue
		}
		if !strings.Contains(address, "://") {
			address = "http://" + address
		}
		if u, err := url.Parse(address); err == nil && u.Hostname() != "" {
			return u.Scheme + "://" + u.Host
		}
	}
	return ""
}
