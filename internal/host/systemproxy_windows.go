package host

import "golang.org/x/sys/windows/registry"

// ReadSystemProxy reads the proxy in Windows's Internet Settings. What cannot be read
// counts as not set: this is only a hint.
func ReadSystemProxy() SystemProxy {
	k, err := registry.OpenKey(registry.CURRENT_USER, `Software\Microsoft\Windows\CurrentVersion\Internet Settings`, registry.QUERY_VALUE)
	if err != nil {
		return SystemProxy{}
	}
	defer k.Close()
	enabled, _, _ := k.GetIntegerValue("ProxyEnable")
	server, _, _ := k.GetStringValue("ProxyServer")
	script, _, _ := k.GetStringValue("AutoConfigURL")
	return systemProxyFrom(enabled != 0, server, script)
}
