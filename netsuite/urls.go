package netsuite

import (
	"cmp"
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

// resolve makes a URL from a path or URL and checks its host.
func (c *Client) resolve(ref string) (*url.URL, error) {
	u, err := url.Parse(escape(ref))
	switch {
	case ref == "":
		return nil, &ValueError{Name: "URL", Reason: "missing"}
	case err != nil:
		return nil, &ValueError{Name: "URL", Reason: "unparsable"}
	case text.HasDotSegments(u.Path): // a server may resolve them to another call
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
	if err := c.checkHost(u); err != nil {
		return nil, err
	}
	return u, nil
}

// checkHost rejects a host that must not get a token.
func (c *Client) checkHost(u *url.URL) error {
	if host := hostPort(u); !c.allowed[host] {
		return &ForeignHostError{Host: host, Allowed: slices.Sorted(maps.Keys(c.allowed))}
	}
	return nil
}

// escape escapes characters that are not allowed in a URL (RFC 3986, section 2), and in
// the query also a percent sign that begins no escape. It keeps what is escaped already.
// Control characters stay, and such a sign in the path: url.Parse rejects them.
func escape(ref string) string {
	var b strings.Builder
	query := strings.IndexByte(ref, '?')
	for i := range len(ref) {
		stray := ref[i] == '%' && query >= 0 && i > query && !text.IsEscape(ref[i:])
		if c := ref[i]; c == ' ' || c > 0x7f || strings.IndexByte("\"<>\\^`{|}", c) >= 0 || stray {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// parseURL reads an absolute URL with an allowed scheme.
func parseURL(name, s string) (*url.URL, error) {
	u, err := url.Parse(s)
	switch {
	case err != nil:
		return nil, &ValueError{Name: name, Reason: "unparsable"} // the parser's error quotes the value
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
		return true // guardDial checks the address again
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

// hostPort is the host of a URL in lower case with its effective port.
func hostPort(u *url.URL) string {
	port := cmp.Or(u.Port(), map[string]string{"https": "443", "http": "80"}[u.Scheme])
	return net.JoinHostPort(strings.ToLower(u.Hostname()), port)
}

// invalidHeader finds a header that cannot be sent, before the client connects. The
// transport's error for it has no type.
func invalidHeader(h http.Header) (string, bool) {
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
