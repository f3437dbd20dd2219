package host

import (
	"errors"
	"net/http"
	"net/url"

	"golang.org/x/net/http/httpproxy"

	"github.com/nsauth/nsauth/internal/profile"
)

// ProxyFor returns the proxy that a request to target uses, without user name and
// password; "" for none.
func ProxyFor(w World, p *profile.Profile, target string) string {
	if p.Text(profile.FieldConnectTo) != "" {
		return ""
	}
	r, err := http.NewRequest(http.MethodGet, target, nil)
	if err != nil || r.URL.Scheme != "https" {
		return "" // http is for loopback addresses only, without a proxy
	}
	u, err := proxyFunc(w, p)(r)
	if err != nil || u == nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// UnusedSystemProxy is the operating system's proxy, which nsauth does not use; zero if
// a proxy or connect_to is set, or the system has none.
func UnusedSystemProxy(w World, p *profile.Profile) SystemProxy {
	set := p.ProxyURL() != nil || p.Text(profile.FieldConnectTo) != "" || proxyConfig(w).HTTPSProxy != ""
	if set || w.SystemProxy == nil {
		return SystemProxy{}
	}
	return w.SystemProxy()
}

// proxyConfig reads the proxy variables of the environment.
func proxyConfig(w World) httpproxy.Config {
	env := func(names ...string) string {
		for _, name := range names {
			if v, ok := w.LookupEnv(name); ok && v != "" {
				return v
			}
		}
		return ""
	}
	return httpproxy.Config{
		HTTPProxy:  env("HTTP_PROXY", "http_proxy"),
		HTTPSProxy: env("HTTPS_PROXY", "https_proxy"),
		NoProxy:    env("NO_PROXY", "no_proxy"),
	}
}

// proxyFunc resolves the proxy per request, from --proxy or the environment.
func proxyFunc(w World, p *profile.Profile) func(*http.Request) (*url.URL, error) {
	if u := p.ProxyURL(); u != nil {
		return func(*http.Request) (*url.URL, error) { return u, nil }
	}
	config := proxyConfig(w)
	_, valid := profile.ParseProxy(config.HTTPSProxy)
	invalid := config.HTTPSProxy != "" && !valid
	if invalid {
		// ProxyFunc would ignore it, and the request would go out without a proxy.
		config.HTTPSProxy = "http://invalid"
	}
	resolve := config.ProxyFunc()
	return func(r *http.Request) (*url.URL, error) {
		u, err := resolve(r.URL)
		if u != nil && invalid && r.URL.Scheme == "https" {
			return nil, errors.New("the proxy in HTTPS_PROXY is not a valid URL")
		}
		return u, err
	}
}
