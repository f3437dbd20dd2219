package netsuite

import (
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/nsauth/nsauth/internal/text"
)

// resolve makes a URL of a path or URL and checks that it may be asked.
func (c *Client) resolve(ref string) (*url.URL, error) {
	u, err := url.Parse(escape(ref))
	switch {
	case ref == "":
		return nil, &ValueError{Name: "URL", Reason: "missing"}
	case err != nil:
		return nil, &ValueError{Name: "URL", Reason: "unparsable"}
	case HasDotSegments(u.Path):
		return nil, &ValueError{Name: "URL", Reason: "dot-segments"}
	case u.Scheme != "":
		if u, err = parseURL("URL", escape(ref)); err != nil {
			return nil, err
		}
	case u.Host != "" || ref[0] != '/':
		return nil, &ValueError{Name: "URL", Reason: "relative"}
	case c.apiURL == nil:
		return nil, &ValueError{Name: "APIURL", Reason: "missing"}
	default:
		u = c.apiURL.ResolveReference(u)
	}
	u.Fragment, u.RawFragment = "", ""
	if err := c.mayAsk(u); err != nil {
		return nil, err
	}
	return u, nil
}

// mayAsk is nil for the hosts that may be sent a token.
func (c *Client) mayAsk(u *url.URL) error {
	if host := hostPort(u); !c.allowed[host] {
		return &ForeignHostError{Host: host, Allowed: slices.Sorted(maps.Keys(c.allowed))}
	}
	return nil
}

// HasDotSegments reports whether a path, with its escapes resolved, has . or ..
// between its slashes, of either kind. A server may walk up them, and the call
// would be another one: Do refuses them.
func HasDotSegments(path string) bool { return text.HasDotSegments(path) }

// escape escapes what may not stand in a URL (RFC 3986, section 2) and leaves alone
// what is escaped. Control characters stay, to be refused.
func escape(ref string) string {
	var b strings.Builder
	for i := range len(ref) {
		if c := ref[i]; c == ' ' || c > 0x7f || strings.IndexByte("\"<>\\^`{|}", c) >= 0 {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// parseURL reads an absolute URL that may be connected to.
func parseURL(name, s string) (*url.URL, error) {
	u, err := url.Parse(s)
	switch {
	case err != nil:
		return nil, &ValueError{Name: name, Reason: "unparsable"} // the parser's error repeats the value
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, &ValueError{Name: name, Reason: "scheme"}
	case u.User != nil:
		return nil, &ValueError{Name: name, Reason: "userinfo"}
	case u.Hostname() == "":
		return nil, &ValueError{Name: name, Reason: "relative"}
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		return nil, &InsecureURLError{URL: "http://" + u.Host}
	}
	return u, nil
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true // checked again when it is connected: see guard
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

// hostPort is the host of a URL in lower case with its effective port.
func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"https": "443", "http": "80"}[u.Scheme]
	}
	return net.JoinHostPort(strings.ToLower(u.Hostname()), port)
}

// badHeader finds a header that cannot be written, before anything is connected
// to. The transport would find it too, but without a type.
func badHeader(h http.Header) (string, bool) {
	token := func(r rune) bool { return r > ' ' && r < 0x7f && !strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r) }
	control := func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }
	for name, values := range h {
		if name == "" || strings.ContainsFunc(name, func(r rune) bool { return !token(r) }) {
			return oneLine(name, 40), true
		}
		for _, v := range values {
			if strings.ContainsFunc(v, control) {
				return name, true
			}
		}
	}
	return "", false
}
