package profile

import (
	"net"
	"net/netip"
	"net/url"
	"os"
	"runtime"
	"strconv"
	"strings"

	"github.com/nsauth/nsauth/internal/catalog"
	"github.com/nsauth/nsauth/internal/finding"
	"github.com/nsauth/nsauth/internal/text"
)

func unsafeFault(reason, message string, hints ...string) *fault {
	return &fault{unsafe: true, reason: reason, message: message, hints: hints}
}

// checkEndpoint accepts URLs that an assertion may be sent to: https, or http on this
// machine, with a plain host that cannot hide another one. A query is allowed, a
// fragment is not (RFC 6749, section 3.2).
func checkEndpoint(text string) *fault {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return unsafeFault("not-a-url", "is not a URL", "expected https://HOST/PATH")
	case u.Scheme != "https" && u.Scheme != "http":
		return unsafeFault("not-a-url", "is not an https URL", "expected https://HOST/PATH")
	case u.User != nil:
		return unsafeFault("userinfo", "has a user name or password before the host", "remove everything up to the @")
	case u.Hostname() == "" || !hostName().MatchString(u.Hostname()) && !isIP(u.Hostname()):
		return unsafeFault("host", "has no plain host name", "expected https://HOST/PATH")
	case u.Port() != "" && !isPort(u.Port()) || strings.HasSuffix(u.Host, ":"):
		return unsafeFault("port", "has a port that is not a number from 1 to 65535", "leave the port and its colon out, or correct it")
	case strings.Contains(text, "#"):
		return unsafeFault("fragment", "has a fragment", "remove the # and what follows it")
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		return unsafeFault("insecure-url", "is an http URL: assertions and tokens would travel unencrypted",
			"use https; http is allowed to this machine only")
	}
	return nil
}

// checkCommandSource rejects a command from a file that others may have written: they
// could run programs as the user of nsauth.
func checkCommandSource(s Source) *fault {
	switch s.Kind {
	case SourceEnvFile:
		return unsafeFault("command-in-env-file", "is a command to run, and env files come along with other people's projects",
			"write it into a profile, or set it in the environment: $"+s.Name)
	case SourceProfile, SourceDefaultProfile:
		info, err := os.Stat(s.File)
		if err == nil && runtime.GOOS != "windows" && info.Mode()&0o022 != 0 {
			return unsafeFault("command-in-writable-file", "is a command to run, in a file that other users can write to",
				"chmod go-w "+s.File)
		}
	}
	return nil
}

// isNoFile recognises names of content outside files: standard input, a variable or a
// file descriptor.
func isNoFile(name string) bool {
	return name == "-" || strings.HasPrefix(name, "env:") || strings.HasPrefix(name, "fd:")
}

// checkOrigin accepts a scheme and host only.
func checkOrigin(text string) *fault {
	if f := checkEndpoint(text); f != nil {
		return f
	}
	if u, _ := url.Parse(text); u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.ForceQuery {
		return &fault{message: "has a path or a query", hints: []string{"give scheme and host only, as in https://HOST"}}
	}
	return nil
}

var hostName = text.Regexp(`^[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?)*\.?$`)

func isIP(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil
}

func isPort(s string) bool {
	n, err := strconv.ParseUint(s, 10, 16)
	return err == nil && n > 0
}

// isLoopback reports whether host is this machine, by its name or address alone
// (RFC 6761, section 6.3, for localhost).
func isLoopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && addr.Unmap().IsLoopback()
}

func checkHostPort(text string) *fault {
	host, port, err := net.SplitHostPort(text)
	if err != nil || !isPort(port) || !hostName().MatchString(host) && !isIP(host) {
		return &fault{message: "is not HOST:PORT", hints: []string{"such as 127.0.0.1:8443 or [::1]:8443"}}
	}
	return nil
}

func checkServer(text string) *fault {
	if hostName().MatchString(text) || isIP(text) || checkHostPort(text) == nil {
		return nil
	}
	return &fault{message: "is not a host name", hints: []string{"such as time.example.com or time.example.com:123"}}
}

// ParseProxy reads a proxy URL; a bare HOST:PORT is an http proxy, as in the
// environment variables that other programs read.
func ParseProxy(text string) (*url.URL, bool) {
	if !strings.Contains(text, "://") {
		text = "http://" + text
	}
	u, err := url.Parse(text)
	if err != nil || !hostName().MatchString(u.Hostname()) && !isIP(u.Hostname()) || u.Port() != "" && !isPort(u.Port()) {
		return nil, false
	}
	switch u.Scheme {
	case "http", "https", "socks5", "socks5h":
		return u, true
	}
	return nil, false
}

func checkProxy(text string) *fault {
	if _, ok := ParseProxy(text); !ok {
		return &fault{message: "is not the URL of a proxy", hints: []string{"such as http://proxy.example.com:3128"}}
	}
	return nil
}

// checkAPIPath accepts a path on the API host or below its /services/rest, or a
// complete URL. The URL's host is checked later, when the account is known.
func checkAPIPath(path string) *fault {
	switch {
	case strings.Contains(path, "://"):
		if f := checkEndpoint(path); f != nil {
			return f
		}
	case path == "" || strings.HasPrefix(path, "//") || strings.HasPrefix(path, `/\`) || strings.HasPrefix(path, `\`):
		return &fault{message: "is not a path",
			hints: []string{"such as record/v1/customer?limit=1, which is below /services/rest"}}
	}
	u, err := url.Parse(path)
	switch {
	case err != nil:
		return &fault{message: "is not a valid URL path", hints: []string{"write spaces as %20 and percent signs as %25"}}
	case text.HasDotSegments(u.Path):
		return &fault{message: "has . or .. between its slashes, which could lead to another call", hints: []string{"write out the path that is meant"}}
	}
	return nil
}

const maxDays = 3650 // ten years; NetSuite accepts no certificate longer than two

// parseThreshold reads a time before a certificate expires: days as in "30d" or "30",
// or a part of its validity as in "20%". It is nil for any other text.
func parseThreshold(text string) *Threshold {
	number, isPercent := strings.CutSuffix(text, "%")
	if !isPercent {
		number = strings.TrimSuffix(text, "d")
	}
	n, err := strconv.ParseUint(number, 10, 16)
	switch {
	case err != nil, isPercent && n > 100, !isPercent && n > maxDays:
		return nil
	case isPercent:
		return &Threshold{Percent: int(n)}
	}
	return &Threshold{Days: int(n)}
}

func checkThreshold(text string) *fault {
	if parseThreshold(text) == nil {
		return &fault{message: "is not a number of days or a percentage", hints: []string{"such as 30d, or 20% of the validity"}}
	}
	return nil
}

func checkBool(text string) *fault {
	if text != "true" && text != "false" {
		return &fault{message: "takes true or false", hints: []string{"write production: true"}}
	}
	return nil
}

// checkAccept accepts a finding code, or CODE=FILE.
func checkAccept(text string) *fault {
	code, file, ofFile := strings.Cut(text, "=")
	if ofFile && file == "" {
		return &fault{message: "names no file after the equals sign", hints: []string{"such as certificate.expired=old/cert.pem"}}
	}
	return checkCode(code)
}

func checkCode(code string) *fault {
	if catalog.Known(finding.Code(code)) {
		return nil
	}
	known := []string{}
	for _, e := range catalog.All() {
		known = append(known, string(e.Code))
	}
	return &fault{message: "holds something that is not a finding code",
		hints: text.DidYouMean(code, known, "docs/findings.md lists the codes")[:1]}
}
