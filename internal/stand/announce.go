package stand

import (
	"fmt"
	"net"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/nsauth/nsauth/internal/cli"
	"github.com/nsauth/nsauth/internal/emulator/account"
	"github.com/nsauth/nsauth/internal/emulator/scenario"
	"github.com/nsauth/nsauth/internal/emulator/server"
	"github.com/nsauth/nsauth/internal/nsid"
	"github.com/nsauth/nsauth/internal/report"
)

// announce says how to reach a server.
func announce(a *cli.App, o Options, p *scenario.Prepared, server *server.Server) error {
	if p.Profiles != nil {
		return announceRegistered(a, o, p, server)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "listening on %s as account %s, scenario %s: %s\n", server.Addr(), p.Profile["account"],
		p.Scenario.Name, p.Scenario.Title)
	assertion := ""
	if p.Assertion != "" {
		assertion = " --assertion " + report.CommandLine(filepath.Join(o.Dir, scenario.FileAssertion))
	}
	fmt.Fprintf(&b, "\n  nsauth doctor --config %s%s\n", report.CommandLine(filepath.Join(o.Dir, scenario.FileConfig)), assertion)
	host, _ := nsid.ParseAccount(p.Profile["account"])
	b.WriteString(curlLine(o.Dir, server.Addr(), "https://"+host.RESTHost()+nsid.ServerTimePath))
	b.WriteString(auditorWay(o.Dir, p))
	b.WriteString(otherWays(o.Dir, server.Addr()))
	b.WriteString(clientHalf(p.Scenario.Client))
	b.WriteString("\nPress Ctrl-C to stop.\n")
	_, err := a.Stdout.Write([]byte(b.String()))
	return err
}

// curlLine is a call of the emulator with curl.
func curlLine(dir, address, url string) string {
	return fmt.Sprintf("  %s --cacert %s --connect-to ::%s %s\n", cli.SyntaxOf(runtime.GOOS).Curl,
		report.CommandLine(filepath.Join(dir, scenario.FileCA)), reachable(address), url)
}

// clientHalf says what a server cannot show of a scenario, or shows in another way.
func clientHalf(half scenario.ClientHalf) string {
	var b strings.Builder
	if half.ClockOffset != 0 {
		ahead, behind := "ahead", "behind"
		if half.ClockOffset > 0 {
			ahead, behind = behind, ahead
		}
		fmt.Fprintf(&b, "\nThe emulator's clock is %s %s, as if this machine's were %s.\n", half.ClockOffset.Abs(), ahead, behind)
	}
	if half.Resolver != scenario.ResolverNormal || half.Dial != scenario.DialNormal {
		b.WriteString("\nThis scenario also needs a failing network, which only doctor --demo can show.\n")
	}
	if half.Inspector != "" && !half.Untrusting {
		b.WriteString("\nWith connect_to in the profile, the certificate's issuer is not checked: only doctor --demo shows this finding.\n")
	}
	return b.String()
}

// auditorWay says how to read the account with the second client.
func auditorWay(dir string, p *scenario.Prepared) string {
	if len(p.Auditor) == 0 {
		return ""
	}
	return fmt.Sprintf("\nThe auditor, a second client that may read the account (throwaway credentials; profile %s\nis the same with token-based authentication):\n\n"+
		"  nsauth call suiteql \"SELECT status, detail FROM LoginAudit\" --config %s --profile %s\n",
		scenario.ProfileAuditorTBA, report.CommandLine(filepath.Join(dir, scenario.FileConfig)), scenario.ProfileAuditor)
}

// otherWays says how any program reaches the emulator, and where its logs are.
func otherWays(dir, address string) string {
	script, shell := `eval "$(nsauth emulator --dir %s --print-env sh)"`, "sh"
	if runtime.GOOS == "windows" {
		script, shell = "nsauth emulator --dir %s --print-env powershell | Out-String | Invoke-Expression", "powershell"
	}
	return fmt.Sprintf("\nAny program, through HTTPS_PROXY:\n\n"+
		"  "+script+"\n\n"+
		"For Node.js, Python, .NET or Java write node, python, dotnet or java instead of "+shell+".\n"+
		"No verdict? Then your program did not reach the emulator.\n"+
		"\nLogin Audit Trail and requests: http://%s/_emulator/\n", report.CommandLine(dir), reachable(address))
}

// reachable is an address that this machine can dial, unlike 0.0.0.0 and ::.
func reachable(address string) string {
	host, port, err := net.SplitHostPort(address)
	if ip := net.ParseIP(host); err == nil && ip != nil && ip.IsUnspecified() {
		return net.JoinHostPort("127.0.0.1", port)
	}
	return address
}

// announceRegistered says how to reach a server with the user's own accounts.
func announceRegistered(a *cli.App, o Options, p *scenario.Prepared, server *server.Server) error {
	var b strings.Builder
	fmt.Fprintf(&b, "listening on %s\n", server.Addr())
	if p.Scenario.Name != "" {
		fmt.Fprintf(&b, "scenario %s: %s\n", p.Scenario.Name, p.Scenario.Title)
	}
	for _, served := range p.Config.Accounts {
		own := slices.DeleteFunc(slices.Clone(served.Mappings), func(m account.Mapping) bool {
			return len(p.Auditor) > 0 && m.ClientID == p.Auditor[0].Values["client_id"]
		})
		b.WriteString(masked(a, fmt.Sprintf("account %s, %d mapped\n", served.ID, len(own)), served.ID, "", ""))
		for _, m := range own {
			id := m.ID()
			b.WriteString(masked(a, fmt.Sprintf("  client ID %s\n  certificate %s\n", m.ClientID, id), served.ID, m.ClientID, id))
			if why := m.WhyInactive(a.Now()); why != "" {
				fmt.Fprintf(&b, "  NetSuite would reject it: %s\n", why)
			}
		}
	}
	fmt.Fprintf(&b, "\n  nsauth doctor --config %s\n", report.CommandLine(filepath.Join(o.Dir, scenario.FileConfig)))
	if host, err := nsid.ParseAccount(p.Config.Accounts[0].ID); err == nil {
		b.WriteString(curlLine(o.Dir, server.Addr(), masked(a, "https://"+host.RESTHost()+nsid.ServerTimePath, host.ID, "", "")))
	}
	b.WriteString(auditorWay(o.Dir, p))
	b.WriteString(otherWays(o.Dir, server.Addr()))
	b.WriteString(clientHalf(p.Scenario.Client))
	b.WriteString("\nEach request gets its verdict on standard error. Press Ctrl-C to stop.\n")
	_, err := a.Stdout.Write([]byte(b.String()))
	return err
}

// masked hides these IDs in a text if --mask-ids is set.
func masked(a *cli.App, text, account, clientID, certificateID string) string {
	return cli.Masked(a, struct {
		Account       string `json:"account"`
		ClientID      string `json:"client_id"`
		CertificateID string `json:"certificate_id"`
		Text          string `json:"text"`
	}{account, clientID, certificateID, text}).Text
}
