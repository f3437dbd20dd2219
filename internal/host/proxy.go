package host

import (
	"errors"
	"net/http"
	"net/url"

	"golang.org/x/net/http/httpproxy"

	"github.com/nsauth/nsauth/internal/profile"
)

// ProxyFor names the proxy that a request to target goes through, without its user
// name and password; "" for none.
func ProxyFor(w World, p *profile.Profile, target string) string {
	if p.Text(profile.FieldConnectTo) != "" {
		return ""
	}
	r, err := http.NewRequest(http.MethodGet, target, nil)
	if err != nil || r.URL.Scheme != "https" {
		return "" // plain http is for loopback addresses and uses no proxy
	}
	u, err := proxyFunc(w, p)(r)
	if err != nil || u == nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// UnusedSystemProxy is the proxy of the operating system where nothing says how to
// reach NetSuite; zero where a proxy or connect_to is set, or the system has none.
func UnusedSystemProxy(w World, p *profile.Profile) SystemProxy {
	set := p.ProxyURL() != nil || p.Text(profile.FieldConnectTo) != "" || proxyConfig(w).HTTPSProxy != ""
	if set || w.SystemProxy == nil {
		return SystemProxy{}
	}
	return w.SystemProxy()
}

// proxyConfig is the environment's word on proxies.
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
	const unusable = "unusable.invalid"
	config := proxyConfig(w)
	if _, ok := profile.ParseProxy(config.HTTPSProxy); config.HTTPSProxy != "" && !ok {
		// ProxyFunc would take it for none, and what is behind the proxy would be
		// looked up and dialled here.
		config.HTTPSProxy = "http://" + unusable
	}
	resolve := config.ProxyFunc()
	return func(r *http.Request) (*url.URL, error) {
		u, err := resolve(r.URL)
		if u != nil && u.Host == unusable {
			return nil, errors.New("the proxy of the environment is no URL")
		}
		return u, err
	}
}
